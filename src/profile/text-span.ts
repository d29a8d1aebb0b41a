const ROUND = 0x9e3779b1;
/** Above it a character takes two bytes. */
const MAX_NARROW = 0xff;

/**
 * A stretch of a text with its hash, to look it up without cutting it out. One is used again and
 * again: it holds nothing but what it was last set to.
 */
export class TextSpan {
  text = '';
  start = 0;
  end = 0;
  /** Of the characters; 32 bits without sign. */
  hash = 0;
  readonly #seed: number;

  /** @param seed makes the hashes of this one its own, so that texts cannot be made to collide */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  set(text: string, start: number, end: number): this {
    this.text = text;
    this.start = start;
    this.end = end;
    let hash = this.#seed;
    for (let i = start; i < end; i += 1) hash = mixed(hash, text.charCodeAt(i));
    this.hash = finished(hash);
    return this;
  }

  /** The hash that a span has whose characters are those of all pieces, one behind the other. */
  hashOf(pieces: readonly StoredPiece[]): number {
    let hash = this.#seed;
    for (const { bytes, start, end, isWide } of pieces) {
      const step = isWide ? 2 : 1;
      for (let i = start; i < end; i += step) {
        hash = mixed(hash, isWide ? wideUnit(bytes, i) : (bytes[i] ?? 0));
      }
    }
    return finished(hash);
  }
}

/** Bytes that hold a piece of a text: one for each character, or two. */
export interface StoredPiece {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly isWide: boolean;
}

/** Whether a character of the text, from `start` on, takes two bytes. */
export function needsWide(text: string, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) if (text.charCodeAt(i) > MAX_NARROW) return true;
  return false;
}

/** The character that two bytes hold. */
export function wideUnit(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

function mixed(hash: number, unit: number): number {
  return Math.imul(((hash << 5) | (hash >>> 27)) ^ unit, ROUND);
}

function finished(hash: number): number {
  let mix = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mix = Math.imul(mix ^ (mix >>> 13), 0xc2b2ae35);
  return (mix ^ (mix >>> 16)) >>> 0;
}
