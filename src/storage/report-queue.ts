import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AgentError } from '#model/agent-error.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { fileIdentity, isDamaged, moveAside } from './exclusive-database.ts';
import { openQueueDatabase, queueError } from './report-queue-database.ts';
import { inTransaction } from './sqlite-transaction.ts';

/** The tables of a queue, as learning names them. */
type Table = 'reports' | 'set-aside' | 'series';

interface RowKey {
  readonly table: Table;
  readonly key: string;
}

interface Row extends RowKey {
  readonly head: string;
}

type Change =
  | { readonly type: 'put'; readonly row: Row; readonly body?: string }
  | { readonly type: 'remove'; readonly row: RowKey };

/** Where a queue's file lives. */
export interface QueueFileOptions {
  /** The folder is made when it does not exist. */
  readonly path: string;
  readonly log: Logger;
  /** The file never grows beyond it. Absent: as far as the disk goes; the queue has bounds of its own. */
  readonly maxSizeBytes?: number | undefined;
}

interface Statements {
  readonly rows: StatementSync;
  readonly body: StatementSync;
  readonly put: StatementSync;
  readonly remove: StatementSync;
}

/**
 * The file under the queue of reports (`QueueFile` of learning): a SQLite database that one process at a
 * time has open. What `commit` returned for survives a kill of the process and of the machine. A file that
 * turns out to be damaged is moved aside, and a new one begun in its place; one that was removed is begun
 * anew. Every method throws `unavailable` (disk full, locked, not writable) or `internal`.
 */
export class SqliteQueueFile {
  readonly #path: string;
  readonly #maxSizeBytes: number | undefined;
  readonly #log: Logger;
  #db: DatabaseSync;
  #statements: Statements;
  #identity: string | undefined;

  /**
   * Opens the file, or makes it, with its folder. Throws `unavailable` when it cannot be used or another
   * process has it, `invalid` when it belongs to another program or to a newer version.
   */
  constructor({ path, log, maxSizeBytes }: QueueFileOptions) {
    this.#path = path;
    this.#maxSizeBytes = maxSizeBytes;
    this.#log = log;
    this.#db = this.#open();
    this.#statements = statementsOf(this.#db);
    this.#identity = fileIdentity(path);
  }

  rows(): readonly Row[] {
    return this.#guarded(
      () => this.#statements.rows.all().map((row) => row as unknown as Row),
      () => [],
    );
  }

  body({ table, key }: RowKey): string | undefined {
    return this.#guarded(
      () => (this.#statements.body.get(table, key)?.['body'] as string | null) ?? undefined,
      () => undefined,
    );
  }

  commit(changes: readonly Change[]): void {
    if (fileIdentity(this.#path) !== this.#identity) {
      this.#log.error('report queue was removed or replaced, and is begun anew', {
        path: this.#path,
      });
      this.#reopen();
    }
    this.#guarded(
      () => this.#write(changes),
      () => this.#write(changes),
    );
  }

  /** Lets go of the file; later calls throw `unavailable`. */
  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #write(changes: readonly Change[]): void {
    const { put, remove } = this.#statements;
    inTransaction(this.#db, () => {
      for (const change of changes) {
        const { table, key } = change.row;
        if (change.type === 'remove') remove.run(table, key);
        else put.run(table, key, change.row.head, change.body ?? null);
      }
    });
  }

  /** Once the file turns out to be damaged, it is replaced, and `after` says what it holds then. */
  #guarded<T>(work: () => T, after: () => T): T {
    try {
      return work();
    } catch (reason) {
      if (!isDamaged(reason)) throw queueError(reason, this.#path);
      try {
        this.close();
        this.#moveAside(reason);
        this.#reopen();
        return after();
      } catch (second) {
        throw queueError(second, this.#path);
      }
    }
  }

  #open(): DatabaseSync {
    try {
      return openQueueDatabase(this.#path, this.#maxSizeBytes);
    } catch (reason) {
      if (!isDamaged(reason)) throw queueError(reason, this.#path);
      this.#moveAside(reason);
    }
    try {
      return openQueueDatabase(this.#path, this.#maxSizeBytes);
    } catch (reason) {
      throw queueError(reason, this.#path);
    }
  }

  #moveAside(reason: unknown): void {
    try {
      const aside = moveAside(this.#path);
      const error = queueError(reason, this.#path);
      this.#log.error('report queue is damaged: moved aside and begun anew', {
        path: this.#path,
        movedTo: aside,
        ...errorFields(error),
      });
    } catch (second) {
      throw AgentError.from(second, 'unavailable');
    }
  }

  #reopen(): void {
    this.close();
    this.#db = this.#open();
    this.#statements = statementsOf(this.#db);
    this.#identity = fileIdentity(this.#path);
  }
}

function statementsOf(db: DatabaseSync): Statements {
  return {
    rows: db.prepare('SELECT tbl AS "table", key, head FROM queue ORDER BY tbl, key'),
    body: db.prepare('SELECT body FROM queue WHERE tbl = ? AND key = ?'),
    put: db.prepare(
      `INSERT INTO queue (tbl, key, head, body) VALUES (?, ?, ?, ?)
       ON CONFLICT (tbl, key) DO UPDATE SET head = excluded.head, body = coalesce(excluded.body, body)`,
    ),
    remove: db.prepare('DELETE FROM queue WHERE tbl = ? AND key = ?'),
  };
}
