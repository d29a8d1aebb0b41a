import type { Cancel, Clock } from '#runtime/clock.js';

/**
 * A clock on which work takes time: each look at it is a little later than the one before, while timers
 * keep to the clock below. So long work is cut into slices, as on a machine, also on a virtual clock.
 */
export class BusyClock implements Clock {
  readonly #below: Clock;
  readonly #lookMs: number;
  #workedMs = 0;

  /** @param lookMs how much later each look is; 0: work takes no time */
  constructor(below: Clock, lookMs: number) {
    this.#below = below;
    this.#lookMs = lookMs;
  }

  now(): number {
    return this.#below.now();
  }

  monotonic(): number {
    this.#workedMs += this.#lookMs;
    return this.#below.monotonic() + this.#workedMs;
  }

  schedule(delayMs: number, run: () => void): Cancel {
    return this.#below.schedule(delayMs, run);
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#below.sleep(delayMs, signal);
  }
}
