import type { SQLOutputValue } from 'node:sqlite';
import { AgentError } from '#model/agent-error.js';
import type { Logger } from '#runtime/log.js';
import type { StoredKind } from './object-store.ts';

type SqlRow = Readonly<Record<string, SQLOutputValue>>;

/** More damaged rows than that are told of again: a bound on what is kept, not on what is told. */
const MAX_TOLD = 1_000;

const OPENING = '{'.charCodeAt(0);
const CLOSING = '}'.charCodeAt(0);

/**
 * What to do with rows that another program has damaged. Metadata is judged by SQLite, which says in
 * `is_whole` whether it is JSON of the object that the row is of; a body by its first and last character,
 * which tell whether it was cut short, and wholly by whoever parses it.
 */
export class DamagedRows {
  readonly #path: string;
  readonly #log: Logger;
  /** Versions of rows that were told of; each version belongs to one write of one object. */
  readonly #told = new Set<number>();

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** Throws `internal`, naming the object, when the row of one object is damaged. */
  refuse(kind: StoredKind, row: SqlRow): void {
    const column = damagedColumn(row);
    if (column !== undefined) throw this.error(kind, row, column);
  }

  /** False for a row of many that is damaged, which is logged once a version. */
  isWhole(kind: StoredKind, row: SqlRow): boolean {
    const column = damagedColumn(row);
    if (column === undefined) return true;
    const resourceVersion = Number(row['resource_version']);
    if (this.#told.has(resourceVersion)) return false;
    if (this.#told.size >= MAX_TOLD) this.#told.clear();
    this.#told.add(resourceVersion);
    this.#log.warn('stored object is damaged and left out', {
      path: this.#path,
      kind,
      namespace: String(row['namespace']),
      name: String(row['name']),
      resourceVersion,
      column,
    });
    return false;
  }

  /** The error for an object of which this column is damaged. */
  error(kind: StoredKind, row: SqlRow, column: string): AgentError {
    const { namespace, name } = row;
    return new AgentError(
      'internal',
      `profile store ${this.#path}: ${column} of ${kind} ${namespace}/${name} is damaged (not the JSON that was written)`,
    );
  }
}

function damagedColumn(row: SqlRow): 'metadata' | 'body' | undefined {
  if (row['is_whole'] !== 1) return 'metadata';
  const { body } = row;
  if (body === undefined) return undefined;
  const isObject = body instanceof Uint8Array && body[0] === OPENING && body.at(-1) === CLOSING;
  return isObject ? undefined : 'body';
}
