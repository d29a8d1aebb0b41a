import type { Random } from './random.ts';

/** How the waits between tries grow. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Each wait is this times the one before; 2 when absent. */
  readonly factor?: number;
}

/** Waits that grow up to a bound, each moved by up to half of itself so that callers spread out. */
export class Backoff {
  readonly #options: Required<BackoffOptions>;
  readonly #random: Random;
  #nextMs: number;

  constructor(options: BackoffOptions, random: Random) {
    this.#options = { factor: 2, ...options };
    this.#random = random;
    this.#nextMs = options.firstMs;
  }

  /** The next wait in milliseconds: between half and the whole of the current step. */
  next(): number {
    const step = this.#nextMs;
    this.#nextMs = Math.min(this.#options.maxMs, step * this.#options.factor);
    return step * (0.5 + this.#random.next() / 2);
  }

  /** Starts over after a success. */
  reset(): void {
    this.#nextMs = this.#options.firstMs;
  }
}
