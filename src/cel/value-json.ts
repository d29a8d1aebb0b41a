import { entryOf, isList, isMap, isUint, keysOf } from './cel-values.ts';
import { textOfValue } from './value-text.ts';

/** Characters of a value's text that are kept. */
const MAX_TEXT = 200;
/** Members of a list or map that are looked at, and how deep. */
const MAX_MEMBERS = 50;
const MAX_DEPTH = 5;

/**
 * A value as JSON would write it, shortened; of an object its type's name, which is `typeName` when
 * that is given.
 */
export function jsonText(value: unknown, typeName?: string): string {
  if (typeof value === 'bigint' || isUint(value)) return String(value);
  const isNamed = typeName !== undefined && typeof value === 'object' && value !== null;
  const plainly = isNamed && plainValue(value) === value.constructor.name ? typeName : undefined;
  const text = plainly ?? JSON.stringify(plainValue(value)) ?? 'null';
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}

/**
 * A value as plain data: integers as numbers where those are exact, bytes, times and types as text,
 * an object as its type's name. Long lists, maps and deep members end with `…`.
 */
export function plainValue(value: unknown): unknown {
  return plain(value, 0);
}

function plain(value: unknown, depth: number): unknown {
  if (isUint(value)) return plainInteger(value.valueOf());
  if (typeof value === 'bigint') return plainInteger(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return plainList(value, depth);
  if (isMap(value)) return plainMap(value, depth);
  return objectText(value);
}

function plainInteger(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function plainList(list: readonly unknown[], depth: number): unknown {
  if (depth === MAX_DEPTH) return '…';
  const items = list.slice(0, MAX_MEMBERS).map((item) => plain(item, depth + 1));
  return list.length > MAX_MEMBERS ? [...items, '…'] : items;
}

function plainMap(map: Parameters<typeof keysOf>[0], depth: number): unknown {
  if (depth === MAX_DEPTH) return '…';
  const keys = keysOf(map);
  const entries = keys
    .slice(0, MAX_MEMBERS)
    .map((key) => [String(key), plain(entryOf(map, key), depth + 1)] as const);
  if (keys.length > MAX_MEMBERS) entries.push(['…', `${keys.length - MAX_MEMBERS} more`]);
  return Object.fromEntries(entries);
}

function objectText(value: object): string {
  const { name } = value.constructor;
  try {
    return textOfValue(value);
  } catch {
    return name;
  }
}
