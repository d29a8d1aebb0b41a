import type { DatabaseSync } from 'node:sqlite';
import type { AgentError } from '#model/agent-error.js';
import { type DatabaseKind, databaseError, openExclusively } from './exclusive-database.ts';

/** Heads are read when the queue is opened; a body only when its report is to be stored. */
const KIND: DatabaseKind = {
  name: 'report queue',
  // `HulQ` in ASCII: a queue is no profile store, and the other way round.
  applicationId: 0x48756c51,
  migrations: [
    `CREATE TABLE queue (
     tbl TEXT NOT NULL,
     key TEXT NOT NULL,
     head TEXT NOT NULL,
     body TEXT,
     PRIMARY KEY (tbl, key)
   ) STRICT;`,
  ],
  synchronous: 'FULL',
};

/** What SQLite said about a queue, as an AgentError that names the file and what to do. */
export function queueError(reason: unknown, path: string): AgentError {
  return databaseError(reason, { path, kind: KIND });
}

/**
 * Opens or makes the queue's database, for this process alone: every commit is on disk before it returns.
 * Throws what SQLite throws, or `invalid` for another program's or a newer version's file.
 */
export function openQueueDatabase(path: string, maxSizeBytes?: number): DatabaseSync {
  return openExclusively({ path, kind: KIND, maxSizeBytes });
}
