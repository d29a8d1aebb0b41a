import { silentLogger } from '#runtime/log.js';
import { type ImageFileLists, StoredImageFileLists } from './image-file-lists.ts';
import { LocalProfileStore, type StoreSources } from './local-profile-store.ts';
import { type DatabaseOptions, openDatabase } from './sqlite-database.ts';
import { SqliteTables } from './sqlite-tables.ts';

/** A profile store in one SQLite file. What a call has answered survives a crash and a power loss. */
export class SqliteProfileStore extends LocalProfileStore {
  /** The files of images, which profiles are merged with. */
  readonly imageFiles: ImageFileLists;
  readonly #tables: SqliteTables;

  /** Takes over `tables`. Use {@link openSqliteProfileStore}. */
  constructor(tables: SqliteTables, sources: StoreSources) {
    const { clock, log = silentLogger } = sources;
    const lists = new StoredImageFileLists({ tables, clock, log });
    super(tables, sources, lists);
    this.imageFiles = lists;
    this.#tables = tables;
  }

  /** Closes the file; later calls and all watches reject with `unavailable`. May be called twice. */
  close(): void {
    this.#tables.close();
    this.tablesClosed();
  }
}

/**
 * Opens the store, or makes it. Throws as `openDatabase` does: `unavailable`, `invalid` or
 * `internal`, with a message that names the file and what to do about it.
 */
export function openSqliteProfileStore(
  options: DatabaseOptions & StoreSources,
): SqliteProfileStore {
  const { path, log } = options;
  return new SqliteProfileStore(new SqliteTables(openDatabase(options), { path, log }), options);
}
