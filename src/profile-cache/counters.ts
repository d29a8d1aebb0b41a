import type { ProfileKind } from '#model/profile.js';

/** The parts of a tick. */
export type ReconcilerPhase = 'evict' | 'retry' | 'refresh';

/** Why an entry was taken out without a removal. The values are those of the public metric. */
export type EvictionReason = 'pod_stopped' | 'profile_deleted';

/** How the store is asked. */
export const STORE_VERBS = ['get', 'list', 'watch'] as const;
export type StoreVerb = (typeof STORE_VERBS)[number];

/**
 * Why objects were listed. `silent`: the watch gave no sign of life. `old`: the last list is long ago.
 * `doubted`: a GET said something else. `asked`: somebody wanted everything compared.
 */
const LIST_REASONS = ['first', 'expired', 'failed', 'silent', 'old', 'doubted', 'asked'] as const;
export type ListReason = (typeof LIST_REASONS)[number];

/** Plain numbers that the cache counts in and the metrics read. One for each cache. */
export class CacheCounters {
  hits = 0;
  misses = 0;
  readonly evictions: Record<EvictionReason, number> = { pod_stopped: 0, profile_deleted: 0 };
  readonly overlayLoads = {
    application: { full: 0, partial: 0 },
    network: { full: 0, partial: 0 },
  };
  /** Calls that ended, by verb, kind and result. A watch counts when it opens. */
  readonly storeCalls = new Map<string, number>();
  readonly lists = Object.fromEntries(LIST_REASONS.map((reason) => [reason, 0])) as Record<
    ListReason,
    number
  >;
  /** Versions of user-written objects that were not trusted. */
  tampered = 0;
  /** Called at the end of each phase with how long it took. */
  observePhase: (seconds: number, labels: { readonly phase: ReconcilerPhase }) => void = () => {};
  /** Called with how long a profile took to be compiled. */
  observeProjection: (seconds: number) => void = () => {};

  /** Counts one call to the store. */
  count(verb: StoreVerb, kind: ProfileKind, result: string): void {
    const key = `${verb} ${kind} ${result}`;
    this.storeCalls.set(key, (this.storeCalls.get(key) ?? 0) + 1);
  }

  /** All calls so far. */
  get storeCallCount(): number {
    return [...this.storeCalls.values()].reduce((sum, count) => sum + count, 0);
  }
}
