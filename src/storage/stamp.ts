import type { Clock } from '#runtime/clock.js';
import { type Random, uuidFrom } from '#runtime/random.js';
import { formatTimestamp } from '#runtime/timestamp.js';

/** What the store, and only the store, says of a new object. */
export interface Stamp {
  readonly uid: string;
  readonly creationTimestamp: string;
}

/** Stamps from a clock and randomness. */
export class Stamps {
  readonly #clock: Clock;
  readonly #random: Random;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  next(): Stamp {
    return { uid: uuidFrom(this.#random), creationTimestamp: this.now() };
  }

  /** RFC 3339 as Kubernetes writes it, in whole seconds. */
  now(): string {
    return formatTimestamp(this.#clock.now()).replace(/\.\d+Z$/, 'Z');
  }
}
