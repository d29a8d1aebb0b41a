import { entryOf, isList, isMap, isUint, keysOf, wholeNumber } from './cel-values.ts';
import { evaluationError } from './evaluation-error.ts';
import type { StepBudget } from './step-budget.ts';
import { textOfValue } from './value-text.ts';

/** What follows a percent sign: an optional precision and a letter. */
const CLAUSE = /%(?:\.(\d+))?(.?)/gsu;
const DEFAULT_PRECISION = 6;
const MAX_PRECISION = 60;

/**
 * A text with its clauses (`%s`, `%d`, `%f`, `%e`, `%b`, `%o`, `%x`, `%X`, `%%`) filled in, as
 * cel-go's `format` does. Throws `invalid` for an unknown clause, and for a value that is missing or
 * of a type that the clause does not take.
 */
export function formatText(text: string, values: readonly unknown[], budget: StepBudget): string {
  let next = 0;
  let length = text.length;
  return text.replace(CLAUSE, (_clause, precision: string | undefined, letter: string) => {
    if (letter === '%' && precision === undefined) return '%';
    if (!(letter in CLAUSES)) throw evaluationError(`unknown clause %${letter}`);
    if (next >= values.length) throw evaluationError(`index ${next} out of range`);
    const digits = Number(precision ?? DEFAULT_PRECISION);
    if (digits > MAX_PRECISION) throw evaluationError('precision is too large');
    const written = CLAUSES[letter]?.(values[next], { digits, budget }) ?? '';
    next += 1;
    length += written.length;
    budget.spendText(length - text.length);
    return written;
  });
}

interface ClauseOptions {
  readonly digits: number;
  readonly budget: StepBudget;
}

const CLAUSES: Readonly<Record<string, (value: unknown, options: ClauseOptions) => string>> = {
  s: (value, { budget }) => stringOf(value, budget),
  d: (value) => decimal(value),
  f: (value, { digits }) => floating(value, (number) => fixed(number, digits)),
  e: (value, { digits }) =>
    floating(value, (number) => number.toExponential(digits).replace(/e([+-])(\d)$/, 'e$10$2')),
  b: (value) => (typeof value === 'boolean' ? String(Number(value)) : inBase(value, 2)),
  o: (value) => inBase(value, 8),
  x: (value) => hexadecimal(value),
  X: (value) => hexadecimal(value).toUpperCase(),
};

function stringOf(value: unknown, budget: StepBudget): string {
  budget.spend(1);
  if (isList(value)) return `[${value.map((item) => stringOf(item, budget)).join(', ')}]`;
  if (isMap(value)) {
    const entries = keysOf(value).map(
      (key) => [stringOf(key, budget), stringOf(entryOf(value, key), budget)] as const,
    );
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map((entry) => entry.join(': ')).join(', ')}}`;
  }
  if (typeof value === 'number') return special(value) ?? String(value);
  if (value === null) return 'null';
  return textOfValue(value);
}

function decimal(value: unknown): string {
  if (typeof value === 'number') {
    const written = special(value);
    if (written !== undefined) return written;
  }
  return inBase(value, 10);
}

function inBase(value: unknown, base: number): string {
  const whole = wholeNumber(value);
  if (whole === undefined) throw evaluationError('clause takes only integers');
  return whole.toString(base);
}

function hexadecimal(value: unknown): string {
  if (typeof value === 'bigint' || isUint(value)) return inBase(value, 16);
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw evaluationError('%x takes only integers, strings and bytes');
  }
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function floating(value: unknown, write: (number: number) => string): string {
  const number = typeof value === 'number' ? value : wholeNumber(value);
  if (number === undefined) throw evaluationError('clause takes only numbers');
  return special(Number(number)) ?? write(Number(number));
}

function special(number: number): string | undefined {
  if (Number.isFinite(number)) return undefined;
  return Number.isNaN(number) ? 'NaN' : `${number < 0 ? '-' : ''}Infinity`;
}

/** Of two equally near numbers Go takes the even one, JavaScript the larger. */
function fixed(number: number, digits: number): string {
  const exact = number.toFixed(Math.min(100, digits + 40));
  const point = exact.indexOf('.');
  const cut = digits === 0 ? point : point + 1 + digits;
  const isTie = /^\.?50*$/.test(exact.slice(cut));
  const lastDigit = Number(exact.slice(0, cut).replace('.', '').at(-1));
  return isTie && lastDigit % 2 === 0 ? exact.slice(0, cut) : number.toFixed(digits);
}
