import type { Metrics } from '#metrics/metrics.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { Consolidator, type ConsolidatorOptions } from '#storage/consolidator.js';
import { registerConsolidationMetrics, registerStoreMetrics } from '#storage/metrics.js';
import { openSqliteProfileStore, type SqliteProfileStore } from '#storage/sqlite-profile-store.js';
import type { AgentOptions } from './options.ts';

/** The profile store of this host, and what merges reports in it. */
export interface EmbeddedStore {
  readonly profiles: SqliteProfileStore;
  readonly consolidator: Consolidator;
}

/** What the embedded store is made from. */
export interface EmbeddedStoreParts {
  readonly options: AgentOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Opens the store's file, or makes it. Throws as `openSqliteProfileStore` does. */
export function openEmbeddedStore(parts: EmbeddedStoreParts): EmbeddedStore {
  const { options, metrics } = parts;
  const profiles = openSqliteProfileStore({ ...parts, path: options.store });
  const observe = registerConsolidationMetrics(metrics, () => consolidator);
  registerStoreMetrics(metrics, profiles);
  const consolidator: Consolidator = new Consolidator({
    ...consolidation(options),
    ...parts,
    store: profiles,
    observe,
  });
  return { profiles, consolidator };
}

/**
 * A series that was not continued for twice the learning period never will be; the rule and its
 * number are the public storage's.
 */
export function consolidation(
  options: AgentOptions,
): Pick<ConsolidatorOptions, 'intervalMs' | 'expireAfterMs'> {
  return {
    intervalMs: options.consolidationInterval,
    expireAfterMs: 2 * options.learningPeriod,
  };
}
