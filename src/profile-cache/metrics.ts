import type { Metrics, Reading } from '#metrics/metrics.js';
import type { CacheCounters } from './counters.ts';

/** How many containers the cache holds: with a profile, without, and altogether. */
export interface CacheCensus {
  readonly container: number;
  readonly pending: number;
  readonly total: number;
}

/** Seconds: a tick without the store takes microseconds, one with a hung store its call budget. */
const BUCKETS = [0.0001, 0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30];

/** Publishes the cache's numbers under the names of kubescape's node-agent. Call once a cache. */
export function registerProfileCacheMetrics(
  metrics: Metrics,
  cache: { readonly counters: CacheCounters; census(): CacheCensus },
): void {
  const { counters } = cache;
  metrics.gauged(
    {
      name: 'node_agent_containerprofile_cache_entries',
      help: 'Containers in the profile cache, by whether they have a profile',
      labels: ['kind'],
    },
    () => readings('kind', cache.census()),
  );
  metrics.counted(
    {
      name: 'node_agent_containerprofile_cache_hit_total',
      help: 'Lookups of a container profile, by whether there was one',
      labels: ['result'],
    },
    () => readings('result', { hit: counters.hits, miss: counters.misses }),
  );
  metrics.counted(
    {
      name: 'node_agent_containerprofile_reconciler_evictions_total',
      help: 'Entries taken out because their pod stopped or their profile was deleted',
      labels: ['reason'],
    },
    () => readings('reason', counters.evictions),
  );
  metrics.counted(
    {
      name: 'node_agent_user_profile_legacy_loads_total',
      help: 'Overlays merged into a profile, by whether they name every container of the pod',
      labels: ['kind', 'completeness'],
    },
    () => overlayReadings(counters),
  );
  counters.observePhase = metrics.histogram({
    name: 'node_agent_containerprofile_reconciler_duration_seconds',
    help: 'Duration of the phases of a reconciler tick',
    labels: ['phase'],
    buckets: BUCKETS,
  });
}

function readings(
  label: string,
  counts: Readonly<Record<string, number>> | CacheCensus,
): Reading[] {
  return Object.entries(counts).map(([key, value]) => ({ value, labels: { [label]: key } }));
}

function overlayReadings({ overlayLoads }: CacheCounters): Reading[] {
  return Object.entries(overlayLoads).flatMap(([kind, loads]) =>
    Object.entries(loads).map(([completeness, value]) => ({
      value,
      labels: { kind, completeness },
    })),
  );
}
