import { AgentError } from '#model/agent-error.js';
import { ANNOTATION, LABEL } from '#model/annotations.js';
import type { FullMeta, ObjectMeta } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { parseDuration } from '#runtime/duration.js';
import { claimOf } from './report-claim.ts';
import { isZeroReportTime, reportTimeMs, reportTimeNs } from './report-timestamp.ts';

/** What the store remembers of one report, or of several that follow each other without a gap. */
export interface TimeSeriesRow {
  readonly namespace: string;
  /** Name of the profile that the series belongs to. */
  readonly profileName: string;
  /** One container run. */
  readonly seriesId: string;
  /** What follows the profile's name in the name of the (newest) report. */
  readonly suffix: string;
  /** End of what it covers, as the writer spelled it: kept and compared as text. */
  readonly reportTimestamp: string;
  /** Start of what it covers: the timestamp of the report before, or a zero time. */
  readonly previousReportTimestamp: string;
  /** Status and completion that the (newest) report had. */
  readonly status: string;
  readonly completion: string;
  /** Why the (newest) report is partial, in its own words; empty when it does not say. */
  readonly because: string;
  /** How long the (newest) report says that the container is learned; 0 when it does not. */
  readonly learningPeriodMs: number;
  /** Nothing continued it in time. It is kept in case that something does all the same. */
  readonly isGivenUp: boolean;
  /** The report itself is still stored: its content has not been merged. */
  readonly hasData: boolean;
}

/** Bounds what one report can make the store remember. */
const MAX_WORDS = 1_000;
/** A label of more than a year counts as a year. */
const MAX_PERIOD_MS = 366 * 86_400_000;

/** When a run of reports will not be continued any more. */
export interface Expiry {
  /** Runs that ended before this moment have expired. Absent: none has. */
  readonly expiredBeforeMs?: number | undefined;
  /** The present: a run is given twice the learning period that it names, however long. Absent: names do not count. */
  readonly nowMs?: number | undefined;
}

/** What tells when a run of reports has expired. */
export type ExpiringRow = Pick<TimeSeriesRow, 'reportTimestamp' | 'learningPeriodMs' | 'isGivenUp'>;

/** True when it is time to give a run of reports up. */
export function isExpired(
  row: ExpiringRow,
  { expiredBeforeMs, nowMs = Number.POSITIVE_INFINITY }: Expiry,
): boolean {
  const endMs = reportTimeMs(row.reportTimestamp);
  if (row.isGivenUp || expiredBeforeMs === undefined || endMs === undefined) return false;
  return endMs < expiredBeforeMs && endMs + 2 * row.learningPeriodMs < nowMs;
}

/** True when the object is a report (time-series object) and not a profile by itself. */
export function isReport(kind: string, metadata: ObjectMeta): boolean {
  return kind === 'ContainerProfile' && Boolean(metadata.annotations?.[ANNOTATION.reportSeriesId]);
}

/** Where the report of a row that has data is stored. */
export function reportKeyOf(row: TimeSeriesRow): ObjectKey {
  return { namespace: row.namespace, name: `${row.profileName}-${row.suffix}` };
}

/** The profile that a row belongs to. */
export function profileKeyOf(row: TimeSeriesRow): ObjectKey {
  return { namespace: row.namespace, name: row.profileName };
}

/**
 * The row of a report. Throws `invalid` when its name has no suffix or a timestamp names no moment:
 * such a report could never be put in order; or when it has finalizers: it is removed as soon as it is merged.
 */
export function rowOf(metadata: FullMeta): TimeSeriesRow {
  const annotations = metadata.annotations ?? {};
  const cut = metadata.name.lastIndexOf('-');
  if (cut <= 0 || cut === metadata.name.length - 1) {
    throw invalid(metadata, 'metadata.name: expected <profile name>-<suffix>');
  }
  if (metadata.finalizers?.length) {
    throw invalid(metadata, 'metadata.finalizers: expected none, a report goes when it is merged');
  }
  const reportTimestamp = annotations[ANNOTATION.reportTimestamp] ?? '';
  const previousReportTimestamp = annotations[ANNOTATION.previousReportTimestamp] ?? '';
  if (isZeroReportTime(reportTimestamp) || reportTimeNs(reportTimestamp) === undefined) {
    throw invalid(metadata, timestampExpected(ANNOTATION.reportTimestamp, reportTimestamp));
  }
  if (
    !isZeroReportTime(previousReportTimestamp) &&
    reportTimeNs(previousReportTimestamp) === undefined
  ) {
    throw invalid(
      metadata,
      timestampExpected(ANNOTATION.previousReportTimestamp, previousReportTimestamp),
    );
  }
  const { completion, because } = claimOf(annotations);
  return {
    namespace: metadata.namespace,
    profileName: metadata.name.slice(0, cut),
    seriesId: annotations[ANNOTATION.reportSeriesId] ?? '',
    suffix: metadata.name.slice(cut + 1),
    reportTimestamp,
    previousReportTimestamp,
    status: annotations[ANNOTATION.status] ?? '',
    completion,
    because: because.slice(0, MAX_WORDS),
    learningPeriodMs: learningPeriodOf(metadata),
    isGivenUp: false,
    hasData: true,
  };
}

/**
 * The row to keep when a report arrives whose row is there already. A writer that had no answer
 * sends its report again; the row may by then stand for all reports before it too, and keeps that.
 */
export function rowAfterRepeat(
  existing: TimeSeriesRow | undefined,
  arrived: TimeSeriesRow,
): TimeSeriesRow {
  if (existing?.reportTimestamp !== arrived.reportTimestamp) return arrived;
  return { ...existing, hasData: true };
}

/** In whole milliseconds; 0 when there is none, or none that can be read. */
function learningPeriodOf({ labels }: ObjectMeta): number {
  const text = labels?.[LABEL.learningPeriod];
  try {
    const ms = text === undefined ? 0 : parseDuration(text, LABEL.learningPeriod);
    return Math.min(Math.round(ms), MAX_PERIOD_MS);
  } catch {
    return 0;
  }
}

function timestampExpected(field: string, text: string): string {
  return `annotation ${field}: expected an RFC 3339 or Go timestamp, got "${text}"`;
}

function invalid(metadata: ObjectMeta, problem: string): AgentError {
  return new AgentError('invalid', `report ${metadata.namespace}/${metadata.name}: ${problem}`);
}
