import type { AgentError } from '#model/agent-error.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import type { Random } from '#runtime/random.js';

const REST = { firstMs: 500, maxMs: 30_000 };

interface Rest {
  readonly backoff: Backoff;
  untilMs: number;
}

/**
 * When not to ask again after a failure, for each kind of question by itself: one that may not be
 * asked must not silence the others. The kinds are few and fixed.
 */
export class CallRest {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #rests = new Map<string, Rest>();

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  isResting(kind: string): boolean {
    const rest = this.#rests.get(kind);
    return rest !== undefined && this.#clock.monotonic() < rest.untilMs;
  }

  /** Rests for as long as the server asked for, else longer from failure to failure. */
  failed(kind: string, { retryAfterMs }: AgentError): void {
    const backoff = this.#rests.get(kind)?.backoff ?? new Backoff(REST, this.#random);
    const untilMs = this.#clock.monotonic() + (retryAfterMs ?? backoff.next());
    this.#rests.set(kind, { backoff, untilMs });
  }

  succeeded(kind: string): void {
    this.#rests.delete(kind);
  }
}
