import { type ContainerProfile, PROFILE_API_VERSION } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { mergeTimeSeries } from '#profile/merge.js';
import {
  afterBreak,
  afterCompletion,
  afterProgress,
  isFinal,
  type LearningState,
  learningStateOf,
  withLearningState,
} from './learning-state.ts';
import { bySeries, joinReports } from './report-chain.ts';
import { isZeroReportTime, reportTimeMs } from './report-timestamp.ts';
import { settledProfile } from './settled-profile.ts';
import type { TimeSeriesRow } from './time-series-row.ts';

/** What there is to merge for one profile. */
export interface ConsolidationInput {
  readonly key: ObjectKey;
  /** The profile as stored, when there is one. */
  readonly profile: ContainerProfile | undefined;
  /** All rows of the profile, of every series. */
  readonly rows: readonly TimeSeriesRow[];
  /** Loads the report of a row that has data. Called once a row, one after the other. */
  readonly readReport: (row: TimeSeriesRow) => ContainerProfile | undefined;
  /** A run of reports that ended before this moment will not be continued. Absent: none expires. */
  readonly expiredBeforeMs?: number | undefined;
}

/** What is to be stored instead. All reports that had data are merged or obsolete. */
export interface ConsolidationOutcome {
  /** The profile to write; undefined when it does not change. */
  readonly profile: ContainerProfile | undefined;
  /** The rows that stay, none of them with data. */
  readonly rows: readonly TimeSeriesRow[];
  /** `completed`: the profile has become final or too large. */
  readonly result: 'completed' | 'updated' | 'unchanged';
}

/** What one series makes of a profile's state, and the rows that are needed to continue it. */
interface Judgement {
  readonly state: LearningState;
  readonly rows: readonly TimeSeriesRow[];
}

/**
 * Merges the reports of all series of a profile into it and decides how far it is learned.
 * Pure: the same input gives the same outcome, whatever order the reports arrived in. The table of
 * what happens when is in docs/storage.md.
 */
export function consolidate(input: ConsolidationInput): ConsolidationOutcome {
  const { key, profile: stored, rows } = input;
  const isClosed = stored !== undefined && takesNothing(learningStateOf(stored.metadata));
  if (isClosed || rows.length === 0) {
    return { profile: undefined, rows: [], result: 'unchanged' };
  }
  let profile = stored ?? emptyProfile(key);
  const remaining: TimeSeriesRow[] = [];
  for (const series of bySeries(rows)) {
    profile = mergeReports(profile, series, input.readReport);
    const judgement = judge(series, learningStateOf(profile.metadata), input.expiredBeforeMs);
    const metadata = withLearningState(profile.metadata, judgement.state);
    profile = { ...profile, metadata };
    if (isFinal(judgement.state)) return outcomeOf(stored, profile, []);
    remaining.push(...judgement.rows);
  }
  return outcomeOf(stored, profile, remaining);
}

function mergeReports(
  profile: ContainerProfile,
  series: readonly TimeSeriesRow[],
  readReport: ConsolidationInput['readReport'],
): ContainerProfile {
  return series
    .filter((row) => row.hasData)
    .reduce((merged, row) => {
      const report = readReport(row);
      return report === undefined ? merged : mergeTimeSeries(merged, report);
    }, profile);
}

function judge(
  series: readonly TimeSeriesRow[],
  state: LearningState,
  expiredBeforeMs: number | undefined,
): Judgement {
  const runs = joinReports(series).map((run) => ({ ...run, hasData: false }));
  const [newest] = runs;
  if (newest === undefined) return { state, rows: [] };
  // A run from the beginning covers everything older, so there is no other then.
  const isWhole = isZeroReportTime(newest.previousReportTimestamp);
  if (isWhole && newest.status === 'completed') {
    return { state: afterCompletion(state, newest.completion), rows: [] };
  }
  if (runs.some((run) => isExpired(run, expiredBeforeMs))) {
    return { state: afterBreak(state), rows: [] };
  }
  if (isWhole && newest.status === 'failed') return { state: afterBreak(state), rows: [] };
  return { state: afterProgress(state, newest.completion), rows: runs };
}

function isExpired(run: TimeSeriesRow, expiredBeforeMs: number | undefined): boolean {
  if (expiredBeforeMs === undefined) return false;
  const endMs = reportTimeMs(run.reportTimestamp);
  return endMs !== undefined && endMs < expiredBeforeMs;
}

function outcomeOf(
  stored: ContainerProfile | undefined,
  merged: ContainerProfile,
  rows: readonly TimeSeriesRow[],
): ConsolidationOutcome {
  const profile = settledProfile(merged);
  if (stored !== undefined && isSame(stored, profile)) {
    return { profile: undefined, rows, result: 'unchanged' };
  }
  const isDone = takesNothing(learningStateOf(profile.metadata));
  return { profile, rows: isDone ? [] : rows, result: isDone ? 'completed' : 'updated' };
}

function takesNothing(state: LearningState): boolean {
  return isFinal(state) || state.status === 'too-large';
}

/** The order of keys may differ although nothing else does; that costs a write and no more. */
function isSame(stored: ContainerProfile, next: ContainerProfile): boolean {
  return JSON.stringify(stored) === JSON.stringify(next);
}

function emptyProfile({ namespace, name }: ObjectKey): ContainerProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: { name, namespace, labels: {}, annotations: {} },
    spec: {},
  };
}
