import type { Clock } from '#runtime/clock.js';

/** How long a window is: limits are told by the minute. */
const WINDOW_MS = 60_000;

/** What waits at the end of a window that was used up. */
export interface HeldBack {
  /** When the window began, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** Of which rules, as far as that is known. */
  readonly byRule: ReadonlyMap<string, number>;
}

/**
 * Lets a number of alerts pass in each window of a minute, which begins with the first of them, and knows
 * by rule what waits. Windows are told by the monotonic clock.
 */
export class RateWindow {
  readonly #clock: Clock;
  readonly #perMinute: number;
  #endMs: number | undefined;
  #sinceMs = 0;
  #passed = 0;
  /** Alerts that waited already when this was made; they pass first. */
  #unknown: number;
  #waiting = new Map<string, number>();

  constructor(clock: Clock, perMinute: number, waiting: number) {
    this.#clock = clock;
    this.#perMinute = Math.max(1, perMinute);
    this.#unknown = waiting;
  }

  /** How many may pass now. */
  get allowed(): number {
    return this.#perMinute - this.#passed;
  }

  /** How long until the window ends, in milliseconds; undefined when none is open. */
  get leftMs(): number | undefined {
    if (this.#endMs === undefined) return undefined;
    return Math.max(0, this.#endMs - this.#clock.monotonic());
  }

  /** An alert came and waits. */
  note(ruleId: string): void {
    this.#waiting.set(ruleId, (this.#waiting.get(ruleId) ?? 0) + 1);
  }

  /** The alerts that have waited longest pass. */
  pass(ruleIds: readonly string[]): void {
    if (this.#endMs === undefined) {
      this.#endMs = this.#clock.monotonic() + WINDOW_MS;
      this.#sinceMs = this.#clock.now();
    }
    this.#passed += ruleIds.length;
    for (const ruleId of ruleIds) {
      if (this.#unknown > 0) this.#unknown -= 1;
      else this.#leave(ruleId);
    }
  }

  /** Ends the window. Undefined when it was not used up; else what waited will not pass. */
  end(): HeldBack | undefined {
    const isUsedUp = this.allowed <= 0;
    this.#endMs = undefined;
    this.#passed = 0;
    if (!isUsedUp) return undefined;
    const held = { sinceMs: this.#sinceMs, byRule: this.#waiting };
    this.#waiting = new Map();
    this.#unknown = 0;
    return held;
  }

  #leave(ruleId: string): void {
    const count = this.#waiting.get(ruleId) ?? 0;
    if (count > 1) this.#waiting.set(ruleId, count - 1);
    else this.#waiting.delete(ruleId);
  }
}
