import type { ImageFileTables } from './image-file-tables.ts';
import type { StoredKind } from './object-store.ts';
import type { ObjectTables } from './object-tables.ts';
import type { SeriesTables } from './series-tables.ts';

/** How much there is of what. */
export interface TableCounts {
  /** Stored objects, without reports that wait to be merged. */
  readonly objects: Readonly<Record<StoredKind, number>>;
  /** Reports that wait to be merged. */
  readonly reports: number;
  /** Rows of time series, with and without a report. */
  readonly rows: number;
}

/**
 * Where a local store keeps its records. Knows nothing of the rules: `ObjectWrites` has those.
 * Everything is synchronous, so that nothing can come between the steps of one call.
 */
export interface ProfileTables {
  readonly objects: ObjectTables;
  readonly series: SeriesTables;
  /** Absent: no lists of image files are kept here. */
  readonly imageFiles?: ImageFileTables;
  /**
   * Runs `work`, which only reads, and sees the tables as they are at one moment. Not within `write`.
   * Its failure comes out as an AgentError.
   */
  read<T>(work: () => T): T;
  /**
   * Runs `work` so that all of its writes are kept when it returns, and none when it throws. Calls do not
   * nest. When it returns, the writes are as safe as the tables can make them. `work` may be run a second
   * time when the first left no trace. Its failure comes out as an AgentError.
   */
  write<T>(work: () => T): T;
  /**
   * A number that differs from what it was when somebody else has written to these tables since: our
   * own writes leave it alone. Undefined when nobody else can.
   */
  foreignWrites(): number | undefined;
  counts(): TableCounts;
}
