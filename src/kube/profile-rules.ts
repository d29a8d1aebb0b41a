import type { ContainerProfile, ObjectMeta, ProfileKind } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';

/** What is remembered of one report, or of several that follow each other: `TimeSeriesRow` of the embedded store. */
export interface ReportRow {
  readonly namespace: string;
  readonly profileName: string;
  readonly seriesId: string;
  /** What follows the profile's name in the name of the report. */
  readonly suffix: string;
  readonly reportTimestamp: string;
  readonly previousReportTimestamp: string;
  readonly status: string;
  readonly completion: string;
  readonly hasData: boolean;
}

/** What there is to merge for one profile: `ConsolidationInput` of the embedded store. */
export interface MergeInput {
  readonly key: ObjectKey;
  readonly profile: ContainerProfile | undefined;
  readonly rows: readonly ReportRow[];
  readonly readReport: (row: ReportRow) => ContainerProfile | undefined;
  readonly expiredBeforeMs?: number | undefined;
}

/** What is to be stored instead; `profile` is undefined when it does not change. */
export interface MergeOutcome {
  readonly profile: ContainerProfile | undefined;
  readonly rows: readonly ReportRow[];
  readonly result: 'completed' | 'updated' | 'unchanged';
}

/**
 * The rules of profiles, for servers that only store. They are the embedded store's own pure functions of these
 * names, which this room may not import: whoever puts the rooms together hands them in.
 */
export interface ProfileRules {
  readonly consolidate: (input: MergeInput) => MergeOutcome;
  /** Throws `invalid` when the report could never be put in order. */
  readonly rowOf: (metadata: ObjectMeta) => ReportRow;
  readonly rowAfterRepeat: (existing: ReportRow | undefined, arrived: ReportRow) => ReportRow;
  /** Why a profile takes no report of this row; undefined when it does. */
  readonly refusalOf: (
    profile: ObjectMeta,
    row: ReportRow,
  ) => 'completed' | 'too-large' | undefined;
  /** Throws `conflict` at an older version, `invalid` when a report would change. */
  readonly updatedMetadata: (
    kind: ProfileKind,
    stored: ObjectMeta,
    given: ObjectMeta,
  ) => ObjectMeta;
  readonly isImmutable: (stored: ObjectMeta) => boolean;
  /** Milliseconds since the Unix epoch of a report's timestamp. */
  readonly reportTimeMs: (text: string) => number | undefined;
}
