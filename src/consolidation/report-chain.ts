import { isZeroReportTime, reportTimeNs } from './report-timestamp.ts';
import type { TimeSeriesRow } from './time-series-row.ts';

/** Before every report. */
const BEGINNING_NS = -(2n ** 80n);

/**
 * Joins the rows of one series that follow each other without a gap, newest first. Each row of the
 * result stands for one unbroken run: end, status, completion and suffix of its newest report, start
 * of its oldest. Two reports join when the later one's "previous" is, letter by letter, the earlier
 * one's timestamp. A report that arrives again after it was joined falls into a run that covers it
 * already and changes nothing.
 */
export function joinReports(rows: readonly TimeSeriesRow[]): readonly TimeSeriesRow[] {
  const runs: TimeSeriesRow[] = [];
  for (const row of newestFirst(rows)) {
    const run = runs.at(-1);
    if (run !== undefined && joins(run, row)) runs[runs.length - 1] = from(run, row);
    else if (run === undefined || !covers(run, row)) runs.push(row);
  }
  return runs;
}

/**
 * Orders rows by the moment of their report, oldest first. Of several at one moment the one that starts
 * last comes last, so that an empty report that follows another at once counts as the newer.
 */
export function byTime(a: TimeSeriesRow, b: TimeSeriesRow): number {
  return (
    compare(endOf(a), endOf(b)) ||
    compare(startOf(a), startOf(b)) ||
    compare(b.suffix, a.suffix) ||
    compare(a.seriesId, b.seriesId)
  );
}

function newestFirst(rows: readonly TimeSeriesRow[]): readonly TimeSeriesRow[] {
  return [...rows].sort((a, b) => byTime(b, a));
}

/** The rows of each series, newest first; the series whose first report is oldest comes first. */
export function bySeries(rows: readonly TimeSeriesRow[]): readonly (readonly TimeSeriesRow[])[] {
  const series = Map.groupBy(rows, (row) => row.seriesId);
  return [...series.entries()]
    .map(([id, group]) => ({ id, rows: newestFirst(group) }))
    .sort((a, b) => compare(firstEndOf(a.rows), firstEndOf(b.rows)) || compare(a.id, b.id))
    .map((each) => each.rows);
}

function firstEndOf(rowsNewestFirst: readonly TimeSeriesRow[]): bigint {
  const oldest = rowsNewestFirst.at(-1);
  return oldest === undefined ? BEGINNING_NS : endOf(oldest);
}

/** `row` comes right before the run, or is its newest report again, joined with what is before it. */
function joins(run: TimeSeriesRow, row: TimeSeriesRow): boolean {
  return [run.previousReportTimestamp, run.reportTimestamp].includes(row.reportTimestamp);
}

function from(run: TimeSeriesRow, older: TimeSeriesRow): TimeSeriesRow {
  return { ...run, previousReportTimestamp: older.previousReportTimestamp };
}

/** `row` ends at or before the run's end, by {@link newestFirst}. */
function covers(run: TimeSeriesRow, row: TimeSeriesRow): boolean {
  return endOf(row) > startOf(run) && startOf(row) >= startOf(run);
}

function endOf(row: TimeSeriesRow): bigint {
  return reportTimeNs(row.reportTimestamp) ?? BEGINNING_NS;
}

function startOf(row: TimeSeriesRow): bigint {
  if (isZeroReportTime(row.previousReportTimestamp)) return BEGINNING_NS;
  return reportTimeNs(row.previousReportTimestamp) ?? BEGINNING_NS;
}

function compare<T extends bigint | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
