/**
 * What a row of the queue's file is about: a report that waits, one that was set aside, or a series of
 * reports.
 */
export type QueueTable = 'reports' | 'set-aside' | 'series';

/** One row: what is known about a report or a series, as JSON, without the report itself. */
export interface QueueRow {
  readonly table: QueueTable;
  /** Unique within its table. */
  readonly key: string;
  readonly head: string;
}

/** One part of a commit. `put` adds or replaces a row; without a `body` a row that is there keeps its own. */
export type QueueChange =
  | { readonly type: 'put'; readonly row: QueueRow; readonly body?: string }
  | { readonly type: 'remove'; readonly row: Pick<QueueRow, 'table' | 'key'> };

/**
 * Where a {@link ReportQueue} keeps its rows. Calls are synchronous: what `commit` returned for is there
 * after a kill of the process or of the machine. Every method throws an AgentError: `unavailable` (disk
 * full, file not usable) or `internal`.
 */
export interface QueueFile {
  /** All rows, read when the queue is opened. */
  rows(): readonly QueueRow[];
  /** The report of a row of `reports` or `set-aside`; undefined when it is gone. */
  body(row: Pick<QueueRow, 'table' | 'key'>): string | undefined;
  /** All of it or, when it throws, nothing. */
  commit(changes: readonly QueueChange[]): void;
  close(): void;
}
