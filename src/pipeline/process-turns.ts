import type { RawEvent } from '#model/raw-event.js';

/** Process ids that differ by a multiple of this share a place. A power of two. */
const PLACES = 16_384;

/**
 * Numbers that tell apart the programs that a process id stands for, one after the other: another one from each exec
 * and each fork on. That ids share a place only makes a number change more often.
 */
export class ProcessTurns {
  readonly #turns = new Uint32Array(PLACES);

  of(pid: number): number {
    return this.#turns[pid & (PLACES - 1)] ?? 0;
  }

  /** To be told of every exec and fork, in their order. */
  observe(event: RawEvent): void {
    if (event.type === 'exec') this.#next(event.pid);
    else if (event.type === 'fork') this.#next(event.childPid);
  }

  #next(pid: number): void {
    const place = pid & (PLACES - 1);
    this.#turns[place] = (this.#turns[place] ?? 0) + 1;
  }
}
