import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ChangeQuery, RowsQuery } from './object-tables.ts';

/** What a row of an object is read as; `is_whole` says whether its metadata can be used. */
const COLUMNS = `o.namespace, o.name, o.resource_version, o.metadata,
  CASE WHEN json_valid(o.metadata) THEN
    o.metadata ->> 'name' IS o.name
    AND coalesce(o.metadata ->> 'namespace', '') IS o.namespace
    AND o.metadata ->> 'resourceVersion' IS CAST(o.resource_version AS TEXT)
  ELSE 0 END AS is_whole`;

/** As bytes: a text would be decoded, and encoded again when it is sent. */
const BODY = 'CAST(b.body AS BLOB) AS body';

const STATE = 'namespace, name, resource_version, metadata, body_id';

/** Prepares statements when they are first needed, once for a connection. */
export class SqliteStatements {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The statement of this text. Parameters that it does not use may be given too. */
  of(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    statement.setAllowUnknownNamedParameters(true);
    this.#prepared.set(sql, statement);
    return statement;
  }
}

/** One object without its body. Parameters: kind, namespace, name. */
export const OBJECT_SQL = `SELECT ${COLUMNS} FROM objects o
  WHERE o.kind = ? AND o.namespace = ? AND o.name = ?`;

/** The same with its body. */
export const WHOLE_OBJECT_SQL = `SELECT ${COLUMNS}, ${BODY}
  FROM objects o LEFT JOIN bodies b ON b.id = o.body_id
  WHERE o.kind = ? AND o.namespace = ? AND o.name = ?`;

/** Rows of a kind. Parameters: kind, namespace, name and afterNamespace of the key after which to begin, version, limit. */
export function rowsSql(query: RowsQuery): string {
  return `SELECT ${COLUMNS}${bodyColumn(query.withBodies)}
    FROM ${stateSource(query)} o ${bodyJoin(query.withBodies)}
    WHERE ${keyCondition(query)}
    ORDER BY o.namespace, o.name LIMIT :limit`;
}

/** Their number, with the same parameters. */
export function countSql(query: RowsQuery): string {
  return `SELECT count(*) AS count FROM ${stateSource(query)} o WHERE ${keyCondition(query)}`;
}

/** Changes of a kind. Parameters: kind, namespace, after, limit. */
export function changesSql({ namespace, withBodies }: ChangeQuery): string {
  const ofNamespace = namespace === undefined ? '' : 'AND namespace = :namespace';
  const since = (table: string) =>
    `SELECT type, ${STATE} FROM ${table}
     WHERE resource_version > :after AND kind = :kind ${ofNamespace}`;
  return `SELECT o.type, ${COLUMNS}${bodyColumn(withBodies)}
    FROM (${since('objects')} UNION ALL ${since('past')} ORDER BY resource_version LIMIT :limit) o
    ${bodyJoin(withBodies)} ORDER BY o.resource_version`;
}

function stateSource({ atVersion }: RowsQuery): string {
  if (atVersion === undefined) return 'objects';
  return `(SELECT kind, ${STATE} FROM objects WHERE kind = :kind AND resource_version <= :version
    UNION ALL
    SELECT kind, ${STATE} FROM past
    WHERE kind = :kind AND resource_version <= :version AND until > :version)`;
}

function keyCondition({ namespace, after }: RowsQuery): string {
  return [
    'o.kind = :kind',
    ...(namespace === undefined ? [] : ['o.namespace = :namespace']),
    ...(after === undefined ? [] : ['(o.namespace, o.name) > (:afterNamespace, :afterName)']),
  ].join(' AND ');
}

function bodyColumn(withBody: boolean): string {
  return withBody ? `, ${BODY}` : '';
}

function bodyJoin(withBody: boolean): string {
  return withBody ? 'LEFT JOIN bodies b ON b.id = o.body_id' : '';
}
