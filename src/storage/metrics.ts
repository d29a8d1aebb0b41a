import type { Consolidator, ConsolidatorOptions } from '#consolidation/consolidator.js';
import type { Metrics } from '#metrics/metrics.js';
import { PROFILE_KINDS } from '#model/profile.js';
import type { TableCounts } from './profile-tables.ts';

/** One profile takes about a millisecond; a tenth of a second is felt by everything else. */
const SECONDS_BUCKETS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1] as const;

/**
 * Registers how much a local store holds. Counted when asked for, from indexes. Of a store that
 * cannot be read the objects are left out and the reports are NaN.
 */
export function registerStoreMetrics(metrics: Metrics, store: { counts(): TableCounts }): void {
  metrics.gauged(
    {
      name: 'node_agent_storage_objects',
      help: 'Stored profiles, by kind.',
      labels: ['kind'],
    },
    () => {
      const counts = countsOf(store);
      if (counts === undefined) return [];
      return PROFILE_KINDS.map((kind) => ({ value: counts.objects[kind], labels: { kind } }));
    },
  );
  metrics.gauged(
    { name: 'node_agent_storage_reports', help: 'Reports that wait to be merged into profiles.' },
    () => {
      // A gauge without labels that says nothing would say 0.
      return [{ value: countsOf(store)?.reports ?? Number.NaN }];
    },
  );
}

/** Health tells of a store that cannot be read; the other metrics are wanted then more than ever. */
function countsOf(store: { counts(): TableCounts }): TableCounts | undefined {
  try {
    return store.counts();
  } catch {
    return undefined;
  }
}

/**
 * Registers what consolidation did and how long it took. The function returned is the consolidator's
 * `observe`; the consolidator is asked for, since it is made with that function.
 */
export function registerConsolidationMetrics(
  metrics: Metrics,
  consolidator: () => Consolidator,
): NonNullable<ConsolidatorOptions['observe']> {
  metrics.counted(
    {
      name: 'node_agent_storage_consolidations_total',
      help: 'Profiles that reports were merged into, by result.',
      labels: ['result'],
    },
    () =>
      Object.entries(consolidator().tally).map(([result, value]) => ({
        value,
        labels: { result },
      })),
  );
  const observeSeconds = metrics.histogram({
    name: 'node_agent_storage_consolidation_seconds',
    help: 'How long it took to merge the reports of one profile, by result.',
    labels: ['result'],
    buckets: SECONDS_BUCKETS,
  });
  return (seconds, result) => observeSeconds(seconds, { result });
}
