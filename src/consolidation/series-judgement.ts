import {
  afterBreak,
  afterCompletion,
  afterProgress,
  isFinal,
  type LearningState,
} from './learning-state.ts';
import { bySeries, byTime, joinReports } from './report-chain.ts';
import { isZeroReportTime } from './report-timestamp.ts';
import { type Expiry, isExpired, type TimeSeriesRow } from './time-series-row.ts';

/** What the series of a profile make of its state. */
export interface Judgement {
  readonly state: LearningState;
  /** Rows whose reports are to be merged, if they have one. */
  readonly merged: readonly TimeSeriesRow[];
  /** The rows that are needed to go on, none of them with data. */
  readonly remaining: readonly TimeSeriesRow[];
  /** Why the state is partial, as far as these series tell. */
  readonly because: string | undefined;
  /** The series that made the state final. */
  readonly finalSeries: string | undefined;
}

/** What is to be said of one series. */
interface Verdict {
  /** `idle`: it was given up before, and nothing came since. */
  readonly is: 'completed' | 'broken' | 'live' | 'idle';
  readonly newest: TimeSeriesRow;
  readonly rows: readonly TimeSeriesRow[];
  readonly because: string;
}

/** Runs that were given up and may still be continued: those of a container that starts and breaks off all the time. */
const MAX_GIVEN_UP = 16;

/**
 * Judges the series of a profile one after the other, the one whose first report is oldest first; when one
 * makes the state final, the others do not count. Those that go on are judged together. The table of what
 * happens when is in docs/storage.md.
 */
export function judge(
  rows: readonly TimeSeriesRow[],
  before: LearningState,
  expiry: Expiry,
): Judgement {
  let state = before;
  let because: string | undefined;
  const merged: TimeSeriesRow[] = [];
  const verdicts: Verdict[] = [];
  for (const series of bySeries(rows)) {
    const verdict = verdictOn(series, expiry);
    merged.push(...series);
    if (verdict === undefined) continue;
    verdicts.push(verdict);
    state = afterEnd(state, verdict);
    if (isFinal(state)) {
      return {
        state,
        merged,
        remaining: [],
        because: undefined,
        finalSeries: verdict.newest.seriesId,
      };
    }
    if (isEnd(verdict)) because = verdict.because || because;
  }
  const live = verdicts.filter(({ is }) => is === 'live').map(({ newest }) => newest);
  if (live.length > 0)
    state = afterProgress(
      state,
      live.map(({ completion }) => completion),
    );
  const remaining = withoutOldest(verdicts.flatMap((verdict) => verdict.rows));
  because ??= state.status === 'completed' ? undefined : newestWords(live);
  return { state, merged, remaining, because, finalSeries: undefined };
}

function verdictOn(series: readonly TimeSeriesRow[], expiry: Expiry): Verdict | undefined {
  const runs = joinReports(series).map((run) => ({ ...run, hasData: false }));
  const [newest, older] = runs;
  if (newest === undefined) return undefined;
  // A run from the beginning covers everything older, so there is no other then.
  const isWhole = isZeroReportTime(newest.previousReportTimestamp);
  if (isWhole && newest.status === 'completed') {
    return { is: 'completed', newest, rows: [], because: newest.because };
  }
  if (isWhole && newest.status === 'failed') {
    return { is: 'broken', newest, rows: [], because: 'the container failed' };
  }
  if (newest.isGivenUp) return { is: 'idle', newest, rows: runs, because: '' };
  if (older?.isGivenUp || runs.some((run) => isExpired(run, expiry))) {
    const rows =
      isWhole && newest.completion === 'complete' ? [{ ...newest, isGivenUp: true }] : [];
    return { is: 'broken', newest, rows, because: whyBroken(runs, newest) };
  }
  return { is: 'live', newest, rows: runs, because: newest.because };
}

function isEnd({ is }: Verdict): boolean {
  return is === 'completed' || is === 'broken';
}

function afterEnd(state: LearningState, { is, newest }: Verdict): LearningState {
  if (is === 'completed') return afterCompletion(state, newest.completion);
  return is === 'broken' ? afterBreak(state) : state;
}

/** In the words of the newest report that is partial and says why. */
function newestWords(live: readonly TimeSeriesRow[]): string | undefined {
  const partial = live.filter(({ completion, because }) => completion !== 'complete' && because);
  return partial.toSorted(byTime).at(-1)?.because;
}

function withoutOldest(rows: readonly TimeSeriesRow[]): readonly TimeSeriesRow[] {
  const givenUp = rows.filter((row) => row.isGivenUp).toSorted(byTime);
  const dropped = new Set(givenUp.slice(0, -MAX_GIVEN_UP));
  return rows.filter((row) => !dropped.has(row));
}

function whyBroken(runs: readonly TimeSeriesRow[], newest: TimeSeriesRow): string {
  const [, older] = runs;
  const { previousReportTimestamp: start, reportTimestamp: end } = newest;
  if (older) return `a report is missing between ${older.reportTimestamp} and ${start}`;
  if (!isZeroReportTime(start)) return `the reports before ${start} are missing`;
  return `learning broke off: no report since ${end}`;
}
