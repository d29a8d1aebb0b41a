import { evaluationError } from './evaluation-error.ts';

/**
 * Positions in a text as CEL counts them: in code points. The functions take and give `int` values.
 * Sources: the language definition of CEL and the strings extension of cel-go.
 */

/** Characters outside the first plane, which JavaScript counts twice. */
const SURROGATE = /[\uD800-\uDFFF]/;

/** How many code points a text has. */
export function lengthOf(text: string): number {
  if (!SURROGATE.test(text)) return text.length;
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** The character at a position, or nothing at the text's end. Throws `invalid` beyond it. */
export function charAt(text: string, position: bigint): string {
  const characters = charactersOf(text);
  if (position < 0n || position > characters.length) throw outOfRange(position);
  return characters[Number(position)] ?? '';
}

/** The first position from `from` on where `part` stands, or -1. */
export function indexOf(text: string, part: string, from = 0n): bigint {
  if (part === '') return from;
  if (from < 0n) throw outOfRange(from);
  const start = unitOffset(text, from);
  const found = start === undefined ? -1 : text.indexOf(part, start);
  return found < 0 ? -1n : BigInt(lengthOf(text.slice(0, found)));
}

/** The last position, `from` or before it, where `part` stands, or -1. */
export function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  if (part === '') return from ?? BigInt(lengthOf(text));
  if (from !== undefined && from < 0n) throw outOfRange(from);
  const start = from === undefined ? text.length : unitOffset(text, from);
  const found = start === undefined ? -1 : text.lastIndexOf(part, start);
  return found < 0 ? -1n : BigInt(lengthOf(text.slice(0, found)));
}

/** The characters from `start` up to `end`, which is not among them. Throws `invalid` outside. */
export function substring(text: string, start: bigint, end?: bigint): string {
  const characters = charactersOf(text);
  const size = BigInt(characters.length);
  const until = end ?? size;
  if (start < 0n || start > size) throw outOfRange(start);
  if (until < 0n || until > size) throw outOfRange(until);
  if (start > until) {
    throw evaluationError(`invalid substring range: start ${start}, end ${until}`);
  }
  return typeof characters === 'string'
    ? characters.slice(Number(start), Number(until))
    : characters.slice(Number(start), Number(until)).join('');
}

/** The characters, as something with a length that is indexed by them. */
export function charactersOf(text: string): string | readonly string[] {
  return SURROGATE.test(text) ? [...text] : text;
}

/** Where a character stands for JavaScript; undefined at the end and beyond. */
function unitOffset(text: string, position: bigint): number | undefined {
  const characters = charactersOf(text);
  if (position >= BigInt(characters.length)) return undefined;
  if (typeof characters === 'string') return Number(position);
  return characters.slice(0, Number(position)).join('').length;
}

function outOfRange(position: bigint): Error {
  return evaluationError(`index out of range: ${position}`);
}
