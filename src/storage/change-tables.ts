import type { ObjectMeta, ProfileKind } from '#model/profile.js';

/** One write of one object. */
export interface Change {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly kind: ProfileKind;
  /** As it is after the change; `resourceVersion` is that of the change, also for a deletion. */
  readonly metadata: ObjectMeta;
}

/** Which changes to read. */
export interface ChangeQuery {
  readonly kind: ProfileKind;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  /** Only changes with a higher version. */
  readonly after: number;
  /** No more than so many. */
  readonly limit: number;
}

/** How far back the history goes: it has every change after `forgotten`, up to `last`. */
export interface HistoryRange {
  readonly forgotten: number;
  /** The version that was given last, by whoever writes to these tables. */
  readonly last: number;
}

/** The part of the tables that remembers what was written. */
export interface ChangeTables {
  history(): HistoryRange;
  /** Appends; `metadata.resourceVersion` must be the newest version. */
  putChange(change: Change): void;
  /** The first changes that match, in the order of their versions. */
  changes(query: ChangeQuery): readonly Change[];
  /** Drops every change up to this version. */
  forgetChanges(upTo: number): void;
  /**
   * A number that differs from what it was when somebody else has written to these tables since: our
   * own writes leave it alone. Undefined when nobody else can.
   */
  foreignWrites(): number | undefined;
}
