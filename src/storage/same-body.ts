import { isDeepStrictEqual } from 'node:util';
import { bodyText } from './object-text.ts';

/** As `isSameJson`, of bodies, which are UTF-8. */
export function isSameBody(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  if (Buffer.compare(a, b) === 0) return true;
  if (sumOf(a) !== sumOf(b)) return false;
  return isDeepStrictEqual(JSON.parse(bodyText({ body: a })), JSON.parse(bodyText({ body: b })));
}

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 1) sum += bytes[at] ?? 0;
  return sum;
}
