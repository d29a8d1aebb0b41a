import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { ObjectKey } from '#model/profile-store.js';
import type { DamagedRows } from './damaged-rows.ts';
import type { StoredKind, StoredRow } from './object-store.ts';
import type {
  Change,
  ChangeQuery,
  HistoryRange,
  ObjectRole,
  ObjectTables,
  ObjectWrite,
  RowsQuery,
} from './object-tables.ts';
import {
  changesSql,
  countSql,
  OBJECT_SQL,
  rowsSql,
  SqliteStatements,
  WHOLE_OBJECT_SQL,
} from './sqlite-statements.ts';

type SqlRow = Readonly<Record<string, SQLOutputValue>>;

/** SQLite's word for no limit. */
const ALL = -1;

const NEXT_VERSION = 'UPDATE resource_version SET last = last + 1 RETURNING last';
const HISTORY = 'SELECT last, forgotten, past_bytes FROM resource_version';
const CURRENT = 'SELECT id, body_id FROM objects WHERE kind = ? AND namespace = ? AND name = ?';
const HAS_BODY = 'SELECT 1 FROM bodies WHERE id = ? AND body = CAST(? AS TEXT)';
const PUT_BODY = 'INSERT INTO bodies (body) VALUES (CAST(? AS TEXT))';
const INSERT = `INSERT INTO objects
  (kind, namespace, name, resource_version, type, role, metadata, body_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const UPDATE = `UPDATE objects SET resource_version = ?, type = ?, role = ?, metadata = ?, body_id = ?
  WHERE id = ?`;
const KEEP_PAST = `INSERT INTO past
  SELECT resource_version, :until, type, kind, namespace, name, metadata, body_id, :freesBody
  FROM objects WHERE id = :id`;
const KEEP_DELETION = `INSERT INTO past
  SELECT :until, :until, 'deleted', kind, namespace, name, :metadata, body_id, 1
  FROM objects WHERE id = :id`;
const COUNT_PAST_BODY = `UPDATE resource_version
  SET past_bytes = past_bytes + (SELECT octet_length(body) FROM bodies WHERE id = ?)`;
const FORGET = `DELETE FROM past WHERE until <= ? RETURNING body_id, frees_body`;
const DELETE_BODY = 'DELETE FROM bodies WHERE id = ? RETURNING octet_length(body) AS bytes';
const FORGOTTEN = `UPDATE resource_version
  SET forgotten = max(forgotten, ?), past_bytes = max(0, past_bytes - ?)`;
const COUNTS = `SELECT kind, count(*) AS count FROM objects WHERE role <> 'report' GROUP BY kind`;

/** Objects in a SQLite database. */
export class SqliteObjects implements ObjectTables {
  readonly #sql: SqliteStatements;
  readonly #damaged: DamagedRows;

  constructor(db: DatabaseSync, damaged: DamagedRows) {
    this.#sql = new SqliteStatements(db);
    this.#damaged = damaged;
  }

  nextResourceVersion(): number {
    return Number(this.#sql.of(NEXT_VERSION).get()?.['last']);
  }

  history(): HistoryRange {
    const row = this.#sql.of(HISTORY).get();
    return {
      last: Number(row?.['last']),
      forgotten: Number(row?.['forgotten']),
      pastBytes: Number(row?.['past_bytes']),
    };
  }

  row(kind: StoredKind, key: ObjectKey, withBody: boolean): StoredRow | undefined {
    const { namespace, name } = key;
    const row = this.#sql.of(withBody ? WHOLE_OBJECT_SQL : OBJECT_SQL).get(kind, namespace, name);
    if (row === undefined) return undefined;
    this.#damaged.refuse(kind, row);
    return rowOf(row);
  }

  roleOf(kind: StoredKind, { namespace, name }: ObjectKey): ObjectRole | undefined {
    const sql = 'SELECT role FROM objects WHERE kind = ? AND namespace = ? AND name = ?';
    const row = this.#sql.of(sql).get(kind, namespace, name);
    return row && (String(row['role']) as ObjectRole);
  }

  rows(query: RowsQuery): readonly StoredRow[] {
    const statement = this.#sql.of(rowsSql(query));
    const found: StoredRow[] = [];
    let { after } = query;
    for (;;) {
      const limit = query.limit === undefined ? ALL : query.limit - found.length;
      const rows = statement.all(parametersOf({ ...query, after, limit }));
      for (const row of rows) if (this.#isWhole(query.kind, row)) found.push(rowOf(row));
      if (limit === ALL || rows.length < limit || found.length === query.limit) return found;
      after = rowOf(rows.at(-1) ?? {});
    }
  }

  countRows(query: RowsQuery): number {
    return Number(this.#sql.of(countSql(query)).get(parametersOf(query))?.['count']);
  }

  put({ type, kind, row, role }: ObjectWrite): void {
    const { namespace, name, resourceVersion, metadata, body } = row;
    const before = this.#sql.of(CURRENT).get(kind, namespace, name);
    if (before === undefined) {
      const bodyId = this.#putBody(body);
      this.#sql
        .of(INSERT)
        .run(kind, namespace, name, resourceVersion, type, role, metadata, bodyId);
      return;
    }
    const id = Number(before['id']);
    const oldBodyId = Number(before['body_id']);
    const isSame = this.#sql.of(HAS_BODY).get(oldBodyId, body) !== undefined;
    this.#sql.of(KEEP_PAST).run({ id, until: resourceVersion, freesBody: Number(!isSame) });
    if (!isSame) this.#sql.of(COUNT_PAST_BODY).run(oldBodyId);
    const bodyId = isSame ? oldBodyId : this.#putBody(body);
    this.#sql.of(UPDATE).run(resourceVersion, type, role, metadata, bodyId, id);
  }

  remove(
    kind: StoredKind,
    { namespace, name }: ObjectKey,
    { resourceVersion, metadata }: { readonly resourceVersion: number; readonly metadata: string },
  ): void {
    const before = this.#sql.of(CURRENT).get(kind, namespace, name);
    if (before === undefined) return;
    const id = Number(before['id']);
    this.#sql.of(KEEP_PAST).run({ id, until: resourceVersion, freesBody: 0 });
    this.#sql.of(KEEP_DELETION).run({ id, until: resourceVersion, metadata });
    this.#sql.of(COUNT_PAST_BODY).run(Number(before['body_id']));
    this.#sql.of('DELETE FROM objects WHERE id = ?').run(id);
  }

  changes(query: ChangeQuery): readonly Change[] {
    const statement = this.#sql.of(changesSql(query));
    const { kind, namespace = '' } = query;
    const found: Change[] = [];
    let { after } = query;
    for (;;) {
      const limit = query.limit - found.length;
      const rows = statement.all({ kind, namespace, after, limit });
      for (const row of rows) {
        const type = String(row['type']) as Change['type'];
        if (this.#isWhole(kind, row)) found.push({ type, kind, row: rowOf(row) });
      }
      if (rows.length < limit || found.length === query.limit) return found;
      after = Number(rows.at(-1)?.['resource_version']);
    }
  }

  forget(upTo: number): void {
    let bytes = 0;
    for (const past of this.#sql.of(FORGET).all(upTo)) {
      if (past['frees_body'] !== 1) continue;
      bytes += Number(this.#sql.of(DELETE_BODY).get(past['body_id'] ?? null)?.['bytes'] ?? 0);
    }
    this.#sql.of(FORGOTTEN).run(upTo, bytes);
  }

  oldestPastBody(): number | undefined {
    const sql = 'SELECT until FROM past WHERE frees_body = 1 ORDER BY until LIMIT 1';
    const row = this.#sql.of(sql).get();
    return row && Number(row['until']);
  }

  /** How many objects there are of each kind, without reports. */
  counts(): Readonly<Record<string, number>> {
    const rows = this.#sql.of(COUNTS).all();
    return Object.fromEntries(rows.map((row) => [String(row['kind']), Number(row['count'])]));
  }

  #putBody(body: Uint8Array): number {
    return Number(this.#sql.of(PUT_BODY).run(body).lastInsertRowid);
  }

  #isWhole(kind: StoredKind, row: SqlRow): boolean {
    return this.#damaged.isWhole(kind, row);
  }
}

function parametersOf({ kind, namespace = '', after, limit = ALL, atVersion = 0 }: RowsQuery) {
  return {
    kind,
    namespace,
    afterNamespace: after?.namespace ?? '',
    afterName: after?.name ?? '',
    version: atVersion,
    limit,
  };
}

function rowOf(row: SqlRow): StoredRow {
  const { body } = row;
  return {
    namespace: String(row['namespace']),
    name: String(row['name']),
    resourceVersion: Number(row['resource_version']),
    metadata: String(row['metadata']),
    body: body instanceof Uint8Array ? body : undefined,
  };
}
