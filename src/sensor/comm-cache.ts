import { COMM_BYTES } from './frame-layout.ts';

/** Slots; a power of two. A node has some dozens of thread names at work at a time. */
const SLOTS = 256;

interface Name {
  readonly words: readonly [number, number, number, number];
  readonly text: string;
}

/**
 * Thread names by their bytes: nearly every event has a name that was decoded before, and comparing
 * 16 bytes costs a tenth of decoding them.
 */
export class CommCache {
  readonly #names = new Array<Name | undefined>(SLOTS).fill(undefined);

  /** The name that stands at `at`, up to its first NUL. */
  read(bytes: Buffer, view: DataView, at: number): string {
    const first = view.getUint32(at, true);
    const second = view.getUint32(at + 4, true);
    const third = view.getUint32(at + 8, true);
    const fourth = view.getUint32(at + 12, true);
    const mixed = Math.imul(first ^ Math.imul(second ^ third, 0x9e3779b1), 0x85ebca6b) ^ fourth;
    const slot = (mixed ^ (mixed >>> 16)) & (SLOTS - 1);
    const known = this.#names[slot];
    if (
      known !== undefined &&
      known.words[0] === first &&
      known.words[1] === second &&
      known.words[2] === third &&
      known.words[3] === fourth
    ) {
      return known.text;
    }
    const nul = bytes.subarray(at, at + COMM_BYTES).indexOf(0);
    const text = bytes.toString('utf8', at, at + (nul < 0 ? COMM_BYTES : nul));
    this.#names[slot] = { words: [first, second, third, fourth], text };
    return text;
  }
}
