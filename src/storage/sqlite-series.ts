import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { reportTimeMs } from '#consolidation/report-timestamp.js';
import type { Expiry, TimeSeriesRow } from '#consolidation/time-series-row.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { SeriesTables } from './series-tables.ts';
import { SqliteStatements } from './sqlite-statements.ts';

/** Earlier than every report: asks for no expired rows. */
const NEVER_MS = Number.MIN_SAFE_INTEGER;
/** Later than every report, whatever time it is given. */
const END_MS = Number.MAX_SAFE_INTEGER;

const OF_PROFILE = 'WHERE namespace = ? AND profile = ?';
const PUT = `INSERT OR REPLACE INTO time_series
  (namespace, profile, series_id, suffix, report_timestamp, previous_report_timestamp,
   report_ms, status, completion, has_data, because, learning_period_ms, given_up)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
// Parts rather than one OR, so that each is answered from its own index.
const PENDING = `SELECT namespace, profile FROM time_series WHERE has_data = 1
  UNION SELECT namespace, profile FROM time_series
    WHERE given_up = 0 AND report_ms < :expiredBeforeMs AND report_ms + 2 * learning_period_ms < :nowMs
  UNION SELECT namespace, name FROM members WHERE outdated = 1
  ORDER BY namespace, profile`;
const COUNTS =
  'SELECT count(*) AS row_count, coalesce(sum(has_data), 0) AS report_count FROM time_series';

/** Time series in a SQLite database. */
export class SqliteSeries implements SeriesTables {
  readonly #sql: SqliteStatements;

  constructor(db: DatabaseSync) {
    this.#sql = new SqliteStatements(db);
  }

  rows({ namespace, name }: ObjectKey): readonly TimeSeriesRow[] {
    const rows = this.#sql.of(`SELECT * FROM time_series ${OF_PROFILE}`).all(namespace, name);
    return rows.map(timeSeriesRowOf);
  }

  row({ namespace, name }: ObjectKey, seriesId: string, suffix: string): TimeSeriesRow | undefined {
    const sql = `SELECT * FROM time_series ${OF_PROFILE} AND series_id = ? AND suffix = ?`;
    const row = this.#sql.of(sql).get(namespace, name, seriesId, suffix);
    return row && timeSeriesRowOf(row);
  }

  put(row: TimeSeriesRow): void {
    this.#sql
      .of(PUT)
      .run(
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
        row.because,
        row.learningPeriodMs,
        Number(row.isGivenUp),
      );
  }

  remove({ namespace, profileName, seriesId, suffix }: TimeSeriesRow): void {
    const sql = `DELETE FROM time_series ${OF_PROFILE} AND series_id = ? AND suffix = ?`;
    this.#sql.of(sql).run(namespace, profileName, seriesId, suffix);
  }

  removeAll({ namespace, name }: ObjectKey): void {
    this.#sql.of(`DELETE FROM time_series ${OF_PROFILE}`).run(namespace, name);
  }

  pendingProfiles({ expiredBeforeMs = NEVER_MS, nowMs = END_MS }: Expiry): readonly ObjectKey[] {
    return this.#sql
      .of(PENDING)
      .all({ expiredBeforeMs, nowMs })
      .map((row) => ({ namespace: String(row['namespace']), name: String(row['profile']) }));
  }

  members({ namespace, name }: ObjectKey): readonly string[] {
    const sql = 'SELECT name FROM members WHERE namespace = ? AND workload = ? ORDER BY name';
    return this.#sql
      .of(sql)
      .all(namespace, name)
      .map((row) => String(row['name']));
  }

  workloadOf({ namespace, name }: ObjectKey): string | undefined {
    const sql = 'SELECT workload FROM members WHERE namespace = ? AND name = ?';
    const row = this.#sql.of(sql).get(namespace, name);
    return row && String(row['workload']);
  }

  setWorkload({ namespace, name }: ObjectKey, workload: string | undefined): void {
    if (workload === undefined) {
      this.#sql.of('DELETE FROM members WHERE namespace = ? AND name = ?').run(namespace, name);
      return;
    }
    const sql = 'INSERT OR REPLACE INTO members (namespace, name, workload) VALUES (?, ?, ?)';
    this.#sql.of(sql).run(namespace, name, workload);
  }

  takeOutdated({ namespace, name }: ObjectKey): boolean {
    const sql = `UPDATE members SET outdated = 0 WHERE outdated = 1 AND namespace = ? AND name = ?`;
    return this.#sql.of(sql).run(namespace, name).changes > 0;
  }

  /** All rows of all profiles, and those among them that have data. */
  counts(): { readonly rows: number; readonly reports: number } {
    const row = this.#sql.of(COUNTS).get();
    return { reports: Number(row?.['report_count']), rows: Number(row?.['row_count']) };
  }
}

function timeSeriesRowOf(row: Readonly<Record<string, SQLOutputValue>>): TimeSeriesRow {
  return {
    namespace: String(row['namespace']),
    profileName: String(row['profile']),
    seriesId: String(row['series_id']),
    suffix: String(row['suffix']),
    reportTimestamp: String(row['report_timestamp']),
    previousReportTimestamp: String(row['previous_report_timestamp']),
    status: String(row['status']),
    completion: String(row['completion']),
    because: String(row['because']),
    learningPeriodMs: Number(row['learning_period_ms']),
    isGivenUp: row['given_up'] === 1,
    hasData: row['has_data'] === 1,
  };
}
