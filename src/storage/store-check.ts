import type { DatabaseSync } from 'node:sqlite';

/** Something in a store that does not fit. */
export interface StoreFinding {
  /** The object that it is about, as `KIND NAMESPACE/NAME`; empty when it is about the file. */
  readonly object: string;
  readonly problem: string;
}

const OBJECT = "kind || ' ' || namespace || '/' || name";
const REPORT = "'ContainerProfile ' || namespace || '/' || profile || '-' || suffix";
const IS_WHOLE = `CASE WHEN json_valid(metadata) THEN
  metadata ->> 'name' IS name AND coalesce(metadata ->> 'namespace', '') IS namespace
  AND metadata ->> 'resourceVersion' IS CAST(resource_version AS TEXT) ELSE 0 END`;
const STATES = `(SELECT kind, namespace, name, resource_version, metadata, body_id FROM objects
  UNION ALL SELECT kind, namespace, name, resource_version, metadata, body_id FROM past)`;

/** Each gives the objects that have the problem; an empty text stands for the file. */
const CHECKS: readonly (readonly [problem: string, sql: string])[] = [
  [
    'its metadata is not the JSON that was written: delete it, then it can be stored anew',
    `SELECT ${OBJECT} AS object FROM objects WHERE NOT ${IS_WHOLE}`,
  ],
  [
    'the metadata of an earlier state is not the JSON that was written: watches leave it out',
    `SELECT ${OBJECT} AS object FROM past WHERE NOT ${IS_WHOLE}`,
  ],
  [
    'its body is not the JSON that was written: delete it, then it can be stored anew',
    `SELECT DISTINCT ${OBJECT} AS object FROM ${STATES} LEFT JOIN bodies ON id = body_id
     WHERE body IS NULL OR NOT CASE WHEN json_valid(body) THEN json_type(body) = 'object' ELSE 0 END`,
  ],
  [
    'it is a report that no series knows of: it will not be merged, delete it',
    `SELECT ${OBJECT} AS object FROM objects WHERE role = 'report' AND NOT EXISTS (
       SELECT 1 FROM time_series s WHERE s.has_data = 1 AND s.namespace = objects.namespace
       AND s.profile || '-' || s.suffix = objects.name)`,
  ],
  [
    'a series says that this report is there, and it is not: what it saw is missing',
    `SELECT ${REPORT} AS object FROM time_series s WHERE has_data = 1 AND NOT EXISTS (
       SELECT 1 FROM objects o WHERE o.kind = 'ContainerProfile' AND o.namespace = s.namespace
       AND o.name = s.profile || '-' || s.suffix)`,
  ],
  [
    'a workload counts this profile, and it is not there',
    `SELECT 'ContainerProfile ' || namespace || '/' || name AS object FROM members m WHERE NOT EXISTS (
       SELECT 1 FROM objects o WHERE o.kind = 'ContainerProfile' AND o.namespace = m.namespace
       AND o.name = m.name)`,
  ],
  [
    'it is merged with the file list of an image, and that is not there or damaged: it goes without from its next report on',
    `SELECT 'ContainerProfile ' || namespace || '/' || profile AS object
     FROM profile_images p LEFT JOIN image_file_lists l USING (image)
     WHERE has_list = 1 AND (files IS NULL OR length(files) % 8 <> 0)`,
  ],
  [
    'a list of image files is remembered for this profile, and it is not there',
    `SELECT DISTINCT 'ContainerProfile ' || namespace || '/' || profile AS object
     FROM profile_images p WHERE NOT EXISTS (
       SELECT 1 FROM objects o WHERE o.kind = 'ContainerProfile' AND o.namespace = p.namespace
       AND o.name = p.profile)`,
  ],
  [
    'its version is higher than the last one given: it may be given twice',
    `SELECT ${OBJECT} AS object FROM ${STATES}
     WHERE resource_version > (SELECT last FROM resource_version)`,
  ],
  [
    'a body belongs to no object and no earlier state: it only takes up room',
    `SELECT '' AS object FROM bodies
     WHERE id NOT IN (SELECT body_id FROM objects UNION SELECT body_id FROM past) LIMIT 1`,
  ],
  [
    'the counter of versions is not one row, or it remembers more than it gave',
    `SELECT '' AS object WHERE (SELECT count(*) FROM resource_version) <> 1
     OR EXISTS (SELECT 1 FROM resource_version WHERE forgotten > last)`,
  ],
];

/** Everything in an open database of the newest schema that does not fit. Reads all of it. */
export function findingsIn(db: DatabaseSync): readonly StoreFinding[] {
  const verdicts = db.prepare('PRAGMA integrity_check').all();
  const broken = verdicts
    .map((row) => String(row['integrity_check']))
    .filter((verdict) => verdict !== 'ok')
    .map((problem) => ({ object: '', problem: `SQLite says: ${problem}` }));
  if (broken.length > 0) return broken;
  return CHECKS.flatMap(([problem, sql]) =>
    db
      .prepare(sql)
      .all()
      .map((row) => ({ object: String(row['object']), problem })),
  );
}
