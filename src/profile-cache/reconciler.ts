import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { jittered, type Random } from '#runtime/random.js';
import type { WorkSlices } from '#runtime/work-slices.js';
import type { CacheState } from './cache-change.ts';
import type { ContainerLife } from './container-life.ts';
import type { CacheCounters, ReconcilerPhase } from './counters.ts';
import { reasonToLeave } from './eviction.ts';
import type { FeedSet } from './feed-set.ts';
import type { LifeTable } from './life-table.ts';
import type { ProfileCacheOptions } from './options.ts';
import type { PodSource } from './ports.ts';
import type { ProfileRound } from './profile-round.ts';
import type { TaskSet } from './task-set.ts';

/** Spreads the agents of a cluster, so that they do not ask the store all at once. */
const JITTER = 0.1;
/** Rounds of one pass that wait for the store at a time; each has up to seven calls. */
const LANES = 8;

/** What the reconciler works with. */
export interface ReconcilerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly options: ProfileCacheOptions;
  readonly pods: PodSource | undefined;
  readonly table: LifeTable;
  readonly feeds: FeedSet;
  readonly round: ProfileRound;
  readonly tasks: TaskSet;
  readonly slices: WorkSlices;
  readonly counters: CacheCounters;
  /** Does what is to be done for a container whose identity was given up waiting for. */
  readonly retryIdentity: (life: ContainerLife) => void;
}

/**
 * Brings what is cached in line with the world, again and again: takes out what ended, retries what
 * is pending, refreshes what is cached. A tick only looks and starts; it never waits for the store.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  readonly #underWay = new Set<ReconcilerPhase>();
  readonly #again = new Set<ReconcilerPhase>();
  #wakeUp: (() => void) | undefined;
  #isUrgent = false;
  /** Of the run, while it lasts. */
  #signal: AbortSignal | undefined;
  #nextTickMs: number | undefined;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** When the next tick is due; milliseconds since the Unix epoch. Undefined while it does not run. */
  get nextTickMs(): number | undefined {
    return this.#nextTickMs;
  }

  /** Ticks at once, lists included, and goes through everything once more even if that is under way. */
  wake(): void {
    this.#isUrgent = true;
    this.#wakeUp?.();
  }

  /** Goes through all that is cached at once, and once more if that is under way. Makes no list. */
  refresh(): void {
    const signal = this.#signal;
    if (signal) this.#start('refresh', true, () => this.#visit('cached', signal));
  }

  /** Ticks until `signal` aborts. What it started ends by itself or by its life's end. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    while (!signal.aborted) {
      await this.#pause(signal);
      if (!signal.aborted) this.#tick(signal);
    }
    this.#signal = undefined;
    this.#nextTickMs = undefined;
  }

  #pause(signal: AbortSignal): Promise<void> {
    const { clock, random, options } = this.#parts;
    // Somebody woke it while it ticked.
    if (this.#isUrgent) return Promise.resolve();
    const waitMs = jittered(options.refreshIntervalMs, JITTER, random);
    this.#nextTickMs = clock.now() + waitMs;
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        this.#wakeUp = undefined;
        resolve();
      };
      const cancel = clock.schedule(waitMs, end);
      signal.addEventListener('abort', end, { once: true });
      this.#wakeUp = end;
    });
  }

  #tick(signal: AbortSignal): void {
    const isUrgent = this.#isUrgent;
    this.#isUrgent = false;
    const { feeds, pods } = this.#parts;
    for (const feed of feeds.feeds()) feed.check(isUrgent);
    if (pods) this.#start('evict', isUrgent, () => this.#evict(pods, signal));
    this.#start('retry', isUrgent, () => this.#retry(signal));
    this.#start('refresh', isUrgent, () => this.#visit('cached', signal));
  }

  /** Never twice at a time: what is under way goes on, and once more when that was asked for. */
  #start(phase: ReconcilerPhase, isUrgent: boolean, work: () => Promise<void>): void {
    if (this.#underWay.has(phase)) {
      if (isUrgent) this.#again.add(phase);
      return;
    }
    this.#underWay.add(phase);
    this.#parts.tasks.start(phase, async () => {
      try {
        do {
          this.#again.delete(phase);
          await this.#observed(phase, work);
        } while (this.#again.has(phase));
      } finally {
        this.#underWay.delete(phase);
      }
    });
  }

  async #evict(pods: PodSource, signal: AbortSignal): Promise<void> {
    const { clock, counters, table, log, options, slices } = this.#parts;
    // Half an interval: the next regular tick confirms, an urgent one does not.
    const confirmMs = options.refreshIntervalMs / 2;
    for (const life of [...table.lives()]) {
      if (slices.isOver) await slices.turn();
      if (signal.aborted) return;
      if (!table.isOpen(life)) continue;
      try {
        const reason = reasonToLeave(life, pods, { nowMs: clock.monotonic(), confirmMs });
        if (reason === undefined) continue;
        table.leave(life, reason);
        counters.evictions.pod_stopped += 1;
      } catch (reason) {
        const { containerId } = life;
        log.error('pod of container cannot be judged', { containerId, ...errorFields(reason) });
      }
    }
  }

  async #retry(signal: AbortSignal): Promise<void> {
    const { table, retryIdentity } = this.#parts;
    for (const life of [...table.lives()]) {
      if (life.reason === 'identity-timeout') retryIdentity(life);
    }
    await this.#visit('pending', signal);
  }

  /** Brings all in one state up to date: most without a call, the others a few at a time. */
  async #visit(wanted: CacheState, signal: AbortSignal): Promise<void> {
    const { table, round, slices } = this.#parts;
    const queue = [...table.lives()].filter(({ state }) => state === wanted).values();
    const lane = async () => {
      // All lanes draw from the one iterator.
      for (const life of queue) {
        await slices.turn();
        if (signal.aborted) return;
        if (table.isOpen(life) && !round.settlesWithoutCall(life)) await round.run(life);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  async #observed(phase: ReconcilerPhase, work: () => Promise<void>): Promise<void> {
    const { clock, counters } = this.#parts;
    const startMs = clock.monotonic();
    await work();
    counters.observePhase((clock.monotonic() - startMs) / 1_000, { phase });
  }
}
