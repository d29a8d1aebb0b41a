import { isDeepStrictEqual } from 'node:util';
import { bodyText } from './object-text.ts';

/**
 * True when two texts hold the same JSON, whatever the order of fields. Both must have been written by
 * `JSON.stringify`: then the same JSON has the same characters, which is looked at before anything is parsed.
 */
export function isSameJson(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.length !== b.length || sumOfText(a) !== sumOfText(b)) return false;
  return isDeepStrictEqual(JSON.parse(a), JSON.parse(b));
}

/** The same of bodies, which are UTF-8. */
export function isSameBody(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  if (Buffer.compare(a, b) === 0) return true;
  if (sumOfBytes(a) !== sumOfBytes(b)) return false;
  return isDeepStrictEqual(JSON.parse(bodyText({ body: a })), JSON.parse(bodyText({ body: b })));
}

function sumOfText(text: string): number {
  let sum = 0;
  for (let at = 0; at < text.length; at += 1) sum += text.charCodeAt(at);
  return sum;
}

function sumOfBytes(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 1) sum += bytes[at] ?? 0;
  return sum;
}
