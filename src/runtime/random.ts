import { randomBytes } from 'node:crypto';

/** The only source of randomness. Replays and tests pass one with a seed. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** 32 lower-case hexadecimal digits. */
  hex32(): string;
}

/** The machine's randomness. */
export const systemRandom: Random = {
  next: () => randomBytes(4).readUInt32LE() / 2 ** 32,
  hex32: () => randomBytes(16).toString('hex'),
};

/** The same sequence for the same seed (mulberry32, public domain). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const word = () =>
    Math.floor(next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return { next, hex32: () => word() + word() + word() + word() };
}

/** `valueMs` moved by at most `ratio` of itself either way. Never the value itself for many callers at once. */
export function jittered(valueMs: number, ratio: number, random: Random): number {
  return valueMs * (1 + ratio * (2 * random.next() - 1));
}

/** A version 4 UUID from a {@link Random}. */
export function uuidFrom(random: Random): string {
  const hex = random.hex32();
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20),
  ].join('-');
}
