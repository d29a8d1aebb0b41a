import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '#model/agent-error.js';
import { sqliteError } from './sqlite-errors.ts';
import { inTransaction } from './sqlite-transaction.ts';

/** What tells one kind of file from another. */
export interface DatabaseKind {
  /** For messages: `report queue`. */
  readonly name: string;
  /** Four characters that stand in the file's head. */
  readonly applicationId: number;
  /**
   * Each step takes the schema from the version that is its index to the next. Steps are only ever appended.
   */
  readonly migrations: readonly string[];
  /** FULL: a commit survives a loss of power; NORMAL: the end of the process, and costs no wait for the disk. */
  readonly synchronous: 'FULL' | 'NORMAL';
}

/** Which file, of which kind. */
interface DatabasePlace {
  readonly path: string;
  readonly kind: DatabaseKind;
  /** The file never grows beyond it. Absent: as far as the disk goes. */
  readonly maxSizeBytes?: number | undefined;
}

/** The lock is held as long as the process lives, so waiting for it is of no use. */
const BUSY_TIMEOUT_MS = 250;
/** With this every SQLite database begins. */
const MAGIC = 'SQLite format 3\0';
/** SQLite's page size, unless told otherwise. */
const PAGE_BYTES = 4_096;
/** What the write-ahead log is cut back to after a checkpoint. */
const WAL_LIMIT_BYTES = 4 * 1024 * 1024;
/** SQLite's result codes for a damaged file and for one that is no database. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

/** True for what SQLite throws when the file cannot be trusted any more. */
export function isDamaged(reason: unknown): boolean {
  const code = (reason as { readonly errcode?: unknown }).errcode;
  return typeof code === 'number' && DAMAGED.has(code & 0xff);
}

/** What SQLite said, as an AgentError that names the file and what to do. */
export function databaseError(reason: unknown, { path, kind }: DatabasePlace): AgentError {
  const { code, message, cause } = sqliteError(reason, path);
  const text = message.replace(/^profile store /, `${kind.name} `);
  return new AgentError(code, text, { cause });
}

/**
 * Opens or makes a database for this process alone, which only the file's owner may read. Throws what
 * SQLite throws, `invalid` for another program's or a newer version's file and for what is no database,
 * `unavailable` for a place where no file can be made.
 */
export function openExclusively(place: DatabasePlace): DatabaseSync {
  makeFile(place);
  refuseOtherKind(place);
  const db = new DatabaseSync(place.path, { timeout: BUSY_TIMEOUT_MS });
  try {
    const found = versionOf(db, place);
    // Two agents with one file would each take the other's rows for their own.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec(`PRAGMA synchronous = ${place.kind.synchronous}`);
    db.exec(`PRAGMA journal_size_limit = ${WAL_LIMIT_BYTES}`);
    migrate(db, found, place.kind);
    if (place.maxSizeBytes !== undefined) limitSize(db, place.maxSizeBytes);
    const verdict = db.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
    if (verdict !== 'ok') throw Object.assign(new Error(String(verdict)), { errcode: 11 });
    return db;
  } catch (reason) {
    db.close();
    throw reason;
  }
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

function limitSize(db: DatabaseSync, maxSizeBytes: number): void {
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
  db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxSizeBytes / pageBytes))}`);
}

/** Reports and alerts hold command lines: only the owner may read the file. SQLite gives its side files the same mode. */
function makeFile({ path, kind }: DatabasePlace): void {
  try {
    makeFolder(dirname(path));
    closeSync(openSync(path, 'a', 0o600));
  } catch (reason) {
    const text = reason instanceof Error ? reason.message : String(reason);
    throw new AgentError(
      'unavailable',
      `${kind.name} ${path} cannot be opened: check that it is a file in a folder that this user may write to (${text})`,
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

/** A file of whole pages may be a database whose beginning is damaged; another that does not begin as one never was one. */
function refuseOtherKind({ path, kind }: DatabasePlace): void {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(MAGIC.length);
    const { size } = fstatSync(fd);
    const length = readSync(fd, head, 0, MAGIC.length, 0);
    if (size % PAGE_BYTES === 0 || head.toString('latin1', 0, length) === MAGIC) return;
  } finally {
    closeSync(fd);
  }
  throw new AgentError('invalid', `${kind.name} ${path} is no SQLite database: name another file`);
}

function versionOf(db: DatabaseSync, { path, kind }: DatabasePlace): number {
  const id = Number(db.prepare('PRAGMA application_id').get()?.['application_id']);
  const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  const tables = Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']);
  if (id !== kind.applicationId && (id !== 0 || tables > 0)) {
    throw new AgentError(
      'invalid',
      `${kind.name} ${path} belongs to another program: name another file`,
    );
  }
  if (version > kind.migrations.length) {
    throw new AgentError(
      'invalid',
      `${kind.name} ${path} has schema ${version}, and this version knows ${kind.migrations.length}: use a newer version, or name another file`,
    );
  }
  return version;
}

function migrate(db: DatabaseSync, found: number, kind: DatabaseKind): void {
  for (let version = found; version < kind.migrations.length; version += 1) {
    inTransaction(db, () => {
      db.exec(kind.migrations[version] ?? '');
      db.exec(
        `PRAGMA application_id = ${kind.applicationId}; PRAGMA user_version = ${version + 1}`,
      );
    });
  }
}
