import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '#model/agent-error.js';
import type { Logger } from '#runtime/log.js';
import { fileError, sqliteError } from './sqlite-errors.ts';
import { IN_MEMORY } from './sqlite-file.ts';
import { migrate, SCHEMA_VERSION, versionOf } from './sqlite-schema.ts';

/** The wait blocks the whole agent, and who was refused tries again; writes of others take milliseconds. */
const DEFAULT_BUSY_TIMEOUT_MS = 250;

/** What the write-ahead log is cut back to after a checkpoint: four times SQLite's usual 4 MB. */
const WAL_LIMIT_BYTES = 16 * 1024 * 1024;

/** Where the database lives. */
export interface DatabaseOptions {
  /** File name, or `:memory:`. The folder is made when it does not exist. */
  readonly path: string;
  /** The file never grows beyond it; writes that would are refused. Absent: as far as the disk goes. */
  readonly maxSizeBytes?: number | undefined;
  /** How long a call waits for another process that writes; 250 ms when absent. */
  readonly busyTimeoutMs?: number | undefined;
  readonly log: Logger;
}

/**
 * Opens or makes the database: checked, with the current schema, every commit on disk before it
 * returns. Throws `unavailable` (folder or file not usable, disk full, locked), `invalid` (another
 * program's or a newer version's file) or `internal` (damaged, not a database), each with a message
 * that names the file and what to do.
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const { path, busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS } = options;
  if (path !== IN_MEMORY) makeFile(path);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: busyTimeoutMs });
    // Before the first pragma that writes: a file that is not ours stays as it is.
    versionOf(db, path);
    configure(db, options);
    check(db, path);
    const found = migrate(db, path);
    options.log.info('profile store opened', { path, schema: SCHEMA_VERSION, schemaFound: found });
    return db;
  } catch (reason) {
    db?.close();
    throw sqliteError(reason, path);
  }
}

/** Profiles hold command lines: only the owner may read the file. SQLite gives its side files the same mode. */
function makeFile(path: string): void {
  try {
    makeFolder(dirname(path));
    closeSync(openSync(path, 'a', 0o600));
  } catch (reason) {
    throw fileError(reason, path);
  }
}

/** Node's own way of making parents never ends where the kernel refuses with ENOENT, as below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function configure(db: DatabaseSync, { path, maxSizeBytes }: DatabaseOptions): void {
  const mode = db.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
  if (mode !== 'wal' && path !== IN_MEMORY) {
    throw new AgentError(
      'unavailable',
      `profile store ${path} lies on a file system without shared memory (journal mode ${mode}): put it on a local disk`,
    );
  }
  db.exec('PRAGMA synchronous = FULL');
  db.exec(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
  if (maxSizeBytes === undefined) return;
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
  db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxSizeBytes / pageBytes))}`);
}

function check(db: DatabaseSync, path: string): void {
  const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  if (verdict === 'ok') return;
  // SQLITE_CORRUPT, which opening alone does not find in every damaged file.
  throw sqliteError(Object.assign(new Error(String(verdict)), { errcode: 11 }), path);
}
