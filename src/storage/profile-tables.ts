import type { ObjectMeta, ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { ChangeTables } from './change-tables.ts';
import type { TimeSeriesRow } from './time-series-row.ts';

/** How much there is of what. */
export interface TableCounts {
  /** Stored objects, without reports that wait to be merged. */
  readonly objects: Readonly<Record<ProfileKind, number>>;
  /** Reports that wait to be merged. */
  readonly reports: number;
  /** Rows of time series, with and without a report. */
  readonly rows: number;
}

/**
 * Where a local store keeps its records. Knows nothing of the rules: `LocalProfileStore` has those.
 * Everything is synchronous, so that nothing can come between the steps of one call. Objects handed
 * out are fresh copies; objects handed in are copied.
 */
export interface ProfileTables extends ChangeTables {
  /**
   * Runs `work`, which only reads, and sees the tables as they are at one moment. Not within `write`.
   * Its failure comes out as an AgentError.
   */
  read<T>(work: () => T): T;
  /**
   * Runs `work` so that all of its writes are kept or none. Calls do not nest. When it returns, the
   * writes are as safe as the tables can make them. `work` may be run a second time when the first left
   * no trace. Its failure comes out as an AgentError.
   */
  write<T>(work: () => T): T;
  /** The next number of the one counter of the store: never one that was given before. */
  nextResourceVersion(): string;

  object<K extends ProfileKind>(kind: K, key: ObjectKey): ProfileKinds[K] | undefined;
  metadata(kind: ProfileKind, key: ObjectKey): ObjectMeta | undefined;
  /** By namespace and name. */
  metadataOf(kind: ProfileKind, namespace: string | undefined): readonly ObjectMeta[];
  /** Inserts or replaces. */
  putObject(object: ProfileKinds[ProfileKind]): void;
  deleteObject(kind: ProfileKind, key: ObjectKey): void;

  /** All rows of a profile, in no particular order. */
  rows(profile: ObjectKey): readonly TimeSeriesRow[];
  /** Inserts or replaces: series and suffix tell the rows of a profile apart. */
  putRow(row: TimeSeriesRow): void;
  deleteRow(row: TimeSeriesRow): void;
  deleteRows(profile: ObjectKey): void;
  /** Profiles with a row that has data or ended before the given moment, by namespace and name. */
  pendingProfiles(expiredBeforeMs: number | undefined): readonly ObjectKey[];

  counts(): TableCounts;
}
