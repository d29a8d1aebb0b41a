import { Duration, type UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { uintOf } from './cel-values.ts';
import { evaluationError } from './evaluation-error.ts';
import type { StepBudget } from './step-budget.ts';
import type { FunctionTable } from './string-functions.ts';
import { textOfValue } from './value-text.ts';

/** Longer texts are no number and no duration. */
const MAX_NUMBER_LENGTH = 400;
/** A double from here on is no 64-bit integer: cel-go refuses the limits themselves, too. */
const INT_LIMIT = 2 ** 63;
const UINT_LIMIT = 2 ** 64;
const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

const INTEGER = /^[+-]?\d{1,20}$/;
const DOUBLE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NO_NUMBER: Readonly<Record<string, number>> = {
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  nan: Number.NaN,
};
const NANOS: Readonly<Record<string, bigint>> = {
  h: 3_600_000_000_000n,
  m: 60_000_000_000n,
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  µs: 1_000n,
  ns: 1n,
};

/** The conversions of the standard, with cel-go's limits. Those of times are elsewhere. */
export function conversionFunctions(budget: StepBudget): FunctionTable {
  const same = (value: unknown) => value;
  const read = (text: string) => {
    budget.spendText(text.length);
    return text;
  };
  const textFrom = (value: unknown) => textOfValue(value);
  return {
    'int(int): int': same,
    'int(uint): int': (value: UnsignedInt) => intFrom(value.valueOf()),
    'int(double): int': (value: number) => BigInt(Math.trunc(doubleBelow(value, INT_LIMIT))),
    'int(string): int': (text: string) => intFrom(integerIn(text)),
    'uint(uint): uint': same,
    'uint(int): uint': (value: bigint) => uintFrom(value),
    'uint(double): uint': (value: number) =>
      uintFrom(BigInt(Math.trunc(doubleBelow(value, UINT_LIMIT)))),
    'uint(string): uint': (text: string) => uintFrom(integerIn(text)),
    'double(double): double': same,
    'double(int): double': (value: bigint) => Number(value),
    'double(uint): double': (value: UnsignedInt) => Number(value.valueOf()),
    'double(string): double': (text: string) => doubleIn(text),
    'string(string): string': same,
    'string(bool): string': textFrom,
    'string(int): string': textFrom,
    'string(uint): string': textFrom,
    'string(double): string': textFrom,
    'string(google.protobuf.Duration): string': textFrom,
    'string(google.protobuf.Timestamp): string': textFrom,
    'string(bytes): string': (bytes: Uint8Array) => {
      budget.spendText(bytes.length);
      return textOfValue(bytes);
    },
    'bytes(bytes): bytes': same,
    'bytes(string): bytes': (text: string) => new TextEncoder().encode(read(text)),
    'duration(google.protobuf.Duration): google.protobuf.Duration': same,
    'duration(string): google.protobuf.Duration': (text: string) => durationIn(text),
  };
}

function doubleBelow(value: number, limit: number): number {
  if (Math.abs(value) < limit) return value;
  throw evaluationError(`integer overflow: ${value}`);
}

function integerIn(text: string): bigint {
  if (INTEGER.test(text)) return BigInt(text.replace(/^\+/, ''));
  throw evaluationError('text is not an integer');
}

function intFrom(value: bigint): bigint {
  if (value >= MIN_INT && value <= MAX_INT) return value;
  throw evaluationError(`integer overflow: ${value}`);
}

function uintFrom(value: bigint): UnsignedInt {
  if (value >= 0n && value < 2n ** 64n) return uintOf(value);
  throw evaluationError(`unsigned integer overflow: ${value}`);
}

function doubleIn(text: string): number {
  if (text.length <= MAX_NUMBER_LENGTH) {
    if (DOUBLE.test(text)) return Number(text);
    const [, sign, word = ''] = /^([+-]?)([a-z]+)$/i.exec(text) ?? [];
    const number = NO_NUMBER[word.toLowerCase()];
    if (number !== undefined) return sign === '-' ? -number : number;
  }
  throw evaluationError('text is not a double');
}

/** A duration as Go writes it: signed decimal numbers with units, such as `-1.5h` or `2h45m`. */
function durationIn(text: string): Duration {
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(text.slice(0, MAX_NUMBER_LENGTH)) ?? [];
  const pieces = [...rest.matchAll(/(\d{1,20})?(?:\.(\d{0,20}))?(h|ms|m|s|us|µs|ns)/gy)];
  const isWhole = pieces.reduce((length, [piece]) => length + piece.length, 0) === rest.length;
  const isNumbers = pieces.every(([, whole, part]) => (whole ?? '') + (part ?? '') !== '');
  const isDuration = pieces.length > 0 || rest === '0';
  if (!((isWhole && isNumbers) || rest === '0') || !isDuration || text.length > MAX_NUMBER_LENGTH) {
    throw evaluationError('text is not a duration');
  }
  let nanos = 0n;
  for (const [, whole = '0', part = '', unit = ''] of pieces) {
    const each = NANOS[unit] ?? 0n;
    nanos += BigInt(whole) * each + (BigInt(part || '0') * each) / 10n ** BigInt(part.length);
  }
  return durationOf(sign === '-' ? -nanos : nanos);
}

/** A duration of that many nanoseconds. Throws `invalid` beyond 64 bits of them, as Go has. */
export function durationOf(nanos: bigint): Duration {
  intFrom(nanos);
  return new Duration(nanos / 1_000_000_000n, Number(nanos % 1_000_000_000n));
}

/** The nanoseconds of a duration. */
export function nanosOf(duration: Duration): bigint {
  return duration.seconds * 1_000_000_000n + BigInt(duration.nanos);
}
