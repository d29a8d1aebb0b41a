import { isDuration, isUint } from './cel-values.ts';
import { evaluationError } from './evaluation-error.ts';

/** A value as the conversion `string()` writes it. Throws `invalid` for types that have none. */
export function textOfValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'boolean':
    case 'bigint':
      return String(value);
    case 'number':
      return doubleText(value);
    default:
      return textOfObject(value);
  }
}

/** As Go writes a double: shortest digits, an exponent for the very small and the very large. */
function doubleText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function textOfObject(value: unknown): string {
  if (isUint(value)) return value.toString();
  if (value instanceof Uint8Array) return textOfBytes(value);
  if (isDuration(value)) return durationText(value.seconds, value.nanos);
  if (isTimestamp(value)) return value.toISOString().replace(/\.?0*Z$/, 'Z');
  const name = typeName(value);
  if (name !== undefined) return name;
  throw evaluationError('no such overload: string()');
}

function textOfBytes(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw evaluationError('invalid UTF-8 in bytes');
  }
}

function durationText(seconds: bigint, nanos: number): string {
  const isNegative = seconds < 0n || nanos < 0;
  const whole = seconds < 0n ? -seconds : seconds;
  const part = Math.abs(nanos).toString().padStart(9, '0').replace(/0+$/, '');
  return `${isNegative ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}s`;
}

/** Timestamps are of JavaScript's own class, which this room otherwise has no business with. */
function isTimestamp(value: unknown): value is { toISOString(): string } {
  return Object.prototype.toString.call(value) === '[object Date]';
}

/** The library's values of type `type` write themselves as `Type<int>`. */
function typeName(value: unknown): string | undefined {
  const written = String(value);
  return /^Type<(.*)>$/.exec(written)?.[1];
}
