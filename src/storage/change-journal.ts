import { AgentError } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { Clock } from '#runtime/clock.js';
import { ChangeBell } from './change-bell.ts';
import { ChangeWatch, type WatchStart } from './change-watch.ts';
import type { KubernetesObject, StoredKind, StoredRow } from './object-store.ts';
import type { Change, ObjectRole, WholeRow } from './object-tables.ts';
import { bodyBytes, metadataOf, metadataText } from './object-text.ts';
import type { ProfileTables } from './profile-tables.ts';

/** What a journal needs. */
export interface JournalOptions {
  readonly clock: Clock;
  /** How many changes are remembered; {@link HISTORY_CHANGES} when absent. */
  readonly historyChanges?: number | undefined;
  /** How many bytes of bodies the history alone may hold; {@link HISTORY_BYTES} when absent. */
  readonly historyBytes?: number | undefined;
}

/**
 * How many changes a store remembers when nobody says otherwise: an hour and a half of 300 containers
 * that report every ten minutes (a report comes, goes, and changes its profile).
 */
const HISTORY_CHANGES = 8_192;

/**
 * How much of that may be bodies that stand in no object any more. A report of a busy container has
 * about 8 KB, so that the number of changes is reached first; without a bound, 8,192 large profiles
 * would be 20 GB.
 */
const HISTORY_BYTES = 64 * 1024 * 1024;

/** What a transaction throws to be taken back, though nothing is wrong. */
const TAKEN_BACK = new AgentError('aborted', 'rehearsal');

/** An object to write; its version is given to it. */
export interface JournalEntry {
  readonly type: 'added' | 'modified';
  readonly kind: StoredKind;
  readonly object: KubernetesObject;
  readonly role: ObjectRole;
  /** Everything but the metadata, when it was made already. */
  readonly body?: Uint8Array;
}

/** Writes objects so that each write is remembered with a version of its own, and lets them be watched. */
export class ChangeJournal {
  readonly #tables: ProfileTables;
  readonly #clock: Clock;
  readonly #bell: ChangeBell;
  readonly #historyChanges: number;
  readonly #historyBytes: number;
  /** Of the transaction under way. */
  #changes: Change[] = [];

  constructor(tables: ProfileTables, options: JournalOptions) {
    const { clock, historyChanges = HISTORY_CHANGES, historyBytes = HISTORY_BYTES } = options;
    this.#tables = tables;
    this.#clock = clock;
    this.#historyChanges = historyChanges;
    this.#historyBytes = historyBytes;
    this.#bell = new ChangeBell({ tables, clock, farBehind: historyChanges / 2 });
  }

  /** A transaction, as `ProfileTables.write`: watches hear of it when it is done, or never. */
  write<T>(work: () => T): T {
    const result = this.#tables.write(() => {
      // Here, because a transaction may be tried twice.
      this.#changes = [];
      const made = work();
      this.#forgetOldest();
      return made;
    });
    this.#bell.ring(this.#changes);
    return result;
  }

  /** Does `work` as {@link ChangeJournal.write} does, and takes it back: nobody hears of it. */
  rehearse<T>(work: () => T): T {
    let made: { readonly value: T } | undefined;
    try {
      this.#tables.write(() => {
        made = { value: work() };
        throw TAKEN_BACK;
      });
    } catch (reason) {
      if (reason !== TAKEN_BACK || made === undefined) throw reason;
      return made.value;
    }
    throw new AgentError('internal', 'a rehearsal was not taken back');
  }

  /** Stores an object under the next version. Within {@link ChangeJournal.write}. */
  put({ type, kind, object, role, body = bodyBytes(object) }: JournalEntry): StoredRow {
    const { namespace, name } = object.metadata;
    const resourceVersion = this.#tables.objects.nextResourceVersion();
    const metadata = metadataText({ ...object.metadata, resourceVersion: String(resourceVersion) });
    const row: WholeRow = { namespace, name, resourceVersion, metadata, body };
    this.#tables.objects.put({ type, kind, row, role });
    this.#changes.push({ type, kind, row });
    return row;
  }

  /**
   * Removes an object; undefined when there is none. Gives it as it was, with the version of the deletion;
   * of one that is damaged, what can be told. Within {@link ChangeJournal.write}.
   */
  remove(kind: StoredKind, key: ObjectKey): StoredRow | undefined {
    const { objects } = this.#tables;
    if (objects.roleOf(kind, key) === undefined) return undefined;
    const row =
      readable(() => objects.row(kind, key, true)) ?? readable(() => objects.row(kind, key, false));
    const { namespace, name } = key;
    const resourceVersion = objects.nextResourceVersion();
    const before = row === undefined ? { namespace, name } : metadataOf(row);
    const metadata = metadataText({ ...before, resourceVersion: String(resourceVersion) });
    objects.remove(kind, key, { resourceVersion, metadata });
    const removed = { namespace, name, resourceVersion, metadata, body: row?.body };
    this.#changes.push({ type: 'deleted', kind, row: removed });
    return removed;
  }

  /** As `ObjectStore.watchRows`; without `after`, what happens next, which begins with this call. */
  watch(start: Omit<WatchStart, 'after'> & { readonly after?: number }): ChangeWatch {
    const sources = { tables: this.#tables, clock: this.#clock, bell: this.#bell };
    return new ChangeWatch(sources, { ...start, after: start.after ?? this.#lastVersion() });
  }

  /** Lets all watches see that the tables have closed. */
  closed(): void {
    this.#bell.ringForAll();
  }

  #forgetOldest(): void {
    const { objects } = this.#tables;
    const last = this.#changes.at(-1)?.row.resourceVersion ?? 0;
    if (last > this.#historyChanges) objects.forget(last - this.#historyChanges);
    while (this.#changes.length > 0 && objects.history().pastBytes > this.#historyBytes) {
      const upTo = objects.oldestPastBody();
      if (upTo === undefined) return;
      objects.forget(upTo);
    }
  }

  /** Tables that cannot be read are the watch's to tell of, from its first `next`. */
  #lastVersion(): number {
    try {
      return this.#tables.read(() => this.#tables.objects.history().last);
    } catch {
      return Number.NaN;
    }
  }
}

/** Undefined when it is damaged. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
