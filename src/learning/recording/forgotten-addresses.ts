import { spread, textSketch } from './sketch.ts';

/** 16 KB, made when the first address comes. With 10,000 addresses one of fifty others is taken for one. */
const BITS = 1 << 17;

/** A set of addresses of fixed size that none leaves again. It may take an address for one that it has, never the other way. */
export class ForgottenAddresses {
  #words: Uint32Array | undefined;

  add(address: string): void {
    this.#words ??= new Uint32Array(BITS / 32);
    for (const bit of bitsOf(address)) {
      this.#words[bit >>> 5] = (this.#words[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
  }

  mayHave(address: string): boolean {
    const words = this.#words;
    if (words === undefined) return false;
    return bitsOf(address).every((bit) => ((words[bit >>> 5] ?? 0) & (1 << (bit & 31))) !== 0);
  }
}

function bitsOf(address: string): readonly number[] {
  const sketch = spread(textSketch(0, address));
  return [sketch & (BITS - 1), (Math.imul(sketch, 0x9e3779b1) >>> 8) & (BITS - 1)];
}
