import { AgentError } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { ConsolidatingStore, ConsolidationResult } from './consolidating-store.ts';

/** How many profiles one pass left in which way. */
export type ConsolidationTally = Readonly<Record<ConsolidationResult | 'failed', number>>;

/** What a consolidator needs, and how often it works. */
export interface ConsolidatorOptions {
  readonly store: ConsolidatingStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** From the end of one pass to the start of the next; the public storage's 30 s when absent. */
  readonly intervalMs?: number;
  /**
   * How long a run of reports may wait for its continuation before it is given up: twice the learning period is
   * the public storage's rule. One that names a longer learning period waits for twice that. Absent: for ever.
   */
  readonly expireAfterMs?: number | undefined;
  /** Called after a profile was written. */
  readonly onConsolidated?: (key: ObjectKey) => void;
  /** Called for each profile that was looked at. */
  readonly observe?: (seconds: number, result: ConsolidationResult | 'failed') => void;
}

const DEFAULT_INTERVAL_MS = 30_000;

/** What follows a nudge within this time is part of the same pass. */
const NUDGE_DELAY_MS = 100;

/** Work without a pause for others. A profile takes a few milliseconds, and several fit. */
const WORK_SLICE_MS = 10;

/**
 * Merges reports into profiles, again and again. Every profile is by itself: one that fails is
 * logged, counted and tried again in the next pass, and stops no other.
 */
export class Consolidator {
  readonly #options: ConsolidatorOptions;
  readonly #tally = { completed: 0, updated: 0, unchanged: 0, failed: 0 };
  #isNudged = false;
  #wake = () => {};

  constructor(options: ConsolidatorOptions) {
    this.#options = options;
  }

  /** What all passes did together. */
  get tally(): ConsolidationTally {
    return { ...this.#tally };
  }

  /** Works until `signal` aborts; the profile under way is finished. Never rejects. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      this.#isNudged = false;
      await this.once({ signal }).catch((reason: unknown) => this.#logPass(reason));
      await this.#pause(signal);
    }
  }

  /** Asks for a pass soon. Many calls make one pass. */
  nudge(): void {
    this.#isNudged = true;
    this.#wake();
  }

  /**
   * One pass over everything that waits, and what came of it. Rejects with `aborted`, or as the
   * store does when it cannot say what waits. May be called while another pass is under way.
   */
  async once({
    signal = new AbortController().signal,
  }: {
    readonly signal?: AbortSignal;
  } = {}): Promise<ConsolidationTally> {
    const { clock, store, expireAfterMs } = this.#options;
    const nowMs = clock.now();
    const expiredBeforeMs = expireAfterMs === undefined ? undefined : nowMs - expireAfterMs;
    const options = { signal, expiredBeforeMs, nowMs };
    const tally = { completed: 0, updated: 0, unchanged: 0, failed: 0 };
    const keys = await store.pendingProfiles(options);
    let sliceStartMs = clock.monotonic();
    for (const key of keys) {
      tally[await this.#consolidate(key, options)] += 1;
      if (clock.monotonic() - sliceStartMs < WORK_SLICE_MS) continue;
      await clock.sleep(0, signal);
      sliceStartMs = clock.monotonic();
    }
    return tally;
  }

  async #consolidate(
    key: ObjectKey,
    options: Parameters<ConsolidatingStore['consolidateProfile']>[1],
  ): Promise<ConsolidationResult | 'failed'> {
    const { clock, store, log, observe } = this.#options;
    const startMs = clock.monotonic();
    let result: ConsolidationResult | 'failed' = 'failed';
    try {
      result = await store.consolidateProfile(key, options);
    } catch (reason) {
      if (AgentError.from(reason).code === 'aborted') throw reason;
      log.warn('profile could not be consolidated', { ...key, ...errorFields(reason) });
    }
    this.#tally[result] += 1;
    observe?.((clock.monotonic() - startMs) / 1_000, result);
    if (result === 'completed' || result === 'updated') this.#tell(key);
    return result;
  }

  #tell(key: ObjectKey): void {
    try {
      this.#options.onConsolidated?.(key);
    } catch (reason) {
      this.#options.log.error('listener to consolidation failed', {
        ...key,
        ...errorFields(reason),
      });
    }
  }

  #logPass(reason: unknown): void {
    if (AgentError.from(reason).code === 'aborted') return;
    this.#options.log.warn('consolidation pass failed', errorFields(reason));
  }

  /** Until the next pass is due, somebody nudges, or `signal` aborts. */
  #pause(signal: AbortSignal): Promise<void> {
    const { clock, intervalMs = DEFAULT_INTERVAL_MS } = this.#options;
    return new Promise((resolve) => {
      const end = () => {
        this.#wake = () => {};
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      let cancel = clock.schedule(intervalMs, end);
      this.#wake = () => {
        this.#wake = () => {};
        cancel();
        cancel = clock.schedule(NUDGE_DELAY_MS, end);
      };
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      else if (this.#isNudged) this.#wake();
    });
  }
}
