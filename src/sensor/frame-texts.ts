import type { FrameBytes } from './frame-bytes.ts';
import { joinGivenPath } from './frame-path.ts';

/** Reads the texts at the end of a frame, which follow each other in the order of their sizes. */
export class FrameTexts {
  readonly #frame: FrameBytes;
  readonly #at: number;
  #next: number;

  /** @param at where the frame starts; `offset` is that of its first text */
  constructor(frame: FrameBytes, at: number, offset: number) {
    this.#frame = frame;
    this.#at = at;
    this.#next = at + offset;
  }

  /** The next text, whose size stands at the offset `sizeAt`. */
  take(sizeAt: number): string {
    const start = this.#next;
    this.#next += this.#frame.view.getUint16(this.#at + sizeAt, true);
    return this.#frame.bytes.toString('utf8', start, this.#next);
  }

  /** The next two texts as one path: what it starts from, if anything, and the path as it was given. */
  takePath(baseSizeAt: number, pathSizeAt: number): string {
    const base = this.take(baseSizeAt);
    const path = this.take(pathSizeAt);
    return base === '' ? path : joinGivenPath(base, path);
  }
}
