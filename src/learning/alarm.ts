import type { Cancel, Clock } from '#runtime/clock.js';

/** A wait that can be cut short. For one waiter. */
export class Alarm {
  readonly #clock: Clock;
  #hasRung = false;
  #wake: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the wait, or the next one when nobody waits. */
  ring(): void {
    this.#hasRung = true;
    this.#wake?.();
  }

  /** Settles after `delayMs`, or as soon as it rings; at once when it rang since the last wait. Leaves no timer. */
  async wait(delayMs: number): Promise<void> {
    let cancel: Cancel = () => {};
    if (!this.#hasRung) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        cancel = this.#clock.schedule(delayMs, resolve);
      });
    }
    cancel();
    this.#wake = undefined;
    this.#hasRung = false;
  }
}
