import type { DatabaseSync } from 'node:sqlite';

/** Every statement of the store, prepared once for a connection. */
export type SqliteStatements = ReturnType<typeof prepareStatements>;

/** Prepares all statements. The schema must be there already. */
export function prepareStatements(db: DatabaseSync) {
  return {
    nextResourceVersion: db.prepare('UPDATE resource_version SET last = last + 1 RETURNING last'),
    // Each version belongs to one change, so what is there begins right after what was forgotten.
    history: db.prepare(
      `SELECT last, coalesce((SELECT min(resource_version) - 1 FROM changes), last) AS forgotten
       FROM resource_version`,
    ),
    putChange: db.prepare(
      `INSERT INTO changes (resource_version, type, kind, namespace, metadata)
       VALUES (?, ?, ?, ?, ?)`,
    ),
    changesOfKind: db.prepare(
      `SELECT resource_version, type, namespace, metadata FROM changes
       WHERE resource_version > ? AND kind = ?
       ORDER BY resource_version LIMIT ?`,
    ),
    changesOfNamespace: db.prepare(
      `SELECT resource_version, type, namespace, metadata FROM changes
       WHERE resource_version > ? AND kind = ? AND namespace = ?
       ORDER BY resource_version LIMIT ?`,
    ),
    forgetChanges: db.prepare('DELETE FROM changes WHERE resource_version <= ?'),
    dataVersion: db.prepare('PRAGMA data_version'),
    object: db.prepare(
      `SELECT metadata, body FROM objects JOIN bodies USING (id)
       WHERE kind = ? AND namespace = ? AND name = ?`,
    ),
    metadata: db.prepare(
      'SELECT metadata FROM objects WHERE kind = ? AND namespace = ? AND name = ?',
    ),
    metadataOfKind: db.prepare(
      `SELECT namespace, name, resource_version, metadata FROM objects
       WHERE kind = ? ORDER BY namespace, name`,
    ),
    metadataOfNamespace: db.prepare(
      `SELECT namespace, name, resource_version, metadata FROM objects
       WHERE kind = ? AND namespace = ? ORDER BY name`,
    ),
    nameOfVersion: db.prepare(
      'SELECT name FROM objects WHERE kind = ? AND namespace = ? AND resource_version = ?',
    ),
    putMetadata: db.prepare(
      `INSERT INTO objects (kind, namespace, name, resource_version, is_report, metadata)
       VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (kind, namespace, name) DO UPDATE SET
         resource_version = excluded.resource_version,
         is_report = excluded.is_report,
         metadata = excluded.metadata
       RETURNING id`,
    ),
    putBody: db.prepare(
      `INSERT INTO bodies (id, body) VALUES (?, ?)
       ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
    ),
    deleteObject: db.prepare('DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?'),
    rows: db.prepare('SELECT * FROM time_series WHERE namespace = ? AND profile = ?'),
    putRow: db.prepare(
      `INSERT OR REPLACE INTO time_series
         (namespace, profile, series_id, suffix, report_timestamp, previous_report_timestamp,
          report_ms, status, completion, has_data)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    deleteRow: db.prepare(
      'DELETE FROM time_series WHERE namespace = ? AND profile = ? AND series_id = ? AND suffix = ?',
    ),
    deleteRows: db.prepare('DELETE FROM time_series WHERE namespace = ? AND profile = ?'),
    // Two halves rather than one OR, so that each is answered from its own index.
    pendingProfiles: db.prepare(
      `SELECT namespace, profile FROM time_series WHERE has_data = 1
       UNION SELECT namespace, profile FROM time_series WHERE report_ms < ?
       ORDER BY namespace, profile`,
    ),
    objectCounts: db.prepare(
      'SELECT kind, count(*) AS count FROM objects WHERE is_report = 0 GROUP BY kind',
    ),
    rowCounts: db.prepare(
      'SELECT count(*) AS row_count, coalesce(sum(has_data), 0) AS report_count FROM time_series',
    ),
  };
}
