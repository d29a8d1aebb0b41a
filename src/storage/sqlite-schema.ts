import type { DatabaseSync } from 'node:sqlite';
import { AgentError } from '#model/agent-error.js';
import { inTransaction } from './sqlite-transaction.ts';
import { enterMembers } from './stored-members.ts';

/** `Hull` in ASCII: marks our files among all SQLite databases. */
const APPLICATION_ID = 0x48756c6c;

/** SQL, and what is done after it in the same transaction. */
type MigrationStep = string | readonly [sql: string, then: (db: DatabaseSync) => void];

/**
 * Each step takes the schema from the version that is its index to the next. Steps are only ever
 * appended. Metadata stands apart from the bodies so that a list reads no body; times of reports
 * stand twice, as their writer spelled them and as a number to find expired ones by. Bodies that nobody
 * refers to are removed by whoever removes the last reference, without foreign keys: checking those
 * would need two more indexes. What SQL cannot say stands beside it.
 */
const MIGRATIONS: readonly MigrationStep[] = [
  `CREATE TABLE resource_version (last INTEGER NOT NULL) STRICT;
   INSERT INTO resource_version VALUES (0);

   CREATE TABLE objects (
     id INTEGER PRIMARY KEY,
     kind TEXT NOT NULL,
     namespace TEXT NOT NULL,
     name TEXT NOT NULL,
     resource_version INTEGER NOT NULL,
     is_report INTEGER NOT NULL,
     metadata TEXT NOT NULL,
     UNIQUE (kind, namespace, name)
   ) STRICT;

   CREATE TABLE bodies (
     id INTEGER PRIMARY KEY REFERENCES objects (id) ON DELETE CASCADE,
     body TEXT NOT NULL
   ) STRICT;

   CREATE TABLE time_series (
     namespace TEXT NOT NULL,
     profile TEXT NOT NULL,
     series_id TEXT NOT NULL,
     suffix TEXT NOT NULL,
     report_timestamp TEXT NOT NULL,
     previous_report_timestamp TEXT NOT NULL,
     report_ms INTEGER NOT NULL,
     status TEXT NOT NULL,
     completion TEXT NOT NULL,
     has_data INTEGER NOT NULL,
     PRIMARY KEY (namespace, profile, series_id, suffix)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX time_series_with_data ON time_series (namespace, profile) WHERE has_data = 1;
   CREATE INDEX time_series_by_report ON time_series (report_ms);`,

  // What was written before this step is not remembered.
  `CREATE TABLE changes (
     resource_version INTEGER PRIMARY KEY,
     type TEXT NOT NULL,
     kind TEXT NOT NULL,
     namespace TEXT NOT NULL,
     metadata TEXT NOT NULL
   ) STRICT;`,

  // The history of before is dropped: it does not say what objects were. A body that is missing becomes one
  // that is damaged, which is told with the name of its object. Series of before do not know how long their
  // containers are learned.
  [
    `ALTER TABLE objects RENAME TO old_objects;
   ALTER TABLE bodies RENAME TO old_bodies;
   DROP TABLE changes;

   CREATE TABLE bodies (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
   INSERT INTO bodies
     SELECT id, CASE WHEN json_valid(body) THEN json_remove(body, '$.apiVersion') ELSE coalesce(body, '') END
     FROM old_objects LEFT JOIN old_bodies USING (id);

   CREATE TABLE objects (
     id INTEGER PRIMARY KEY,
     kind TEXT NOT NULL,
     namespace TEXT NOT NULL,
     name TEXT NOT NULL,
     resource_version INTEGER NOT NULL,
     type TEXT NOT NULL,
     role TEXT NOT NULL,
     metadata TEXT NOT NULL,
     body_id INTEGER NOT NULL,
     UNIQUE (kind, namespace, name)
   ) STRICT;
   CREATE INDEX objects_by_version ON objects (resource_version);
   INSERT INTO objects
     SELECT id, kind, namespace, name, resource_version, 'added',
            CASE is_report WHEN 1 THEN 'report' ELSE 'plain' END, metadata, id
     FROM old_objects;
   DROP TABLE old_bodies;
   DROP TABLE old_objects;

   CREATE TABLE past (
     resource_version INTEGER PRIMARY KEY,
     until INTEGER NOT NULL,
     type TEXT NOT NULL,
     kind TEXT NOT NULL,
     namespace TEXT NOT NULL,
     name TEXT NOT NULL,
     metadata TEXT NOT NULL,
     body_id INTEGER NOT NULL,
     frees_body INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX past_by_end ON past (until);
   CREATE INDEX past_by_key ON past (kind, namespace, name);

   ALTER TABLE resource_version ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE resource_version ADD COLUMN past_bytes INTEGER NOT NULL DEFAULT 0;
   UPDATE resource_version SET forgotten = last;

   CREATE TABLE members (
     namespace TEXT NOT NULL,
     name TEXT NOT NULL,
     workload TEXT NOT NULL,
     outdated INTEGER NOT NULL DEFAULT 0,
     PRIMARY KEY (namespace, name)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX members_by_workload ON members (namespace, workload);
   CREATE INDEX members_outdated ON members (namespace, name) WHERE outdated = 1;

   ALTER TABLE time_series ADD COLUMN because TEXT NOT NULL DEFAULT '';
   ALTER TABLE time_series ADD COLUMN learning_period_ms INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE time_series ADD COLUMN given_up INTEGER NOT NULL DEFAULT 0;
   DROP INDEX time_series_by_report;
   CREATE INDEX time_series_by_report ON time_series (report_ms) WHERE given_up = 0;`,
    enterMembers,
  ],

  // Lists are `PathHashes` in bytes. No profile of before was merged with one: that its image stands in it says so.
  `CREATE TABLE image_file_lists (
     image TEXT PRIMARY KEY,
     asked_ms INTEGER NOT NULL,
     files BLOB NOT NULL
   ) STRICT;

   CREATE TABLE profile_images (
     namespace TEXT NOT NULL,
     profile TEXT NOT NULL,
     image TEXT NOT NULL,
     has_list INTEGER NOT NULL,
     PRIMARY KEY (namespace, profile, image)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX profile_images_with_list ON profile_images (image) WHERE has_list = 1;`,
];

/** Number of the newest schema. */
export const SCHEMA_VERSION: number = MIGRATIONS.length;

/**
 * Brings the schema up to date, each step in a transaction, and returns the version it found. Throws
 * `invalid` when the file belongs to another program or was written by a newer version, before
 * anything in it was changed.
 */
export function migrate(
  db: DatabaseSync,
  path: string,
  steps: readonly MigrationStep[] = MIGRATIONS,
): number {
  const found = versionOf(db, path, steps.length);
  for (let version = found; version < steps.length; version += 1) {
    inTransaction(db, () => {
      // Another process may have taken the same step while this one waited for the lock.
      if (versionOf(db, path, steps.length) !== version) return;
      const [sql = '', then] = [steps[version]].flat();
      db.exec(String(sql));
      if (typeof then === 'function') then(db);
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + 1}`);
    });
  }
  return found;
}

/** The schema's version, 0 for an empty file. Throws `invalid` as {@link migrate} does. */
export function versionOf(db: DatabaseSync, path: string, newest: number = SCHEMA_VERSION): number {
  const applicationId = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  const isEmpty = db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
  if (applicationId === 0 && version === 0 && isEmpty) return 0;
  if (applicationId !== APPLICATION_ID) {
    throw new AgentError(
      'invalid',
      `profile store ${path} belongs to another program (application_id ${applicationId}, expected ${APPLICATION_ID}): name another file`,
    );
  }
  if (version > newest) {
    throw new AgentError(
      'invalid',
      `profile store ${path} was written by a newer version (schema ${version}, this one knows up to ${newest}): run that version, or name another file`,
    );
  }
  return version;
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
