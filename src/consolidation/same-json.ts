import { isDeepStrictEqual } from 'node:util';

/**
 * True when two texts hold the same JSON, whatever the order of fields. Both must have been written by
 * `JSON.stringify`: then the same JSON has the same characters, which is looked at before anything is parsed.
 */
export function isSameJson(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length !== b.length || sumOf(a) !== sumOf(b)) return false;
  return isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
}

function sumOf(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum += text.charCodeAt(at);
  return sum;
}
