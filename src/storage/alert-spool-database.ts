import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AgentError } from '#model/agent-error.js';
import { errorFields, type Logger } from '#runtime/log.js';
import {
  type DatabaseKind,
  databaseError,
  fileIdentity,
  isDamaged,
  moveAside,
  openExclusively,
} from './exclusive-database.ts';

/**
 * The key stands before the texts, so that a search by it reads no overflow pages; there is no index, for
 * its pages would cost each append more than the few searches are worth.
 */
const KIND: DatabaseKind = {
  name: 'alert spool',
  // `HulA` in ASCII.
  applicationId: 0x48756c41,
  migrations: [
    `CREATE TABLE alerts (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     size INTEGER NOT NULL,
     spooled_ms REAL NOT NULL,
     key TEXT NOT NULL,
     alert TEXT NOT NULL,
     event TEXT
   ) STRICT;
   CREATE TABLE sinks (name TEXT PRIMARY KEY, acknowledged INTEGER NOT NULL) STRICT, WITHOUT ROWID;`,
    `ALTER TABLE sinks ADD COLUMN discarded INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE sinks ADD COLUMN told INTEGER NOT NULL DEFAULT 0;`,
  ],
  // An alert goes out within milliseconds: what a loss of power takes of it is not worth a wait for the disk.
  synchronous: 'NORMAL',
};

/** What is done with the spool's tables, prepared. */
export interface SpoolStatements {
  readonly insert: StatementSync;
  readonly sizes: StatementSync;
  readonly remove: StatementSync;
  readonly waiting: StatementSync;
  readonly spooledMs: StatementSync;
  readonly find: StatementSync;
  readonly putSink: StatementSync;
  readonly removeSink: StatementSync;
}

/** How far a sink is; of discarded alerts, how many it was to be told of and how many it was told of. */
export interface SinkCursor {
  readonly acknowledged: number;
  readonly discarded: number;
  readonly told: number;
}

/** What a spool's file holds, apart from the alerts. */
export interface SpoolState {
  /** The sequence of the oldest alert, or the next one that will be given. */
  readonly first: number;
  /** The last sequence that was given. */
  readonly last: number;
  readonly sizeBytes: number;
  readonly cursors: ReadonlyMap<string, SinkCursor>;
}

/**
 * The spool's database, opened. One that turns out to be damaged is moved aside and begun anew, one that was
 * removed is begun anew; `onReplaced` is told after that.
 */
export class AlertSpoolDatabase {
  readonly #path: string;
  readonly #log: Logger;
  readonly #onReplaced: () => void;
  #db: DatabaseSync;
  #statements: SpoolStatements;
  #identity: string | undefined;
  #logIdentity: string | undefined;
  #isClosed = false;
  /** Of a file that cannot be begun anew only the first attempt is told of. */
  #isGone = false;

  /** Throws `unavailable` when the file cannot be used or another process has it, `invalid` when it is another program's. */
  constructor(path: string, log: Logger, onReplaced: () => void) {
    this.#path = path;
    this.#log = log;
    this.#onReplaced = onReplaced;
    this.#db = this.#open();
    this.#statements = statementsOf(this.#db);
    this.#identity = fileIdentity(path);
    this.#logIdentity = fileIdentity(logOf(path));
  }

  state(): SpoolState {
    return this.run((_statements, db) => {
      const one = (sql: string) => Number(db.prepare(sql).get()?.['n'] ?? 0);
      const last = one("SELECT seq AS n FROM sqlite_sequence WHERE name = 'alerts'");
      const sinks = db.prepare('SELECT name, acknowledged, discarded, told FROM sinks').all();
      return {
        first: one('SELECT min(sequence) AS n FROM alerts') || last + 1,
        last,
        sizeBytes: one('SELECT sum(size) AS n FROM alerts'),
        cursors: new Map(
          sinks.map(({ name, acknowledged, discarded, told }) => [
            String(name),
            {
              acknowledged: Number(acknowledged),
              discarded: Number(discarded),
              told: Number(told),
            },
          ]),
        ),
      };
    });
  }

  /** Throws AgentError. Work that finds the file damaged is done once more, on the new one. */
  run<T>(work: (statements: SpoolStatements, db: DatabaseSync) => T): T {
    try {
      return work(this.#statements, this.#db);
    } catch (reason) {
      if (!isDamaged(reason)) throw this.#error(reason);
      try {
        this.#letGo();
        this.#moveAside(reason);
        this.#reopen();
        return work(this.#statements, this.#db);
      } catch (second) {
        throw this.#error(second);
      }
    }
  }

  /**
   * Begins the file anew when its name leads nowhere or to another one. When only its write-ahead log was
   * removed, what that held is brought to the file first. Throws AgentError.
   */
  look(): void {
    if (this.#isClosed) return;
    const path = this.#path;
    if (fileIdentity(path) === this.#identity && this.#db.isOpen) {
      this.#lookAtLog();
      return;
    }
    if (!this.#isGone) {
      this.#log.error('alert spool was removed or replaced, and is begun anew', { path });
    }
    this.#isGone = true;
    this.#reopen();
  }

  /** Lets go of the file; later calls throw `unavailable`. */
  close(): void {
    this.#isClosed = true;
    this.#letGo();
  }

  #lookAtLog(): void {
    const found = fileIdentity(logOf(this.#path));
    this.#logIdentity ??= found;
    if (found === this.#logIdentity) return;
    const path = logOf(this.#path);
    this.#log.error('write-ahead log of the alert spool was removed and is begun anew', { path });
    const { last } = this.state();
    // Closing brings to the file what is in the log, which SQLite still has open.
    this.#letGo();
    this.#use(this.#open());
    if (this.state().last !== last) this.#onReplaced();
  }

  #letGo(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #open(): DatabaseSync {
    const place = { path: this.#path, kind: KIND };
    try {
      return openExclusively(place);
    } catch (reason) {
      if (!isDamaged(reason)) throw this.#error(reason);
      this.#moveAside(reason);
    }
    try {
      return openExclusively(place);
    } catch (reason) {
      throw this.#error(reason);
    }
  }

  #reopen(): void {
    this.#letGo();
    this.#use(this.#open());
    this.#onReplaced();
  }

  #use(db: DatabaseSync): void {
    this.#db = db;
    this.#statements = statementsOf(db);
    this.#identity = fileIdentity(this.#path);
    this.#logIdentity = fileIdentity(logOf(this.#path));
    this.#isGone = false;
  }

  #moveAside(reason: unknown): void {
    try {
      const movedTo = moveAside(this.#path);
      this.#log.error('alert spool is damaged: moved aside and begun anew', {
        path: this.#path,
        movedTo,
        ...errorFields(this.#error(reason)),
      });
    } catch (second) {
      throw AgentError.from(second, 'unavailable');
    }
  }

  #error(reason: unknown): AgentError {
    return databaseError(reason, { path: this.#path, kind: KIND });
  }
}

function logOf(path: string): string {
  return `${path}-wal`;
}

function statementsOf(db: DatabaseSync): SpoolStatements {
  return {
    insert: db.prepare(
      'INSERT INTO alerts (sequence, size, spooled_ms, key, alert, event) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    sizes: db.prepare('SELECT sequence, size FROM alerts ORDER BY sequence'),
    remove: db.prepare('DELETE FROM alerts WHERE sequence <= ?'),
    waiting: db.prepare(
      'SELECT sequence, alert FROM alerts WHERE sequence > ? ORDER BY sequence LIMIT ?',
    ),
    spooledMs: db.prepare(
      'SELECT spooled_ms FROM alerts WHERE sequence > ? ORDER BY sequence LIMIT 1',
    ),
    find: db.prepare(
      `SELECT key, alert, event FROM alerts WHERE substr(key, 1, length(?1)) = ?1
       GROUP BY key ORDER BY key LIMIT 2`,
    ),
    putSink: db.prepare(
      'INSERT OR REPLACE INTO sinks (name, acknowledged, discarded, told) VALUES (?, ?, ?, ?)',
    ),
    removeSink: db.prepare('DELETE FROM sinks WHERE name = ?'),
  };
}
