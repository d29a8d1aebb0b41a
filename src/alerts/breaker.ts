import { Backoff, type BackoffOptions } from '#runtime/backoff.js';
import type { Random } from '#runtime/random.js';

/** The states of a {@link Breaker}, in the usual words. */
export const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;

/** Closed: all is well. Open: it failed several times and is left alone for a while. Half-open: one try is under way. */
export type BreakerState = (typeof BREAKER_STATES)[number];

/** Failures in a row after which a receiver counts as away. */
const OPEN_AFTER = 3;
/** A receiver that asks for more is asked again all the same. */
const MAX_RETRY_AFTER_MS = 600_000;

/** Waits between tries unless told otherwise. */
export const RETRY: BackoffOptions = { firstMs: 500, maxMs: 60_000 };

/** How a receiver does, and how long it is to be left alone. */
export class Breaker {
  readonly #backoff: Backoff;
  readonly #random: Random;
  #failures = 0;
  #isTrying = false;

  constructor(random: Random, retry: BackoffOptions = RETRY) {
    this.#random = random;
    this.#backoff = new Backoff(retry, random);
  }

  get state(): BreakerState {
    if (this.#failures < OPEN_AFTER) return 'closed';
    return this.#isTrying ? 'half-open' : 'open';
  }

  tries(): void {
    this.#isTrying = true;
  }

  /** How long to wait before the next try, in milliseconds: at least what was asked for. */
  failed(retryAfterMs = 0): number {
    this.#isTrying = false;
    this.#failures += 1;
    const askedMs = Math.min(MAX_RETRY_AFTER_MS, retryAfterMs) * (1 + this.#random.next() / 10);
    return Math.max(this.#backoff.next(), askedMs);
  }

  /** It answered, whatever it said. */
  answered(): void {
    this.#isTrying = false;
    this.#failures = 0;
    this.#backoff.reset();
  }
}
