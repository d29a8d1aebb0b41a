import type { Metrics, Reading } from '#metrics/metrics.js';
import type { CacheCensus, CacheStatistics } from './cache-statistics.ts';
import type { CacheCounters } from './counters.ts';

/** Seconds: a tick without the store takes microseconds, one with a hung store its call budget. */
const BUCKETS = [0.0001, 0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 10, 30];

/** Publishes the cache's numbers under the names of kubescape's node-agent. Call once a cache. */
export function registerProfileCacheMetrics(metrics: Metrics, cache: CacheStatistics): void {
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
  registerStoreUse(metrics, cache);
  registerSizes(metrics, cache);
}

/** Ours in addition: what the cache asks of the store, and how well it is told of changes. */
function registerStoreUse(metrics: Metrics, cache: CacheStatistics): void {
  const { counters } = cache;
  metrics.counted(
    {
      name: 'hullwatch_profile_cache_store_calls_total',
      help: 'Calls of the profile cache to the store, by what came of them; a watch counts when it opens and when it fails',
      labels: ['verb', 'kind', 'result'],
    },
    () => [...counters.storeCalls].map(([key, value]) => ({ value, labels: callLabels(key) })),
  );
  metrics.counted(
    {
      name: 'hullwatch_profile_cache_lists_total',
      help: 'Lists of a kind and namespace, by why the watch was not enough',
      labels: ['reason'],
    },
    () => readings('reason', counters.lists),
  );
  metrics.gauged(
    {
      name: 'hullwatch_profile_cache_watch_age_seconds',
      help: 'Time since the watch that was silent for the longest gave a sign of life, by kind',
      labels: ['kind'],
    },
    () => oldestByKind(cache.feedAges()),
  );
  metrics.counted(
    {
      name: 'hullwatch_profile_cache_tampered_total',
      help: 'Versions of user-written profiles that were not trusted, for each container',
    },
    () => [{ value: counters.tampered }],
  );
}

function registerSizes(metrics: Metrics, cache: CacheStatistics): void {
  const { counters } = cache;
  metrics.gauged(
    {
      name: 'hullwatch_profile_cache_holdings',
      help: 'What the profile cache holds: feeds, objects followed, compiled profiles, shared strings and lists',
      labels: ['what'],
    },
    () => {
      const { feeds, objects, compiled, strings } = cache.holdings();
      return readings('what', { feeds, objects, compiled, strings });
    },
  );
  metrics.gauged(
    {
      name: 'hullwatch_profile_cache_compiled_bytes',
      help: 'Size of all compiled profiles and of the strings they share, estimated',
    },
    () => [{ value: cache.holdings().sizeBytes }],
  );
  metrics.gauged(
    {
      name: 'hullwatch_profile_cache_profile_entries',
      help: 'Entries of all compiled profiles, in their sources and kept for the rules',
      labels: ['surface', 'what'],
    },
    () =>
      Object.entries(cache.entryCounts()).flatMap(([surface, counts]) =>
        Object.entries(counts).map(([what, value]) => ({ value, labels: { surface, what } })),
      ),
  );
  const observe = metrics.histogram({
    name: 'hullwatch_profile_cache_projection_seconds',
    help: 'Time to compile one stored object',
    labels: [],
    buckets: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.5],
  });
  counters.observeProjection = (seconds) => observe(seconds, {});
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

function callLabels(key: string): Readonly<Record<string, string>> {
  const [verb = '', kind = '', result = ''] = key.split(' ');
  return { verb, kind, result };
}

function oldestByKind(ages: ReturnType<CacheStatistics['feedAges']>): Reading[] {
  const oldest = new Map<string, number>();
  for (const { kind, ageMs } of ages) oldest.set(kind, Math.max(ageMs, oldest.get(kind) ?? 0));
  return [...oldest].map(([kind, ageMs]) => ({ value: ageMs / 1_000, labels: { kind } }));
}
