import type { ObjectKey } from '#model/profile-store.js';
import type { StoredKind, StoredRow } from './object-store.ts';

/**
 * What an object is to the store: a report that waits to be merged, an aggregate that the store itself
 * keeps up to date, or any other, which is `plain`.
 */
export type ObjectRole = 'plain' | 'report' | 'aggregate';

/** A row with its body. */
export interface WholeRow extends StoredRow {
  readonly body: Uint8Array;
}

/** An object to write; `row.resourceVersion` is the newest version. */
export interface ObjectWrite {
  readonly type: 'added' | 'modified';
  readonly kind: StoredKind;
  readonly row: WholeRow;
  readonly role: ObjectRole;
}

/** One write of one object, as it is after it; the version is that of the change, also for a deletion. */
export interface Change {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly kind: StoredKind;
  readonly row: StoredRow;
}

/** Which changes to read. */
export interface ChangeQuery {
  readonly kind: StoredKind;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  /** Only changes with a higher version. */
  readonly after: number;
  /** No more than so many. */
  readonly limit: number;
  readonly withBodies: boolean;
}

/** Which rows to read. */
export interface RowsQuery {
  readonly kind: StoredKind;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  readonly withBodies: boolean;
  /** Only what comes after this one, by namespace and name. */
  readonly after?: ObjectKey | undefined;
  /** Undefined: all. */
  readonly limit?: number | undefined;
  /** As they were at this version, which lies in the history. Undefined: as they are. */
  readonly atVersion?: number | undefined;
}

/** How far back the history goes: it has every change after `forgotten`, up to `last`. */
export interface HistoryRange {
  readonly forgotten: number;
  /** The version that was given last, by whoever writes to these tables. */
  readonly last: number;
  /** Bytes of bodies that stand in no object any more: only the history has them. */
  readonly pastBytes: number;
}

/**
 * The objects of a store, as text, and what they were. Each state of an object is kept from the version
 * that made it until it is replaced, and then until the version that replaced it is forgotten. A body
 * that stays the same is kept once. Rows that are damaged are left out of lists and told in the log.
 */
export interface ObjectTables {
  /** The next number of the one counter of the store: never one that was given before. */
  nextResourceVersion(): number;
  history(): HistoryRange;

  /** The object; throws `internal`, naming it, when what was asked for is damaged. */
  row(kind: StoredKind, key: ObjectKey, withBody: boolean): StoredRow | undefined;
  /** What the object is, also when it is damaged; undefined when there is none. */
  roleOf(kind: StoredKind, key: ObjectKey): ObjectRole | undefined;
  /** By namespace and name. */
  rows(query: RowsQuery): readonly StoredRow[];
  /** How many {@link ObjectTables.rows} would find without a limit. Reads no rows. */
  countRows(query: RowsQuery): number;

  /** Inserts or replaces. What it replaces becomes part of the history. */
  put(write: ObjectWrite): void;
  /** Removes an object; `version` and `metadata` are those of its deletion. */
  remove(
    kind: StoredKind,
    key: ObjectKey,
    deletion: { readonly resourceVersion: number; readonly metadata: string },
  ): void;

  /** The first changes that match, in the order of their versions. Fewer than `limit` are the last. */
  changes(query: ChangeQuery): readonly Change[];
  /** Drops every change up to this version, and the states that ended with it. */
  forget(upTo: number): void;
  /** The version that has to be forgotten for the oldest body that only the history has to go. */
  oldestPastBody(): number | undefined;
}
