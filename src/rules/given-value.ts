import { celUint } from '#cel/cel-uint.js';

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

interface ValueKind {
  /** For messages. */
  readonly expected: string;
  /** The value as expressions see it; undefined when it is of another kind. */
  read(value: unknown): unknown;
}

/** How a value of each type is given in a file of JSON or YAML; the types are those of event fields. */
export const GIVEN_VALUES = {
  bool: { expected: 'true or false', read: (value) => ofType(value, 'boolean') },
  int: { expected: 'a whole number', read: wholeNumber },
  uint: { expected: 'a whole number of 0 or more', read: countingNumber },
  string: { expected: 'a text', read: (value) => ofType(value, 'string') },
  'list<dyn>': { expected: 'a list of texts', read: textList },
  'map<string, dyn>': { expected: 'lists of texts by name', read: textLists },
} as const satisfies Readonly<Record<string, ValueKind>>;

function ofType(value: unknown, type: 'boolean' | 'string'): unknown {
  return typeof value === type ? value : undefined;
}

/** A number, or one written as text. */
function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return withinInt(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^-?\d{1,19}$/.test(value)) return undefined;
  return withinInt(BigInt(value));
}

function withinInt(value: bigint): bigint | undefined {
  return value >= MIN_INT && value <= MAX_INT ? value : undefined;
}

function countingNumber(value: unknown): object | undefined {
  const whole = wholeNumber(value);
  if (whole === undefined || whole < 0n || whole > Number.MAX_SAFE_INTEGER) return undefined;
  return celUint(Number(whole));
}

function textList(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.every((item) => typeof item === 'string') ? [...value] : undefined;
}

/** A name with one text stands for a list of one. */
function textLists(value: unknown): ReadonlyMap<string, readonly string[]> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const lists = new Map<string, readonly string[]>();
  for (const [name, item] of Object.entries(value)) {
    const list = typeof item === 'string' ? [item] : textList(item);
    if (list === undefined) return undefined;
    lists.set(name, list);
  }
  return lists;
}
