import type { Cancel, Clock } from '#runtime/clock.js';

/** How many like alerts pass, and for how long the rest are held back. */
export interface CooldownOptions {
  /** Length of a window, which begins with the first of its kind. 0: nothing is held back. */
  readonly windowMs: number;
  /** How many pass in one window; at least 1 does. */
  readonly afterCount: number;
  /** How many windows are open at a time; the oldest ends early for a new one. 10 000 when absent. */
  readonly maxKeys?: number;
}

/** What was held back in a window that has ended. */
export interface Repeats<Kept> {
  /** The last one that passed. */
  readonly kept: Kept;
  /** How many were held back after it. At least 1. */
  readonly count: number;
  /** The time that was given with the last of them. */
  readonly lastTimeMs: number;
}

/** A window that is open. */
export interface WindowState {
  /** How many passed in it. */
  readonly passed: number;
  /** How many were held back in it. */
  readonly held: number;
  /** The next one would be held back. */
  readonly isFull: boolean;
  /** When it ends, in milliseconds since the Unix epoch by the clock as it is set now. */
  readonly endMs: number;
}

interface Window<Kept> {
  /** By the monotonic clock. */
  readonly endMs: number;
  kept: Kept;
  passed: number;
  held: number;
  lastTimeMs: number;
}

/** The public system's bound. A window holds one alert of a few kilobytes. */
const DEFAULT_MAX_KEYS = 10_000;

/**
 * Holds back repeats in fixed windows, one for each key. Every call of {@link admit} either passes
 * or is counted in exactly one {@link Repeats}, which is handed over when the window ends.
 */
export class Cooldown<Kept> {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #afterCount: number;
  readonly #maxKeys: number;
  readonly #onRepeats: (repeats: Repeats<Kept>) => void;
  /** In the order in which they end, for all are equally long. */
  readonly #windows = new Map<string, Window<Kept>>();
  #cancelTimer: Cancel | undefined;

  constructor(
    clock: Clock,
    { windowMs, afterCount, maxKeys = DEFAULT_MAX_KEYS }: CooldownOptions,
    onRepeats: (repeats: Repeats<Kept>) => void,
  ) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#afterCount = Math.max(1, afterCount);
    this.#maxKeys = Math.max(1, maxKeys);
    this.#onRepeats = onRepeats;
  }

  /**
   * What `make` gives when this one passes, or undefined when it is held back and `make` was not
   * called. `timeMs` is the time of what happened, for {@link Repeats.lastTimeMs}.
   */
  admit(key: string, timeMs: number, make: () => Kept): Kept | undefined {
    if (this.#windowMs <= 0) return make();
    this.#endWindows(this.#clock.monotonic());
    const open = this.#windows.get(key);
    if (open === undefined) return this.#open(key, timeMs, make());
    if (open.passed >= this.#afterCount) {
      open.held += 1;
      open.lastTimeMs = timeMs;
      return undefined;
    }
    open.kept = make();
    open.passed += 1;
    return open.kept;
  }

  /** The window of a key; undefined when none is open. Changes nothing. */
  peek(key: string): WindowState | undefined {
    const open = this.#windows.get(key);
    const leftMs = (open?.endMs ?? 0) - this.#clock.monotonic();
    if (open === undefined || leftMs <= 0) return undefined;
    const { passed, held } = open;
    const isFull = passed >= this.#afterCount;
    return { passed, held, isFull, endMs: this.#clock.now() + leftMs };
  }

  /** Ends every window now, handing over what was held back. */
  close(): void {
    this.#endWindows(Number.POSITIVE_INFINITY);
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /** How many windows are open. */
  get size(): number {
    return this.#windows.size;
  }

  #open(key: string, timeMs: number, kept: Kept): Kept {
    if (this.#windows.size >= this.#maxKeys) this.#endOldest();
    const endMs = this.#clock.monotonic() + this.#windowMs;
    this.#windows.set(key, { endMs, kept, passed: 1, held: 0, lastTimeMs: timeMs });
    this.#watch();
    return kept;
  }

  /** One timer waits for the oldest window; the others end later. */
  #watch(): void {
    if (this.#cancelTimer !== undefined) return;
    const [oldest] = this.#windows.values();
    if (oldest === undefined) return;
    const delayMs = oldest.endMs - this.#clock.monotonic();
    this.#cancelTimer = this.#clock.schedule(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#endWindows(this.#clock.monotonic());
      this.#watch();
    });
  }

  #endWindows(nowMs: number): void {
    for (const [key, window] of this.#windows) {
      if (window.endMs > nowMs) return;
      this.#end(key, window);
    }
  }

  #endOldest(): void {
    for (const [key, window] of this.#windows) {
      this.#end(key, window);
      return;
    }
  }

  #end(key: string, { held, kept, lastTimeMs }: Window<Kept>): void {
    this.#windows.delete(key);
    if (held > 0) this.#onRepeats({ kept, count: held, lastTimeMs });
  }
}
