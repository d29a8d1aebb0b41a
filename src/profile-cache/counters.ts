/** The parts of a tick. */
export type ReconcilerPhase = 'evict' | 'retry' | 'refresh';

/** Why an entry was taken out without a removal. The values are those of the public metric. */
export type EvictionReason = 'pod_stopped' | 'profile_deleted';

/** Plain numbers that the cache counts in and the metrics read. One for each cache. */
export class CacheCounters {
  hits = 0;
  misses = 0;
  readonly evictions: Record<EvictionReason, number> = { pod_stopped: 0, profile_deleted: 0 };
  readonly overlayLoads = {
    application: { full: 0, partial: 0 },
    network: { full: 0, partial: 0 },
  };
  /** Called at the end of each phase with how long it took. */
  observePhase: (seconds: number, labels: { readonly phase: ReconcilerPhase }) => void = () => {};
}
