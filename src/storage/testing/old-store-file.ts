import { DatabaseSync } from 'node:sqlite';

/** What the first two versions of the schema made, as they made it. */
const SCHEMA_1 = `
  CREATE TABLE resource_version (last INTEGER NOT NULL) STRICT;
  INSERT INTO resource_version VALUES (0);
  CREATE TABLE objects (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    resource_version INTEGER NOT NULL, is_report INTEGER NOT NULL, metadata TEXT NOT NULL,
    UNIQUE (kind, namespace, name)
  ) STRICT;
  CREATE TABLE bodies (
    id INTEGER PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE, body TEXT NOT NULL
  ) STRICT;
  CREATE TABLE time_series (
    namespace TEXT NOT NULL, profile TEXT NOT NULL, series_id TEXT NOT NULL, suffix TEXT NOT NULL,
    report_timestamp TEXT NOT NULL, previous_report_timestamp TEXT NOT NULL, report_ms INTEGER NOT NULL,
    status TEXT NOT NULL, completion TEXT NOT NULL, has_data INTEGER NOT NULL,
    PRIMARY KEY (namespace, profile, series_id, suffix)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX time_series_with_data ON time_series (namespace, profile) WHERE has_data = 1;
  CREATE INDEX time_series_by_report ON time_series (report_ms);
  PRAGMA application_id = 0x48756c6c; PRAGMA user_version = 1;`;
const SCHEMA_2 = `
  CREATE TABLE changes (
    resource_version INTEGER PRIMARY KEY, type TEXT NOT NULL, kind TEXT NOT NULL,
    namespace TEXT NOT NULL, metadata TEXT NOT NULL
  ) STRICT;
  PRAGMA user_version = 2;`;

const API = 'spdx.softwarecomposition.kubescape.io/v1beta1';

/**
 * A file as an older version left it: the profile `old` and its report `old-r1` in `shop`, the
 * ApplicationProfile `ug-old`, and ten versions given.
 */
export function writeOldStore(path: string, version: 1 | 2, more: readonly OldObject[] = []): void {
  const db = new DatabaseSync(path);
  db.exec(SCHEMA_1);
  if (version === 2) db.exec(SCHEMA_2);
  const annotations = {
    'kubescape.io/report-series-id': 's1',
    'kubescape.io/report-timestamp': '2026-01-31T12:10:00Z',
    'kubescape.io/previous-report-timestamp': '',
    'kubescape.io/status': 'completed',
    'kubescape.io/completion': 'complete',
  };
  put(db, { kind: 'ContainerProfile', name: 'old', version: 3, syscalls: ['open'] });
  put(db, {
    kind: 'ContainerProfile',
    name: 'old-r1',
    version: 7,
    syscalls: ['read'],
    annotations,
  });
  put(db, { kind: 'ApplicationProfile', name: 'ug-old', version: 10, syscalls: ['⋯'] });
  for (const object of more) put(db, object);
  db.exec(`INSERT INTO time_series VALUES ('shop', 'old', 's1', 'r1', '2026-01-31T12:10:00Z', '',
    1769861400000, 'completed', 'complete', 1)`);
  db.exec('UPDATE resource_version SET last = 10');
  if (version === 2) {
    db.exec(
      `INSERT INTO changes SELECT resource_version, 'added', kind, namespace, metadata FROM objects`,
    );
  }
  db.close();
}

/** An object as an older version stored it in `shop`; with annotations it is a report unless `isReport` says otherwise. */
export interface OldObject {
  readonly kind: string;
  readonly name: string;
  readonly version: number;
  readonly syscalls: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly isReport?: boolean;
}

function put(db: DatabaseSync, object: OldObject): void {
  const { kind, name, version, syscalls, annotations } = object;
  const metadata = { name, namespace: 'shop', uid: `uid-${name}`, annotations };
  const text = JSON.stringify({ ...metadata, resourceVersion: String(version) });
  const isReport = Number(object.isReport ?? annotations !== undefined);
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO objects (kind, namespace, name, resource_version, is_report, metadata)
       VALUES (?, 'shop', ?, ?, ?, ?)`,
    )
    .run(kind, name, version, isReport, text);
  const body = JSON.stringify({ apiVersion: API, spec: { syscalls }, extra: 1e3 });
  db.prepare('INSERT INTO bodies (id, body) VALUES (?, ?)').run(lastInsertRowid, body);
}
