import { closeSync, existsSync, fsyncSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AgentError } from '#model/agent-error.js';
import { fileError, sqliteError } from './sqlite-errors.ts';
import { SCHEMA_VERSION, versionOf } from './sqlite-schema.ts';
import { findingsIn, type StoreFinding } from './store-check.ts';

/** How long to wait for a process that writes; the agent's writes take milliseconds. */
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Looks for damage in the store of a file, without changing it, while an agent uses it or not. Throws
 * `not-found` without a file, `invalid` for a file of another schema, and as opening the store does.
 */
export function checkStore(path: string): readonly StoreFinding[] {
  return withFile(path, { readOnly: true }, (db) => {
    const schema = versionOf(db, path);
    if (schema === SCHEMA_VERSION) return findingsIn(db);
    throw new AgentError(
      'invalid',
      `profile store ${path} has schema ${schema}, expected ${SCHEMA_VERSION}: start the agent with it once, then check again`,
    );
  });
}

/**
 * Copies the store of a file, as it is at one moment, into a new file that only its owner may read; when it returns
 * the copy is on disk. An agent may write meanwhile. Gives the size of the copy. Throws `invalid` when
 * the new file is there already, otherwise as {@link checkStore}.
 */
export function backupStore(path: string, target: string): { readonly sizeBytes: number } {
  return withFile(path, { readOnly: true }, (db) => {
    versionOf(db, path);
    makeNewFile(target);
    try {
      db.prepare('VACUUM INTO ?').run(target);
      syncToDisk(target);
      syncToDisk(dirname(target));
    } catch (reason) {
      rmSync(target, { force: true });
      throw reason;
    }
    return { sizeBytes: statSync(target).size };
  });
}

/**
 * Gives the room of what was deleted back to the disk. Needs as much room again while it works. Throws
 * `unavailable` when another process holds the file for longer than two seconds, otherwise as {@link checkStore}.
 */
export function compactStore(path: string): {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
} {
  return withFile(path, { readOnly: false }, (db) => {
    versionOf(db, path);
    const bytesBefore = sizeOf(path);
    db.exec('VACUUM');
    const isBusy = db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] === 1;
    if (isBusy) {
      throw new AgentError(
        'unavailable',
        `profile store ${path} is in use: another process reads from it, so that it cannot shrink now`,
      );
    }
    return { bytesBefore, bytesAfter: sizeOf(path) };
  });
}

function withFile<T>(
  path: string,
  options: { readonly readOnly: boolean },
  work: (db: DatabaseSync) => T,
): T {
  if (!existsSync(path)) throw new AgentError('not-found', `there is no profile store ${path}`);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { ...options, timeout: BUSY_TIMEOUT_MS });
    return work(db);
  } catch (reason) {
    throw sqliteError(reason, path);
  } finally {
    db?.close();
  }
}

/** SQLite writes into a file that is empty, and keeps its mode. */
function makeNewFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (reason) {
    if ((reason as { readonly code?: unknown }).code !== 'EEXIST') throw fileError(reason, path);
    throw new AgentError('invalid', `${path} is there already: name a new file for the backup`);
  }
}

function syncToDisk(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** With what stands in the write-ahead log. */
function sizeOf(path: string): number {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  return statSync(path).size + (log?.size ?? 0);
}
