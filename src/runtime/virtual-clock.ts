import { type Cancel, type Clock, sleepOn } from './clock.ts';
import { TimerQueue } from './timer-queue.ts';

/**
 * A clock that moves only when told to. Replays run on it, and so do tests. Timers fire in the
 * order of their times, equal ones in the order in which they were scheduled.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #timers = new TimerQueue();

  /** @param startMs milliseconds since the Unix epoch */
  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, run: () => void): Cancel {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    return this.#timers.add({ atMs, order: this.#order++, run });
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return sleepOn((ms, run) => this.schedule(ms, run), delayMs, signal);
  }

  /** How many timers wait. A test that ends with some has left something running. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms`, firing what falls due and letting promises settle after each. */
  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.#nowMs + ms);
  }

  /** Moves to `atMs` likewise. A time that has passed leaves the clock where it is. */
  async advanceTo(atMs: number): Promise<void> {
    await settle();
    for (let timer = this.#timers.takeDue(atMs); timer; timer = this.#timers.takeDue(atMs)) {
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.run();
      await settle();
    }
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }
}

/** Lets every promise that can settle without the outside world do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
