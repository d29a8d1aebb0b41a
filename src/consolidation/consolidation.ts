import { ANNOTATION } from '#model/annotations.js';
import { type ContainerProfile, PROFILE_API_VERSION } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { CollapseSettings } from '#profile/collapse/collapse-settings.js';
import { isClosed, learningStateOf, withLearningState } from './learning-state.ts';
import { withLearningWords } from './learning-words.ts';
import { type DatedReport, mergeReports } from './report-merge.ts';
import { reportTimeNs } from './report-timestamp.ts';
import { isSameJson } from './same-json.ts';
import { judge } from './series-judgement.ts';
import { settledProfile } from './settled-profile.ts';
import type { Expiry, TimeSeriesRow } from './time-series-row.ts';

/** What there is to merge for one profile. */
export interface ConsolidationInput extends Expiry {
  readonly key: ObjectKey;
  /** The profile as stored, when there is one. */
  readonly profile: ContainerProfile | undefined;
  /** All rows of the profile, of every series. */
  readonly rows: readonly TimeSeriesRow[];
  /** Loads the report of a row that has data. Called once a row, one after the other. */
  readonly readReport: (row: TimeSeriesRow) => ContainerProfile | undefined;
  /** How entries that are merely alike become patterns; the defaults when absent. */
  readonly settings?: CollapseSettings | undefined;
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

/** Annotations of ours, which the checksum leaves out: they tell of times and counts, not of content. */
const OWN_PREFIX = 'hullwatch.io/';

/**
 * Merges the reports of all series of a profile into it and decides how far it is learned.
 * Pure: the same input gives the same outcome, whatever order the reports arrived in. The table of
 * what happens when is in docs/storage.md.
 */
export function consolidate(input: ConsolidationInput): ConsolidationOutcome {
  const { key, profile: stored, rows, settings } = input;
  if (rows.length === 0 || (stored !== undefined && isClosed(stored.metadata))) {
    return { profile: undefined, rows: [], result: 'unchanged' };
  }
  const before = stored ?? emptyProfile(key);
  const judgement = judge(rows, learningStateOf(before.metadata), input);
  const reports = reportsOf(judgement.merged, input.readReport);
  const mergedBefore = newestMerged(before, rows);
  const merged = mergeReports(before, reports, mergedBefore);
  const metadata = withLearningState(merged.metadata, judgement.state);
  const learned = { judgement, reports, mergedBefore };
  const profile = settled(withLearningWords({ ...merged, metadata }, learned), settings);
  if (stored !== undefined && isSame(stored, profile)) {
    return { profile: undefined, rows: judgement.remaining, result: 'unchanged' };
  }
  const isDone = isClosed(profile.metadata);
  return {
    profile,
    rows: isDone ? [] : judgement.remaining,
    result: isDone ? 'completed' : 'updated',
  };
}

function reportsOf(
  rows: readonly TimeSeriesRow[],
  readReport: ConsolidationInput['readReport'],
): readonly DatedReport[] {
  return rows.flatMap((row) => {
    const profile = row.hasData ? readReport(row) : undefined;
    return profile === undefined ? [] : [{ row, profile }];
  });
}

/** The rows know it as long as their series go on; the profile does when it has changed since. */
function newestMerged(
  profile: ContainerProfile,
  rows: readonly TimeSeriesRow[],
): string | undefined {
  const annotated = profile.metadata.annotations?.[ANNOTATION.newestReport];
  const merged = rows.filter((row) => !row.hasData).map((row) => row.reportTimestamp);
  const moment = (text: string) => reportTimeNs(text) ?? 0n;
  return (annotated === undefined ? merged : [annotated, ...merged]).reduce<string | undefined>(
    (newest, text) => (newest === undefined || moment(text) > moment(newest) ? text : newest),
    undefined,
  );
}

/** The settled profile. What only the store says of an object has no part in its checksum. */
function settled(
  profile: ContainerProfile,
  settings: CollapseSettings | undefined,
): ContainerProfile {
  const { name, namespace, labels, annotations = {} } = profile.metadata;
  const isOwn = (entry: readonly [string, string]) => entry[0].startsWith(OWN_PREFIX);
  const own = Object.fromEntries(Object.entries(annotations).filter(isOwn));
  const others = Object.fromEntries(Object.entries(annotations).filter((entry) => !isOwn(entry)));
  const content = { name, namespace, ...(labels && { labels }), annotations: others };
  const result = settledProfile({ ...profile, metadata: content }, settings);
  return {
    ...result,
    metadata: {
      ...profile.metadata,
      annotations: { ...result.metadata.annotations, ...own },
    },
  };
}

/**
 * That a newer report brought nothing new is not worth a write: everybody who has the profile would read it
 * again. So it is when all that it says is that more time went by, and more of the same was seen.
 */
function isSame(stored: ContainerProfile, next: ContainerProfile): boolean {
  return isSameJson(JSON.stringify(lasting(stored)), JSON.stringify(lasting(next)));
}

function lasting(profile: ContainerProfile): ContainerProfile {
  const { annotations = {} } = profile.metadata;
  const evidence = annotations[ANNOTATION.evidence];
  const lastingAnnotations = {
    ...annotations,
    ...(annotations[ANNOTATION.newestReport] !== undefined && { [ANNOTATION.newestReport]: '' }),
    ...(evidence !== undefined && { [ANNOTATION.evidence]: lastingEvidence(evidence) }),
  };
  return { ...profile, metadata: { ...profile.metadata, annotations: lastingAnnotations } };
}

function lastingEvidence(text: string): string {
  try {
    const { seen: _seen, coveredMs: _covered, ...losses } = Object(JSON.parse(text));
    return JSON.stringify(losses);
  } catch {
    return text;
  }
}

function emptyProfile({ namespace, name }: ObjectKey): ContainerProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: { name, namespace, labels: {}, annotations: {} },
    spec: {},
  };
}
