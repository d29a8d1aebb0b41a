import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { jittered, type Random } from '#runtime/random.js';
import type { ContainerLife } from './container-life.ts';
import type { CacheCounters, ReconcilerPhase } from './counters.ts';
import { reasonToLeave } from './eviction.ts';
import type { LifeTable } from './life-table.ts';
import type { ProfileCacheOptions } from './options.ts';
import type { PodSource } from './ports.ts';
import type { ProfileRound } from './profile-round.ts';
import type { TaskSet } from './task-set.ts';

/** Spreads the agents of a cluster, so that they do not ask the store all at once. */
const JITTER = 0.1;
/** Rounds of one refresh under way at a time; each has up to seven calls. */
const REFRESH_LANES = 8;

/** What the reconciler works with. */
export interface ReconcilerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly options: ProfileCacheOptions;
  readonly pods: PodSource | undefined;
  readonly table: LifeTable;
  readonly round: ProfileRound;
  readonly tasks: TaskSet;
  readonly counters: CacheCounters;
  /** Does what is to be done for a container whose identity was given up waiting for. */
  readonly retryIdentity: (life: ContainerLife) => void;
}

/**
 * Brings what is cached in line with the world, again and again: takes out what ended, retries what
 * is pending, refreshes what is cached. A tick only looks and starts; it waits for nothing.
 */
export class Reconciler {
  readonly #parts: ReconcilerParts;
  #wakeUp: (() => void) | undefined;
  #isUrgent = false;
  #isRefreshing = false;
  #refreshAgain = false;
  #nextTickMs: number | undefined;

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
  }

  /** When the next tick is due; milliseconds since the Unix epoch. Undefined while it does not run. */
  get nextTickMs(): number | undefined {
    return this.#nextTickMs;
  }

  /** Ticks at once, and refreshes everything once more even if a refresh is under way. */
  wake(): void {
    this.#isUrgent = true;
    this.#wakeUp?.();
  }

  /** Ticks until `signal` aborts. What it started ends by itself or by its life's end. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#pause(signal);
      if (!signal.aborted) this.#tick(signal);
    }
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
    this.#evict();
    this.#retry();
    if (!this.#isRefreshing) this.#startRefresh(signal);
    else if (isUrgent) this.#refreshAgain = true;
  }

  #evict(): void {
    const { clock, counters, table, log, pods, options } = this.#parts;
    if (!pods) return;
    const done = this.#phase('evict');
    const nowMs = clock.monotonic();
    // Half an interval: the next regular tick confirms, an urgent one does not.
    const confirmMs = options.refreshIntervalMs / 2;
    for (const life of [...table.lives()].filter((each) => table.isOpen(each))) {
      try {
        const reason = reasonToLeave(life, pods, { nowMs, confirmMs });
        if (reason === undefined) continue;
        table.leave(life, reason);
        counters.evictions.pod_stopped += 1;
      } catch (reason) {
        const { containerId } = life;
        log.error('pod of container cannot be judged', { containerId, ...errorFields(reason) });
      }
    }
    done();
  }

  #retry(): void {
    const { table, round, tasks, retryIdentity } = this.#parts;
    const done = this.#phase('retry');
    const lives = [...table.lives()];
    for (const life of lives.filter((each) => each.reason === 'identity-timeout')) {
      retryIdentity(life);
    }
    const pending = lives.filter(({ state }) => state === 'pending');
    tasks.start('retry', async () => {
      await Promise.all(pending.map((life) => round.run(life)));
      done();
    });
  }

  #startRefresh(signal: AbortSignal): void {
    this.#isRefreshing = true;
    this.#parts.tasks.start('refresh', async () => {
      try {
        do {
          this.#refreshAgain = false;
          await this.#refreshAll(signal);
        } while (this.#refreshAgain && !signal.aborted);
      } finally {
        this.#isRefreshing = false;
      }
    });
  }

  async #refreshAll(signal: AbortSignal): Promise<void> {
    const { table, round } = this.#parts;
    const done = this.#phase('refresh');
    const queue = [...table.lives()].filter(({ state }) => state === 'cached').values();
    const lane = async () => {
      // All lanes draw from the one iterator.
      for (const life of queue) {
        if (signal.aborted) return;
        if (table.isOpen(life)) await round.run(life);
      }
    };
    await Promise.all(Array.from({ length: REFRESH_LANES }, lane));
    done();
  }

  #phase(phase: ReconcilerPhase): () => void {
    const { clock, counters } = this.#parts;
    const startMs = clock.monotonic();
    return () => counters.observePhase((clock.monotonic() - startMs) / 1_000, { phase });
  }
}
