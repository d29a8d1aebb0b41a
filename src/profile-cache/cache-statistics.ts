import type { ProfileKind } from '#model/profile.js';
import type { ProfileSurface } from '#model/profile-needs.js';
import type { Clock } from '#runtime/clock.js';
import type { CacheCounters } from './counters.ts';
import { type EntryCount, sumOfEntries } from './entry-count.ts';
import type { FeedSet } from './feed-set.ts';
import type { LifeTable } from './life-table.ts';
import type { ProfilePool } from './profile-pool.ts';

/** How much the cache holds on to. All zero once no container is left. */
export interface CacheHoldings {
  readonly lives: number;
  readonly feeds: number;
  /** Objects whose changes are waited for. */
  readonly objects: number;
  /** Compiled parts of profiles. */
  readonly compiled: number;
  /** Strings and lists that they share. */
  readonly strings: number;
  readonly sizeBytes: number;
}

/** How many containers the cache holds: with a profile, without, and altogether. */
export interface CacheCensus {
  readonly container: number;
  readonly pending: number;
  readonly total: number;
}

interface StatisticsParts {
  readonly table: LifeTable;
  readonly feeds: FeedSet;
  readonly pool: ProfilePool;
  readonly counters: CacheCounters;
  readonly clock: Clock;
}

/** What a cache holds and has counted, worked out when it is asked for. */
export class CacheStatistics {
  readonly counters: CacheCounters;
  readonly #parts: StatisticsParts;

  constructor(parts: StatisticsParts) {
    this.counters = parts.counters;
    this.#parts = parts;
  }

  census(): CacheCensus {
    const { table } = this.#parts;
    const pending = [...table.lives()].filter(
      ({ state }) => state === 'waiting' || state === 'pending',
    ).length;
    return { container: table.readableCount, pending, total: table.size };
  }

  holdings(): CacheHoldings {
    const { table, feeds, pool } = this.#parts;
    const { parts: compiled, strings, sizeBytes } = pool.sizes();
    const { size, objectCount: objects } = feeds;
    return { lives: table.size, feeds: size, objects, compiled, strings, sizeBytes };
  }

  /** Of each feed, how long ago it gave a sign of life, in milliseconds. */
  feedAges(): readonly { readonly kind: ProfileKind; readonly ageMs: number }[] {
    const { feeds, clock } = this.#parts;
    const nowMs = clock.monotonic();
    return feeds.feeds().map(({ kind, heardMs = nowMs }) => ({ kind, ageMs: nowMs - heardMs }));
  }

  /** How many entries all compiled profiles have, by surface: in their sources, and kept. */
  entryCounts(): Readonly<Record<ProfileSurface, EntryCount>> {
    return sumOfEntries(this.#parts.pool.parts());
  }
}
