import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey, WatchEvent, WatchOptions } from '#model/profile-store.js';
import type { Clock } from '#runtime/clock.js';
import { ChangeBell } from './change-bell.ts';
import type { Change } from './change-tables.ts';
import { ChangeWatch } from './change-watch.ts';
import type { ProfileTables } from './profile-tables.ts';

/** What a journal needs. */
export interface JournalOptions {
  readonly clock: Clock;
  /** How many changes are remembered; {@link HISTORY_CHANGES} when absent. */
  readonly historyChanges?: number | undefined;
}

/**
 * How many changes a store remembers when nobody says otherwise: an hour and a half of 300 containers
 * that report every ten minutes (a report comes, goes, and changes its profile), in 5 to 10 MB.
 */
export const HISTORY_CHANGES = 8_192;

/** Writes objects so that each write is remembered with a version of its own, and lets them be watched. */
export class ChangeJournal {
  readonly #tables: ProfileTables;
  readonly #clock: Clock;
  readonly #bell: ChangeBell;
  readonly #historyChanges: number;
  /** Of the transaction under way. */
  #changes: Change[] = [];

  constructor(tables: ProfileTables, { clock, historyChanges = HISTORY_CHANGES }: JournalOptions) {
    this.#tables = tables;
    this.#clock = clock;
    this.#historyChanges = historyChanges;
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

  /** Stores an object that has a version of its own already. Within {@link ChangeJournal.write}. */
  put(type: 'added' | 'modified', object: ProfileKinds[ProfileKind]): void {
    this.#tables.putObject(object);
    this.#remember({ type, kind: object.kind, metadata: object.metadata });
  }

  /** Removes an object; does nothing when there is none. Within {@link ChangeJournal.write}. */
  remove(kind: ProfileKind, key: ObjectKey): void {
    const metadata = this.#tables.metadata(kind, key);
    if (metadata === undefined) return;
    this.#tables.deleteObject(kind, key);
    const resourceVersion = this.#tables.nextResourceVersion();
    this.#remember({ type: 'deleted', kind, metadata: { ...metadata, resourceVersion } });
  }

  /** As `ProfileStore.watch`. "What happens next" begins with this call. */
  watch(kind: ProfileKind, options: WatchOptions): AsyncIterable<WatchEvent> {
    const sources = { tables: this.#tables, clock: this.#clock, bell: this.#bell };
    const resourceVersion = options.resourceVersion || this.#lastVersion();
    return new ChangeWatch(sources, { ...options, kind, resourceVersion });
  }

  /** Lets all watches see that the tables have closed. */
  closed(): void {
    this.#bell.ringForAll();
  }

  #remember(change: Change): void {
    this.#tables.putChange(change);
    this.#changes.push(change);
  }

  #forgetOldest(): void {
    const last = Number(this.#changes.at(-1)?.metadata.resourceVersion ?? 0);
    if (last > this.#historyChanges) this.#tables.forgetChanges(last - this.#historyChanges);
  }

  /** Tables that cannot be read are the watch's to tell of, from its first `next`. */
  #lastVersion(): string {
    try {
      return String(this.#tables.read(() => this.#tables.history().last));
    } catch {
      return '';
    }
  }
}
