import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { ObjectMeta, ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { Change, ChangeQuery, HistoryRange } from './change-tables.ts';
import type { ProfileTables, TableCounts } from './profile-tables.ts';
import { reportTimeMs } from './report-timestamp.ts';
import type { DatabaseOptions } from './sqlite-database.ts';
import { isDiskFull, sqliteError } from './sqlite-errors.ts';
import { SqliteFile } from './sqlite-file.ts';
import { prepareStatements, type SqliteStatements } from './sqlite-statements.ts';
import { inSnapshot, inTransaction, shrinkLog } from './sqlite-transaction.ts';
import { StoredJson } from './stored-json.ts';
import { isReport, type TimeSeriesRow } from './time-series-row.ts';

type SqlRow = Readonly<Record<string, SQLOutputValue>>;

/** Earlier than every report: asks for no expired rows. */
const NEVER_MS = Number.MIN_SAFE_INTEGER;

/** Later than every version. */
const NEWEST_VERSION = Number.MAX_SAFE_INTEGER;

/** Tables in a SQLite database. A write that has returned is on disk. */
export class SqliteTables implements ProfileTables {
  readonly #db: DatabaseSync;
  readonly #path: string;
  readonly #sql: SqliteStatements;
  readonly #file: SqliteFile;
  readonly #json: StoredJson;
  #isLogEmptied = false;

  /**
   * Takes over the connection: {@link SqliteTables.close} ends it. `path` must lead to its file; when
   * it does not any more, every call fails with `unavailable` as soon as that is noticed: with the next
   * write, or the next {@link SqliteTables.foreignWrites}.
   */
  constructor(db: DatabaseSync, { path, log }: Pick<DatabaseOptions, 'path' | 'log'>) {
    this.#db = db;
    this.#path = path;
    this.#sql = prepareStatements(db);
    this.#file = new SqliteFile(path);
    this.#json = new StoredJson(path, log);
  }

  /** Ends the connection; later calls fail with `unavailable`. May be called twice. */
  close(): void {
    if (!this.#db.isOpen) return;
    this.#emptyLogWhenLost();
    this.#db.close();
  }

  read<T>(work: () => T): T {
    if (this.#file.isLost) this.#refuseLost();
    return this.#translated(() => inSnapshot(this.#db, work));
  }

  /** The history is given up when there is no room for a write otherwise. */
  write<T>(work: () => T): T {
    this.#refuseLost();
    return this.#translated(() => {
      try {
        return inTransaction(this.#db, work);
      } catch (reason) {
        if (!(isDiskFull(reason) && this.#hasForgottenAll())) throw reason;
        return inTransaction(this.#db, work);
      }
    });
  }

  nextResourceVersion(): string {
    return String(this.#sql.nextResourceVersion.get()?.['last']);
  }

  history(): HistoryRange {
    const row = this.#sql.history.get();
    return { forgotten: Number(row?.['forgotten']), last: Number(row?.['last']) };
  }

  putChange({ type, kind, metadata }: Change): void {
    const { namespace, resourceVersion } = metadata;
    const text = JSON.stringify(metadata);
    this.#sql.putChange.run(Number(resourceVersion), type, kind, namespace, text);
  }

  /** Damaged rows are left out, and others read in their place: fewer than `limit` are the last. */
  changes(query: ChangeQuery): readonly Change[] {
    const found: Change[] = [];
    let { after } = query;
    for (;;) {
      const limit = query.limit - found.length;
      const rows = this.#changeRows({ ...query, after, limit });
      for (const row of rows) {
        const metadata = this.#changedMetadata(query.kind, row);
        const type = String(row['type']) as Change['type'];
        if (metadata) found.push({ type, kind: query.kind, metadata });
      }
      if (rows.length < limit || found.length === query.limit) return found;
      after = Number(rows.at(-1)?.['resource_version']);
    }
  }

  forgetChanges(upTo: number): void {
    this.#sql.forgetChanges.run(upTo);
  }

  foreignWrites(): number {
    this.#file.look();
    return Number(this.#sql.dataVersion.get()?.['data_version']);
  }

  object<K extends ProfileKind>(kind: K, key: ObjectKey): ProfileKinds[K] | undefined {
    const row = this.#sql.object.get(kind, key.namespace, key.name);
    if (row === undefined) return undefined;
    const metadata = this.#json.metadata(kind, key, row);
    const { apiVersion, ...body } = this.#json.body(kind, key, row);
    return { apiVersion, kind, metadata, ...body } as unknown as ProfileKinds[K];
  }

  metadata(kind: ProfileKind, key: ObjectKey): ObjectMeta | undefined {
    const row = this.#sql.metadata.get(kind, key.namespace, key.name);
    return row && this.#json.metadata(kind, key, row);
  }

  metadataOf(kind: ProfileKind, namespace: string | undefined): readonly ObjectMeta[] {
    const rows =
      namespace === undefined
        ? this.#sql.metadataOfKind.all(kind)
        : this.#sql.metadataOfNamespace.all(kind, namespace);
    return rows
      .map((row) => {
        const key = () => ({ namespace: String(row['namespace']), name: String(row['name']) });
        return this.#json.metadataOrSkip({ kind, row, key });
      })
      .filter((metadata) => metadata !== undefined);
  }

  putObject({ metadata, kind, ...body }: ProfileKinds[ProfileKind]): void {
    const { namespace, name, resourceVersion } = metadata;
    const row = this.#sql.putMetadata.get(
      kind,
      namespace,
      name,
      Number(resourceVersion),
      Number(isReport(kind, metadata)),
      JSON.stringify(metadata),
    );
    this.#sql.putBody.run(Number(row?.['id']), JSON.stringify(body));
  }

  deleteObject(kind: ProfileKind, key: ObjectKey): void {
    this.#sql.deleteObject.run(kind, key.namespace, key.name);
  }

  rows(profile: ObjectKey): readonly TimeSeriesRow[] {
    return this.#sql.rows.all(profile.namespace, profile.name).map(timeSeriesRowOf);
  }

  putRow(row: TimeSeriesRow): void {
    this.#sql.putRow.run(
      row.namespace,
      row.profileName,
      row.seriesId,
      row.suffix,
      row.reportTimestamp,
      row.previousReportTimestamp,
      reportTimeMs(row.reportTimestamp) ?? 0,
      row.status,
      row.completion,
      Number(row.hasData),
    );
  }

  deleteRow(row: TimeSeriesRow): void {
    this.#sql.deleteRow.run(row.namespace, row.profileName, row.seriesId, row.suffix);
  }

  deleteRows(profile: ObjectKey): void {
    this.#sql.deleteRows.run(profile.namespace, profile.name);
  }

  pendingProfiles(expiredBeforeMs: number = NEVER_MS): readonly ObjectKey[] {
    return this.#sql.pendingProfiles
      .all(expiredBeforeMs)
      .map((row) => ({ namespace: String(row['namespace']), name: String(row['profile']) }));
  }

  counts(): TableCounts {
    const objects: Record<ProfileKind, number> = {
      ContainerProfile: 0,
      ApplicationProfile: 0,
      NetworkNeighborhood: 0,
    };
    for (const row of this.#sql.objectCounts.all()) {
      objects[String(row['kind']) as ProfileKind] = Number(row['count']);
    }
    const row = this.#sql.rowCounts.get();
    return { objects, reports: Number(row?.['report_count']), rows: Number(row?.['row_count']) };
  }

  #changeRows({ kind, namespace, after, limit }: ChangeQuery): readonly SqlRow[] {
    return namespace === undefined
      ? this.#sql.changesOfKind.all(after, kind, limit)
      : this.#sql.changesOfNamespace.all(after, kind, namespace, limit);
  }

  #changedMetadata(kind: ProfileKind, row: SqlRow): ObjectMeta | undefined {
    const namespace = String(row['namespace']);
    const key = () => {
      // Changes have no name beside their metadata; the object has, while this is its newest change.
      const version = Number(row['resource_version']);
      const object = this.#sql.nameOfVersion.get(kind, namespace, version);
      return { namespace, ...(object && { name: String(object['name']) }) };
    };
    return this.#json.metadataOrSkip({ kind, row, key });
  }

  /** Not within a transaction. */
  #refuseLost(): void {
    try {
      this.#file.look();
    } catch (reason) {
      // The log keeps its name: whoever opens another file under the old name would find it beside that.
      if (!this.#isLogEmptied && this.#db.isOpen) shrinkLog(this.#db);
      this.#isLogEmptied = true;
      throw reason;
    }
    this.#isLogEmptied = false;
  }

  #emptyLogWhenLost(): void {
    try {
      this.#refuseLost();
    } catch {
      // Whoever closes the tables needs their file no more.
    }
  }

  #translated<T>(work: () => T): T {
    try {
      return work();
    } catch (reason) {
      throw sqliteError(reason, this.#path);
    }
  }

  /** False when there was no history, or no room even to drop it. */
  #hasForgottenAll(): boolean {
    try {
      const { changes } = inTransaction(this.#db, () =>
        this.#sql.forgetChanges.run(NEWEST_VERSION),
      );
      return Number(changes) > 0;
    } catch {
      return false;
    }
  }
}

function timeSeriesRowOf(row: SqlRow): TimeSeriesRow {
  return {
    namespace: String(row['namespace']),
    profileName: String(row['profile']),
    seriesId: String(row['series_id']),
    suffix: String(row['suffix']),
    reportTimestamp: String(row['report_timestamp']),
    previousReportTimestamp: String(row['previous_report_timestamp']),
    status: String(row['status']),
    completion: String(row['completion']),
    hasData: row['has_data'] === 1,
  };
}
