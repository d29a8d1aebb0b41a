import type { DatabaseSync } from 'node:sqlite';
import { isDiskFull } from './sqlite-errors.ts';

/**
 * Runs `work` so that everything it writes is kept when it returns, and nothing when it throws. Takes
 * the write lock at once, so that what it reads first cannot be out of date when it writes.
 */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (reason) {
    // SQLite ends the transaction by itself on some failures, a full disk among them.
    if (db.isTransaction) db.exec('ROLLBACK');
    if (isDiskFull(reason)) shrinkLog(db);
    throw reason;
  }
}

/** Runs `work`, which only reads, on what the database holds at one moment. */
export function inSnapshot<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN');
  try {
    return work();
  } finally {
    if (db.isTransaction) db.exec('COMMIT');
  }
}

/**
 * Moves what the write-ahead log holds into the database and empties it, if that is possible now. On a
 * small disk the log alone can fill it, and it is emptied only after a write that succeeds: emptying it
 * gives the next write a chance. Never throws.
 */
export function shrinkLog(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // There is no room for that either; the caller hears of the full disk.
  }
}
