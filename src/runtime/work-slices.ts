import type { Cancel, Clock } from './clock.ts';

/** Work that could go on for long gives way after this long: a slice and its overrun stay below 10 ms. */
const SLICE_MS = 4;
/** And after this many turns, so that a clock that stands still cannot make a slice endless. */
const SLICE_TURNS = 500;

/**
 * Cuts long work into slices between which the event loop can do other things. Everything that
 * shares one of these shares its slices, so that a thousand small pieces are no long piece.
 */
export class WorkSlices {
  readonly #clock: Clock;
  /** A set keeps the order of asking, and lets go of its first in constant time. */
  readonly #waiting = new Set<() => void>();
  #startedMs = 0;
  #turns = 0;
  #cancel: Cancel | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Settles at once while there is time left, else when it is its turn, in the order of asking. */
  turn(): Promise<void> {
    if (this.#takes()) return Promise.resolve();
    return new Promise<void>((resolve) => {
      this.#waiting.add(resolve);
    });
  }

  /** True when work that can stop should ask for a {@link turn} first. */
  get isOver(): boolean {
    return (
      this.#cancel !== undefined &&
      (this.#turns >= SLICE_TURNS || this.#clock.monotonic() - this.#startedMs >= SLICE_MS)
    );
  }

  /** Lets everything that waits go on at once and leaves no timer. */
  end(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  #takes(): boolean {
    if (this.#waiting.size > 0 || this.isOver) return false;
    if (this.#cancel === undefined) this.#begin();
    this.#turns += 1;
    return true;
  }

  /** The slice ends with the turn of the event loop; what waits then gets the next one. */
  #begin(): void {
    this.#startedMs = this.#clock.monotonic();
    this.#turns = 0;
    this.#cancel = this.#clock.schedule(0, () => {
      this.#cancel = undefined;
      this.#release();
    });
  }

  /** One at a time, each after the work of the one before, until the slice is over again. */
  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) return;
    this.#waiting.delete(next);
    if (this.#cancel === undefined) this.#begin();
    this.#turns += 1;
    next();
    // What `next` set off runs in the next microtask, after which the time that it took is known.
    queueMicrotask(() => queueMicrotask(() => this.#continue()));
  }

  #continue(): void {
    if (this.#waiting.size > 0 && !this.isOver) this.#release();
  }
}
