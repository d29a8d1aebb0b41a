import type { Expiry, TimeSeriesRow } from '#consolidation/time-series-row.js';
import type { ObjectKey } from '#model/profile-store.js';

/** The time series of a store, and which profiles make up which workload. */
export interface SeriesTables {
  /** All rows of a profile, in no particular order. */
  rows(profile: ObjectKey): readonly TimeSeriesRow[];
  row(profile: ObjectKey, seriesId: string, suffix: string): TimeSeriesRow | undefined;
  /** Inserts or replaces: series and suffix tell the rows of a profile apart. */
  put(row: TimeSeriesRow): void;
  remove(row: TimeSeriesRow): void;
  removeAll(profile: ObjectKey): void;
  /** Profiles with a row that has data or has expired, or of an outdated workload, by namespace and name. */
  pendingProfiles(expiry: Expiry): readonly ObjectKey[];

  /** Names of the profiles of a workload, in the order of the names. */
  members(workload: ObjectKey): readonly string[];
  /** Name of the workload that a profile belongs to; undefined when it belongs to none. */
  workloadOf(profile: ObjectKey): string | undefined;
  /** Makes a profile belong to a workload, and to no other. Undefined: to none. */
  setWorkload(profile: ObjectKey, workload: string | undefined): void;
  /**
   * True once for a profile whose workload nobody has looked at since it became a member: so it is after a
   * file of a schema without members was brought forward.
   */
  takeOutdated(profile: ObjectKey): boolean;
}
