import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import type { Random } from '#runtime/random.js';

/** Between tries of one report that the store did not answer. */
const FAILED = { firstMs: 1_000, maxMs: 60_000 };
/** Between tries of one that it refused: somebody may repair what is wrong meanwhile. */
const REFUSED = { firstMs: 30_000, maxMs: 300_000 };
/** Between tries of any report while the store is away. */
const STORE_AWAY = { firstMs: 1_000, maxMs: 30_000 };
/** A store that asks for more is asked again all the same. */
const MAX_RETRY_AFTER_MS = 600_000;

interface Retry {
  readonly backoff: Backoff;
  readonly isRefusal: boolean;
  readonly notBeforeMs: number;
  readonly lastTryMs: number;
}

/**
 * When which series may be tried again. A store that refuses at once, or asks to be left alone, is away
 * for all; one that leaves a call unanswered until its time is over may do so for one report only.
 */
export class RetryPlan {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #random: Random;
  readonly #series = new Map<string, Retry>();
  readonly #store: Backoff;
  #storeNotBeforeMs: number | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#store = new Backoff(STORE_AWAY, random);
  }

  get isStoreAway(): boolean {
    return this.#storeNotBeforeMs !== undefined;
  }

  /** How long until a series may be tried, in milliseconds; 0 or less: now. */
  waitMs(seriesId: string): number {
    const series = this.#series.get(seriesId);
    const seriesMs = series?.notBeforeMs ?? 0;
    const storeMs = this.#storeNotBeforeMs;
    // While the store is away its own wait counts: any report will do to ask whether it is back.
    const untilMs =
      storeMs === undefined || series?.isRefusal ? Math.max(seriesMs, storeMs ?? 0) : storeMs;
    return untilMs - this.#clock.monotonic();
  }

  /** On the monotonic clock; before everything when it has not failed. */
  lastTryMs(seriesId: string): number {
    return this.#series.get(seriesId)?.lastTryMs ?? Number.NEGATIVE_INFINITY;
  }

  /** No clear answer for a report of the series. */
  failed(
    seriesId: string,
    {
      isSlow,
      retryAfterMs = 0,
    }: { readonly isSlow: boolean; readonly retryAfterMs?: number | undefined },
  ): void {
    this.#set(seriesId, FAILED, false);
    if (isSlow && retryAfterMs === 0) return;
    const nowMs = this.#clock.monotonic();
    const askedMs = Math.min(MAX_RETRY_AFTER_MS, retryAfterMs) * (1 + this.#random.next() / 10);
    const untilMs = this.#storeNotBeforeMs ?? nowMs;
    // Calls that were under way together fail together, and count once.
    const nextMs = untilMs > nowMs ? untilMs : nowMs + this.#store.next();
    this.#storeNotBeforeMs = Math.max(nextMs, nowMs + askedMs);
  }

  /** The store answered, and does not want the report as it is. */
  refused(seriesId: string): void {
    this.#set(seriesId, REFUSED, true);
  }

  /** The store answered, whatever it said. After it was away, what waited for it need not wait longer. */
  storeAnswered(): void {
    if (this.#storeNotBeforeMs === undefined) return;
    this.#storeNotBeforeMs = undefined;
    this.#store.reset();
    for (const [seriesId, retry] of this.#series) {
      if (!retry.isRefusal) this.#series.delete(seriesId);
    }
  }

  /** Forgets the series that have nothing to try any more. */
  keepOnly(seriesIds: ReadonlySet<string>): void {
    for (const seriesId of this.#series.keys()) {
      if (!seriesIds.has(seriesId)) this.#series.delete(seriesId);
    }
  }

  /** The series has come on. */
  forget(seriesId: string): void {
    this.#series.delete(seriesId);
  }

  #set(seriesId: string, options: typeof FAILED, isRefusal: boolean): void {
    const before = this.#series.get(seriesId);
    const backoff =
      before?.isRefusal === isRefusal ? before.backoff : new Backoff(options, this.#random);
    const nowMs = this.#clock.monotonic();
    const retry = { backoff, isRefusal, lastTryMs: nowMs, notBeforeMs: nowMs + backoff.next() };
    this.#series.set(seriesId, retry);
  }
}
