import type { Clock } from '#runtime/clock.js';

interface Waiting {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Absent: as long as it takes. */
  readonly maxMs?: number | undefined;
}

/** Remembers that something may have happened until somebody has looked. For one who waits. */
export class Wake {
  #isSet = false;
  #end = () => {};

  /** True when {@link set} was called since the last {@link take}. */
  get isSet(): boolean {
    return this.#isSet;
  }

  set(): void {
    this.#isSet = true;
    this.#end();
  }

  /** What {@link isSet} was; it is false from then on. */
  take(): boolean {
    const wasSet = this.#isSet;
    this.#isSet = false;
    return wasSet;
  }

  /** Settles when it is set, after `maxMs`, or when `signal` aborts. Never rejects. */
  wait({ clock, signal, maxMs }: Waiting): Promise<void> {
    if (this.#isSet || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        this.#end = () => {};
        resolve();
      };
      const cancel = maxMs === undefined ? () => {} : clock.schedule(maxMs, end);
      signal.addEventListener('abort', end, { once: true });
      this.#end = end;
    });
  }
}
