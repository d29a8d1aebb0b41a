import type { Clock } from '#runtime/clock.js';

/** The public node agent's bounds. */
const MAX_CONTAINERS = 1_000;
const WINDOW_MS = 5 * 60_000;

/** Containers whose hook before stopping was seen, each for five minutes; the 1,000 that were asked about last. */
export class StoppingContainers {
  readonly #clock: Clock;
  readonly #until = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(containerId: string): void {
    this.#until.delete(containerId);
    if (this.#until.size >= MAX_CONTAINERS) {
      for (const oldest of this.#until.keys()) {
        this.#until.delete(oldest);
        break;
      }
    }
    this.#until.set(containerId, this.#clock.monotonic() + WINDOW_MS);
  }

  has(containerId: string): boolean {
    const until = this.#until.get(containerId);
    if (until === undefined) return false;
    this.#until.delete(containerId);
    if (until <= this.#clock.monotonic()) return false;
    this.#until.set(containerId, until);
    return true;
  }
}
