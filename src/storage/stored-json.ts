import type { SQLOutputValue } from 'node:sqlite';
import { AgentError } from '#model/agent-error.js';
import type { ObjectMeta, ProfileKind } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { label } from './object-rules.ts';

type SqlRow = Readonly<Record<string, SQLOutputValue>>;

/** More damaged rows than that are told of again: a bound on what is kept, not on what is told. */
const MAX_TOLD = 1_000;

/** A row of many, with `metadata` and `resource_version`, and what is known of its object. */
interface RowOf {
  readonly kind: ProfileKind;
  readonly row: SqlRow;
  /** For the warning alone; asked for only when the row is damaged. */
  readonly key: () => Partial<ObjectKey>;
}

/** Reads the columns that hold JSON, which another program may have damaged row by row. */
export class StoredJson {
  readonly #path: string;
  readonly #log: Logger;
  /** Versions of rows that were told of; each version belongs to one write of one object. */
  readonly #told = new Set<number>();

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** One object's metadata. Throws `internal`, naming the object, when it is damaged. */
  metadata(kind: ProfileKind, key: ObjectKey, row: SqlRow): ObjectMeta {
    return this.#orNamed({ kind, key, column: 'metadata' }, () => metadataIn(row));
  }

  /** One object's body. Throws `internal`, naming the object, when it is damaged. */
  body(kind: ProfileKind, key: ObjectKey, row: SqlRow): Readonly<Record<string, unknown>> {
    return this.#orNamed({ kind, key, column: 'body' }, () => jsonObject(row['body']));
  }

  /** The metadata of one row of many; undefined when it is damaged, which is logged once a version. */
  metadataOrSkip({ kind, row, key }: RowOf): ObjectMeta | undefined {
    try {
      return metadataIn(row);
    } catch (reason) {
      this.#tell(Number(row['resource_version']), () => ({
        path: this.#path,
        kind,
        ...key(),
        ...errorFields(reason),
      }));
      return undefined;
    }
  }

  #tell(resourceVersion: number, fields: () => Readonly<Record<string, unknown>>): void {
    if (this.#told.has(resourceVersion)) return;
    if (this.#told.size >= MAX_TOLD) this.#told.clear();
    this.#told.add(resourceVersion);
    this.#log.warn('stored object is damaged and left out', { ...fields(), resourceVersion });
  }

  #orNamed<T>(
    what: { readonly kind: ProfileKind; readonly key: ObjectKey; readonly column: string },
    work: () => T,
  ): T {
    try {
      return work();
    } catch (reason) {
      const { kind, key, column } = what;
      const { message } = AgentError.from(reason);
      throw new AgentError(
        'internal',
        `profile store ${this.#path}: ${column} of ${label(kind, key)} is damaged (${message})`,
        { cause: reason },
      );
    }
  }
}

/** What every write puts there: without it a reader cannot tell which object it is. */
const REQUIRED = ['namespace', 'name', 'resourceVersion'] as const;

function metadataIn(row: SqlRow): ObjectMeta {
  const metadata = jsonObject(row['metadata']);
  const missing = REQUIRED.find((field) => typeof metadata[field] !== 'string');
  if (missing !== undefined) throw new SyntaxError(`JSON without ${missing}`);
  return metadata as unknown as ObjectMeta;
}

function jsonObject(text: SQLOutputValue | undefined): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(String(text));
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new SyntaxError('JSON, but no object');
}
