import type { DatabaseSync } from 'node:sqlite';
import { DamagedRows } from './damaged-rows.ts';
import { STORED_KINDS, type StoredKind } from './object-store.ts';
import type { ProfileTables, TableCounts } from './profile-tables.ts';
import type { DatabaseOptions } from './sqlite-database.ts';
import { isDiskFull, sqliteError } from './sqlite-errors.ts';
import { SqliteFile } from './sqlite-file.ts';
import { SqliteImageFiles } from './sqlite-image-files.ts';
import { SqliteObjects } from './sqlite-objects.ts';
import { SqliteSeries } from './sqlite-series.ts';
import { inSnapshot, inTransaction, shrinkLog } from './sqlite-transaction.ts';

/** Tables in a SQLite database. A write that has returned is on disk. */
export class SqliteTables implements ProfileTables {
  readonly objects: SqliteObjects;
  readonly series: SqliteSeries;
  readonly imageFiles: SqliteImageFiles;
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #file: SqliteFile;
  #isLogEmptied = false;

  /**
   * Takes over the connection: {@link SqliteTables.close} ends it. `path` must lead to its file; when
   * it does not any more, every call fails with `unavailable` as soon as that is noticed: with the next
   * write, or the next {@link SqliteTables.foreignWrites}.
   */
  constructor(db: DatabaseSync, { path, log }: Pick<DatabaseOptions, 'path' | 'log'>) {
    this.#db = db;
    this.#path = path;
    this.#file = new SqliteFile(path);
    this.objects = new SqliteObjects(db, new DamagedRows(path, log));
    this.series = new SqliteSeries(db);
    this.imageFiles = new SqliteImageFiles(db);
  }

  /** Ends the connection; later calls fail with `unavailable`. May be called twice. */
  close(): void {
    if (!this.#db.isOpen) return;
    this.#emptyLogWhenLost();
    this.#db.close();
  }

  read<T>(work: () => T): T {
    if (this.#file.isLost) this.#refuseLost();
    return this.#translated(() => inSnapshot(this.#db, work));
  }

  /** The history is given up when there is no room for a write otherwise. */
  write<T>(work: () => T): T {
    this.#refuseLost();
    return this.#translated(() => {
      try {
        return inTransaction(this.#db, work);
      } catch (reason) {
        if (!(isDiskFull(reason) && this.#hasForgottenAll())) throw reason;
        return inTransaction(this.#db, work);
      }
    });
  }

  /** As {@link SqliteTables.write}, for what one can do without: nothing is given up when there is no room. */
  writeSpare<T>(work: () => T): T {
    this.#refuseLost();
    return this.#translated(() => inTransaction(this.#db, work));
  }

  foreignWrites(): number {
    this.#file.look();
    return Number(this.#db.prepare('PRAGMA data_version').get()?.['data_version']);
  }

  counts(): TableCounts {
    const counts = this.objects.counts();
    const objects = STORED_KINDS.map((kind) => [kind, counts[kind] ?? 0] as const);
    return {
      objects: Object.fromEntries(objects) as Record<StoredKind, number>,
      ...this.series.counts(),
    };
  }

  /** Not within a transaction. */
  #refuseLost(): void {
    try {
      this.#file.look();
    } catch (reason) {
      // The log keeps its name: whoever opens another file under the old name would find it beside that.
      if (!this.#isLogEmptied && this.#db.isOpen) shrinkLog(this.#db);
      this.#isLogEmptied = true;
      throw reason;
    }
    this.#isLogEmptied = false;
  }

  #emptyLogWhenLost(): void {
    try {
      this.#refuseLost();
    } catch {
      // Whoever closes the tables needs their file no more.
    }
  }

  #translated<T>(work: () => T): T {
    try {
      return work();
    } catch (reason) {
      throw sqliteError(reason, this.#path);
    }
  }

  /** False when there was no history, or no room even to drop it. */
  #hasForgottenAll(): boolean {
    try {
      return inTransaction(this.#db, () => {
        const { forgotten, last } = this.objects.history();
        this.objects.forget(last);
        return last > forgotten;
      });
    } catch {
      return false;
    }
  }
}
