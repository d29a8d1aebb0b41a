import type { Clock } from '#runtime/clock.js';
import { formatDuration } from '#runtime/duration.js';
import type { Health } from '#runtime/health.js';
import type { ConditionName } from '#runtime/health-conditions.js';

/** Something that must not get too old. */
export interface ProgressCheck {
  /** Name of the condition while it is too old. */
  readonly condition: ConditionName;
  /** Above this age, in milliseconds, the condition holds. */
  readonly limitMs: number;
  /** What is so old, for a person: `the oldest event that waits`. */
  readonly what: string;
  /** How old it is now, in milliseconds; 0 when there is nothing that could be old. Must not throw. */
  ageMs(): number;
}

/** How often everything is looked at. */
export const PROGRESS_INTERVAL_MS = 1_000;

/** A turn of the event loop that takes longer keeps events and answers waiting so long. */
const LOOP_LAG_LIMIT_MS = 1_000;
/** So many looks in a row must have been on time before the loop counts as well again. */
const CALM_LOOKS = 5;

/**
 * Looks once a second whether the agent makes progress, and sets a condition for whatever does not. A check
 * that fails for good names itself; nobody has to report it.
 */
export class ProgressWatch {
  readonly #clock: Clock;
  readonly #health: Health;
  readonly #checks: readonly ProgressCheck[];
  #calm = CALM_LOOKS;
  #worstLagMs = 0;

  constructor({
    clock,
    health,
    checks,
  }: {
    readonly clock: Clock;
    readonly health: Health;
    readonly checks: readonly ProgressCheck[];
  }) {
    this.#clock = clock;
    this.#health = health;
    this.#checks = checks;
  }

  /** How late the event loop was at worst since this was last read, in milliseconds. */
  takeWorstLagMs(): number {
    const worst = this.#worstLagMs;
    this.#worstLagMs = 0;
    return worst;
  }

  /** Looks until `signal` aborts. Never rejects. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      const beforeMs = this.#clock.monotonic();
      await this.#clock.sleep(PROGRESS_INTERVAL_MS, signal).catch(() => {});
      if (signal.aborted) return;
      this.#noteLag(this.#clock.monotonic() - beforeMs - PROGRESS_INTERVAL_MS);
      for (const check of this.#checks) this.#look(check);
    }
  }

  #noteLag(lagMs: number): void {
    this.#worstLagMs = Math.max(this.#worstLagMs, lagMs);
    this.#calm = lagMs > LOOP_LAG_LIMIT_MS ? 0 : this.#calm + 1;
    if (this.#calm === 0) {
      const message = `the event loop was held up for ${formatDuration(Math.round(lagMs))}`;
      this.#health.set('event-loop', message);
    } else if (this.#calm >= CALM_LOOKS) this.#health.clear('event-loop');
  }

  #look({ condition, limitMs, what, ageMs }: ProgressCheck): void {
    const age = ageMs();
    if (age <= limitMs) {
      this.#health.clear(condition);
      return;
    }
    const ages = `${formatDuration(Math.round(age))}, more than ${formatDuration(limitMs)}`;
    this.#health.set(condition, `${what}: ${ages}`);
  }
}
