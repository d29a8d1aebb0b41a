import type { DatabaseSync } from 'node:sqlite';

/** SQLite's result code for a disk, or a size limit, that is reached. */
const SQLITE_FULL = 13;

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
    if ((reason as { readonly errcode?: unknown }).errcode === SQLITE_FULL) shrinkLog(db);
    throw reason;
  }
}

/**
 * On a small disk the write-ahead log alone can fill it, and it is emptied only after a write that
 * succeeds. Emptying it now gives the next write a chance.
 */
function shrinkLog(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // There is no room for that either; the caller hears of the full disk.
  }
}
