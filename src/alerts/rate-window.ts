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
  /** What waits, in order: runs of alerts of one rule. Those that waited already when this was made come first, of no known rule. */
  #waiting: { readonly ruleId: string | undefined; count: number }[];
  /** Runs before it have gone. */
  #head = 0;

  constructor(clock: Clock, perMinute: number, waiting: number) {
    this.#clock = clock;
    this.#perMinute = Math.max(1, perMinute);
    this.#waiting = [{ ruleId: undefined, count: waiting }];
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
    const last = this.#waiting.at(-1);
    if (last?.ruleId === ruleId) last.count += 1;
    else this.#waiting.push({ ruleId, count: 1 });
  }

  /** The alerts that have waited longest pass. */
  pass(count: number): void {
    if (this.#endMs === undefined) {
      this.#endMs = this.#clock.monotonic() + WINDOW_MS;
      this.#sinceMs = this.#clock.now();
    }
    this.#passed += count;
    this.discard(count);
  }

  /** The alerts that have waited longest are gone, and did not pass. */
  discard(count: number): void {
    let left = count;
    for (let run = this.#waiting[this.#head]; run && left > 0; run = this.#waiting[this.#head]) {
      const gone = Math.min(left, run.count);
      run.count -= gone;
      left -= gone;
      if (run.count === 0) this.#head += 1;
    }
    // Compacting at half keeps the cost of a removal constant on average.
    if (this.#head * 2 <= this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#head);
    this.#head = 0;
  }

  /** Ends the window. Undefined when it was not used up; else what waited will not pass. */
  end(): HeldBack | undefined {
    const isUsedUp = this.allowed <= 0;
    this.#endMs = undefined;
    this.#passed = 0;
    if (!isUsedUp) return undefined;
    const byRule = new Map<string, number>();
    for (const { ruleId, count } of this.#waiting.slice(this.#head)) {
      if (ruleId !== undefined && count > 0) byRule.set(ruleId, (byRule.get(ruleId) ?? 0) + count);
    }
    this.#waiting = [];
    this.#head = 0;
    return { sinceMs: this.#sinceMs, byRule };
  }
}
