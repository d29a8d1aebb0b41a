import { closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '#model/agent-error.js';
import { sqliteError } from './sqlite-errors.ts';
import { inTransaction } from './sqlite-transaction.ts';

/** `HulQ` in ASCII: a queue is no profile store, and the other way round. */
const APPLICATION_ID = 0x48756c51;
/** The lock is held as long as the process lives, so waiting for it is of no use. */
const BUSY_TIMEOUT_MS = 250;
/** What the write-ahead log is cut back to after a checkpoint. */
const WAL_LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * Each step takes the schema from the version that is its index to the next. Steps are only ever
 * appended. Heads are read when the queue is opened; a body only when its report is to be stored.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE queue (
     tbl TEXT NOT NULL,
     key TEXT NOT NULL,
     head TEXT NOT NULL,
     body TEXT,
     PRIMARY KEY (tbl, key)
   ) STRICT;`,
];

/** SQLite's result codes for a damaged file and for one that is no database. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

/** True for what SQLite throws when the file cannot be trusted any more. */
export function isDamaged(reason: unknown): boolean {
  const code = (reason as { readonly errcode?: unknown }).errcode;
  return typeof code === 'number' && DAMAGED.has(code & 0xff);
}

/** What SQLite said about a queue, as an AgentError that names the file and what to do. */
export function queueError(reason: unknown, path: string): AgentError {
  const { code, message, cause } = sqliteError(reason, path);
  const text = message.replace(/^profile store /, 'report queue ');
  return new AgentError(code, text, { cause });
}

/**
 * Opens or makes the queue's database, for this process alone: every commit is on disk before it returns.
 * Throws what SQLite throws, or `invalid` for another program's or a newer version's file.
 */
export function openQueueDatabase(path: string, maxSizeBytes?: number): DatabaseSync {
  makeFile(path);
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    const found = versionOf(db, path);
    // Two agents with one queue would each send the other's reports and forget their own.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
    migrate(db, found);
    if (maxSizeBytes !== undefined) limitSize(db, maxSizeBytes);
    const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (verdict !== 'ok') throw Object.assign(new Error(String(verdict)), { errcode: 11 });
    return db;
  } catch (reason) {
    db.close();
    throw reason;
  }
}

function limitSize(db: DatabaseSync, maxSizeBytes: number): void {
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
  db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxSizeBytes / pageBytes))}`);
}

/** Gives the file and its side files another name, `<path>.damaged-<n>`, and returns it. */
export function moveAside(path: string): string {
  let n = 1;
  while (existsSync(`${path}.damaged-${n}`)) n += 1;
  const aside = `${path}.damaged-${n}`;
  for (const ending of ['-wal', '-shm', '']) {
    if (existsSync(path + ending)) renameSync(path + ending, aside + ending);
  }
  return aside;
}

/** What tells a file from another of the same name; undefined when there is none. */
export function fileIdentity(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}

/** Reports hold command lines: only the owner may read the file. SQLite gives its side files the same mode. */
function makeFile(path: string): void {
  try {
    makeFolder(dirname(path));
    closeSync(openSync(path, 'a', 0o600));
  } catch (reason) {
    const text = reason instanceof Error ? reason.message : String(reason);
    throw new AgentError(
      'unavailable',
      `report queue ${path} cannot be opened: check that it is a file in a folder that this user may write to (${text})`,
      { cause: reason },
    );
  }
}

/** Node's own way of making parents never ends where the kernel refuses with ENOENT, as below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

function versionOf(db: DatabaseSync, path: string): number {
  const id = Number(db.prepare('PRAGMA application_id').get()?.['application_id']);
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  const tables = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']);
  if (id !== APPLICATION_ID && (id !== 0 || tables > 0)) {
    throw new AgentError(
      'invalid',
      `report queue ${path} belongs to another program: name another file`,
    );
  }
  if (version > MIGRATIONS.length) {
    throw new AgentError(
      'invalid',
      `report queue ${path} has schema ${version}, and this version knows ${MIGRATIONS.length}: use a newer version, or name another file`,
    );
  }
  return version;
}

function migrate(db: DatabaseSync, found: number): void {
  for (let version = found; version < MIGRATIONS.length; version += 1) {
    inTransaction(db, () => {
      db.exec(MIGRATIONS[version] ?? '');
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
    });
  }
}
