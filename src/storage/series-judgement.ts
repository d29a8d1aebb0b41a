import {
  afterBreak,
  afterCompletion,
  afterProgress,
  isFinal,
  type LearningState,
} from './learning-state.ts';
import { bySeries, joinReports } from './report-chain.ts';
import { isZeroReportTime, reportTimeMs } from './report-timestamp.ts';
import type { TimeSeriesRow } from './time-series-row.ts';

/** What the series of a profile make of its state. */
export interface Judgement {
  readonly state: LearningState;
  /** Rows whose reports are to be merged, if they have one. */
  readonly merged: readonly TimeSeriesRow[];
  /** The rows that are needed to go on, none of them with data. */
  readonly remaining: readonly TimeSeriesRow[];
  /** Why the state became partial, when it is not the reports that say so. */
  readonly because: string | undefined;
  /** The series that made the state final. */
  readonly finalSeries: string | undefined;
}

interface SeriesJudgement {
  readonly state: LearningState;
  readonly rows: readonly TimeSeriesRow[];
  readonly because?: string;
}

/**
 * Judges the series of a profile one after the other, the one whose first report is oldest first; when one
 * makes the state final, the others do not count. The table of what happens when is in docs/storage.md.
 */
export function judge(
  rows: readonly TimeSeriesRow[],
  before: LearningState,
  expiredBeforeMs: number | undefined,
): Judgement {
  let state = before;
  let because: string | undefined;
  const merged: TimeSeriesRow[] = [];
  const remaining: TimeSeriesRow[] = [];
  for (const series of bySeries(rows)) {
    const judgement = judgeSeries(series, state, expiredBeforeMs);
    merged.push(...series);
    state = judgement.state;
    because = judgement.because ?? because;
    if (isFinal(state)) {
      return { state, merged, remaining: [], because, finalSeries: series[0]?.seriesId };
    }
    remaining.push(...judgement.rows);
  }
  return { state, merged, remaining, because, finalSeries: undefined };
}

function judgeSeries(
  series: readonly TimeSeriesRow[],
  state: LearningState,
  expiredBeforeMs: number | undefined,
): SeriesJudgement {
  const runs = joinReports(series).map((run) => ({ ...run, hasData: false }));
  const [newest] = runs;
  if (newest === undefined) return { state, rows: [] };
  // A run from the beginning covers everything older, so there is no other then.
  const isWhole = isZeroReportTime(newest.previousReportTimestamp);
  if (isWhole && newest.status === 'completed') {
    return { state: afterCompletion(state, newest.completion), rows: [] };
  }
  if (runs.some((run) => isExpired(run, expiredBeforeMs))) {
    return { state: afterBreak(state), rows: [], because: whyBroken(runs, newest) };
  }
  if (isWhole && newest.status === 'failed') {
    return { state: afterBreak(state), rows: [], because: 'the container failed' };
  }
  return { state: afterProgress(state, newest.completion), rows: runs };
}

function whyBroken(runs: readonly TimeSeriesRow[], newest: TimeSeriesRow): string {
  const [, older] = runs;
  const { previousReportTimestamp: start, reportTimestamp: end } = newest;
  if (older) return `a report is missing between ${older.reportTimestamp} and ${start}`;
  if (!isZeroReportTime(start)) return `the reports before ${start} are missing`;
  return `learning broke off: no report since ${end}`;
}

function isExpired(run: TimeSeriesRow, expiredBeforeMs: number | undefined): boolean {
  if (expiredBeforeMs === undefined) return false;
  const endMs = reportTimeMs(run.reportTimestamp);
  return endMs !== undefined && endMs < expiredBeforeMs;
}
