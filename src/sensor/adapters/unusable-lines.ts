import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';

const INTERVAL_MS = 60_000;
/** How many kinds of foreign lines are named. */
const MAX_FOREIGN = 100;

/** Tells a person of lines that no event comes from, without a message for each. */
export class UnusableLines {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #foreign = new Set<string>();
  #damaged = 0;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(parts: { readonly name: string; readonly clock: Clock; readonly log: Logger }) {
    this.#name = parts.name;
    this.#clock = parts.clock;
    this.#log = parts.log;
  }

  /** At most one message a minute, with how many there were. */
  damaged(reason: string): void {
    this.#damaged += 1;
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#toldMs < INTERVAL_MS) return;
    this.#toldMs = nowMs;
    const fields = { source: this.#name, lines: this.#damaged, reason };
    this.#log.warn('lines of a source cannot be used', fields);
    this.#damaged = 0;
  }

  /** One message for each kind. */
  foreign(what: string): void {
    if (this.#foreign.has(what) || this.#foreign.size >= MAX_FOREIGN) return;
    this.#foreign.add(what);
    this.#log.info('lines of a source tell nothing that there is an event for', {
      source: this.#name,
      what,
    });
  }
}
