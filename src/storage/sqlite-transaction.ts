import type { DatabaseSync } from 'node:sqlite';

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
    throw reason;
  }
}
