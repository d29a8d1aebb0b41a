import type { ErrorCode } from '#model/agent-error.js';
import { AgentError } from '#model/agent-error.js';
import type { ProfileKind } from '#model/profile.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import type { CacheCounters, StoreVerb } from './counters.ts';

/** The longest that a store is left alone because it asked for it: ten minutes. */
const LONGEST_PAUSE_MS = 600_000;

/** What calls to the store have in common: a budget, a count, and respect for a store that asked for rest. */
export class StoreCalls {
  readonly #clock: Clock;
  readonly #counters: CacheCounters;
  readonly #budgetMs: number;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor({
    clock,
    counters,
    budgetMs,
  }: Readonly<{ clock: Clock; counters: CacheCounters; budgetMs: number }>) {
    this.#clock = clock;
    this.#counters = counters;
    this.#budgetMs = budgetMs;
  }

  /** How long the store still wants to be left alone; 0: it may be asked. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.#clock.monotonic());
  }

  /** Makes one call within the budget. Rejects at once, without a call, while the store wants rest. */
  async within<T>(
    { verb, kind, what, signal }: Readonly<StoreCallSubject>,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    this.refuseWhilePaused();
    const budget = { clock: this.#clock, budgetMs: this.#budgetMs, signal, what };
    try {
      const answer = await withBudget(budget, call);
      this.#counters.count(verb, kind, 'ok');
      return answer;
    } catch (reason) {
      throw this.failed(verb, kind, reason);
    }
  }

  /** Throws `unavailable` while the store wants rest. */
  refuseWhilePaused(): void {
    const retryAfterMs = this.pauseMs;
    if (retryAfterMs === 0) return;
    throw new AgentError('unavailable', 'the profile store asked to be left alone for a while', {
      retryAfterMs,
    });
  }

  /** Counts a failure and takes its wish for rest. Gives it as what it is. */
  failed(verb: StoreVerb, kind: ProfileKind, reason: unknown): AgentError {
    const error = AgentError.from(reason, 'unavailable');
    this.#counters.count(verb, kind, resultOf(error.code));
    const pauseMs = Math.min(error.retryAfterMs ?? 0, LONGEST_PAUSE_MS);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#clock.monotonic() + pauseMs);
    return error;
  }
}

/** What a call is about. */
export interface StoreCallSubject {
  readonly verb: StoreVerb;
  readonly kind: ProfileKind;
  /** For messages. */
  readonly what: string;
  readonly signal: AbortSignal;
}

function resultOf(code: ErrorCode): string {
  return code === 'unavailable' || code === 'aborted' || code === 'expired' ? code : 'error';
}
