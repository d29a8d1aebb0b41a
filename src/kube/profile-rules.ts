import type {
  ApplicationProfile,
  ContainerProfile,
  NetworkNeighborhood,
  ObjectMeta,
  ProfileKind,
} from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { CollapseSettings } from '#profile/collapse/collapse-settings.js';

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
  readonly because: string;
  readonly learningPeriodMs: number;
  readonly isGivenUp: boolean;
  readonly hasData: boolean;
}

/** What tells when a run of reports has expired. */
export type ExpiringRow = Pick<ReportRow, 'reportTimestamp' | 'learningPeriodMs' | 'isGivenUp'>;

/** When runs of reports are given up: `Expiry` of the embedded store. */
export interface MergeExpiry {
  readonly expiredBeforeMs?: number | undefined;
  readonly nowMs?: number | undefined;
}

/** What there is to merge for one profile: `ConsolidationInput` of the embedded store. */
export interface MergeInput extends MergeExpiry {
  readonly key: ObjectKey;
  readonly profile: ContainerProfile | undefined;
  readonly rows: readonly ReportRow[];
  readonly readReport: (row: ReportRow) => ContainerProfile | undefined;
  /** How entries that are merely alike become patterns; the defaults when absent. */
  readonly settings?: CollapseSettings | undefined;
}

/** The profiles of a whole workload: `WorkloadAggregate` of the embedded store. */
export interface WorkloadProfiles {
  readonly ApplicationProfile: ApplicationProfile;
  readonly NetworkNeighborhood: NetworkNeighborhood;
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
  /** True when it is time to give a run of reports up. */
  readonly isExpired: (row: ExpiringRow, expiry: MergeExpiry) => boolean;
  /** Name of the workload that a profile is a part of; undefined when it says none. */
  readonly workloadOf: (profile: ObjectMeta) => string | undefined;
  /** What the profiles of a workload's containers tell of it together. One of them at least. */
  readonly aggregateOf: (
    workload: ObjectKey,
    members: readonly ContainerProfile[],
  ) => WorkloadProfiles;
}
