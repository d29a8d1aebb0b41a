import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { evaluationError } from './evaluation-error.ts';

/** A map as expressions see it: one that a literal made, or an object that the caller gave. */
export type CelMap = ReadonlyMap<unknown, unknown> | Readonly<Record<string, unknown>>;

/** True for a value of type `uint`. */
export function isUint(value: unknown): value is UnsignedInt {
  return value instanceof UnsignedInt;
}

/** A value of type `uint`. Throws when it is out of range. */
export function uintOf(value: bigint): UnsignedInt {
  return new UnsignedInt(value);
}

/** The whole number that an `int` or `uint` is. */
export function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  return isUint(value) ? value.valueOf() : undefined;
}

/** True for a duration. */
export function isDuration(value: unknown): value is Duration {
  return value instanceof Duration;
}

/** True for a list. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** True for a map. */
export function isMap(value: unknown): value is CelMap {
  if (typeof value !== 'object' || value === null) return false;
  const { constructor: kind } = value;
  return kind === Map || kind === Object || kind === undefined;
}

/** Keys of a map in its order. */
export function keysOf(map: CelMap): readonly unknown[] {
  return map instanceof Map ? [...map.keys()] : Object.keys(map);
}

/** How many entries a map has. */
export function sizeOf(map: CelMap): number {
  return map instanceof Map ? map.size : Object.keys(map).length;
}

/**
 * The form of a key in a `Map`: numbers that are equal are one key, so that `1`, `1u` and `1.0`
 * find the same entry. Undefined for a value that cannot be a key.
 */
export function mapKey(value: unknown): string | boolean | bigint | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined;
  return wholeNumber(value);
}

/** The value under a key; undefined when there is none. */
export function entryOf(map: CelMap, key: unknown): unknown {
  if (map instanceof Map) return map.get(mapKey(key));
  if (typeof key !== 'string' || !Object.hasOwn(map, key)) return undefined;
  return (map as Readonly<Record<string, unknown>>)[key];
}

/** A map literal's value. Throws `invalid` for a key of a wrong type, or one that was there. */
export function mapOf(entries: readonly (readonly [unknown, unknown])[]): CelMap {
  const map = new Map<unknown, unknown>();
  for (const [written, value] of entries) {
    const key = typeof written === 'number' ? undefined : mapKey(written);
    if (key === undefined) throw evaluationError('unsupported type of map key');
    if (map.has(key)) throw evaluationError(`map has the key ${String(key)} twice`);
    map.set(key, value);
  }
  return map;
}
