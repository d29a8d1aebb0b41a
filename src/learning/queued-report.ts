import { ANNOTATION, type ProfileStatus, ZERO_TIME } from '#model/annotations.js';
import type { ContainerProfile } from '#model/profile.js';
import { entriesOf } from './recording/observed.ts';
import { reportTimeNs } from './report-time.ts';
import { observedIn } from './split-report.ts';

/** A report that waits for the store, without its content. */
export interface QueuedReport {
  /** `namespace/name` of the report. */
  readonly id: string;
  /** Rises with every report put; parts of a report that was split keep its number. */
  readonly order: number;
  readonly seriesId: string;
  readonly containerId: string;
  readonly namespace: string;
  /** Stable name of the profile that it belongs to. */
  readonly profileName: string;
  readonly status: ProfileStatus;
  /** Timestamp of the report before it: not that in the report itself when one in between was given up. */
  readonly previous: string;
  readonly timestamp: string;
  /** Entries of earlier reports of its series that were given up: they add to what its evidence says. */
  readonly dropped: number;
  readonly entries: number;
  readonly sizeBytes: number;
  /** Milliseconds since the Unix epoch. */
  readonly queuedMs: number;
  /** How often it was split to become what it is. */
  readonly depth: number;
}

/** What the queue remembers of a series of reports that is not at its end. */
export interface SeriesRecord {
  readonly seriesId: string;
  readonly containerId: string;
  /** How often the agent started anew while the container ran. */
  readonly agentRestarts: number;
  /** The container's beginning was seen, by this run of the agent or an earlier one. */
  readonly sawStart: boolean;
  /** Entries of reports that were given up, over the life of the series. */
  readonly dropped: number;
  /** The newest report put was given up: the next one follows what that one followed. */
  readonly nextPrevious?: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly updatedMs: number;
}

/** A report that no store took and that nothing will change. */
export interface SetAsideReport extends QueuedReport {
  readonly reason: string;
  /** Milliseconds since the Unix epoch. */
  readonly setAsideMs: number;
}

/** What is known of a report beside what it says itself. */
type QueuedAs = Pick<
  QueuedReport,
  'order' | 'seriesId' | 'containerId' | 'profileName' | 'dropped' | 'queuedMs' | 'depth'
>;

/** A report as it stands in the queue; `body` is its JSON. */
export function queuedReport(
  { metadata, spec }: ContainerProfile,
  body: string,
  { order, seriesId, containerId, profileName, dropped, queuedMs, depth }: QueuedAs,
): QueuedReport {
  const annotations = metadata.annotations ?? {};
  return {
    id: `${metadata.namespace}/${metadata.name}`,
    order,
    seriesId,
    containerId,
    namespace: metadata.namespace,
    profileName,
    status: (annotations[ANNOTATION.status] ?? 'ready') as ProfileStatus,
    previous: annotations[ANNOTATION.previousReportTimestamp] ?? ZERO_TIME,
    timestamp: annotations[ANNOTATION.reportTimestamp] ?? '',
    dropped,
    entries: entriesOf(observedIn(spec)),
    sizeBytes: Buffer.byteLength(body),
    queuedMs,
    depth,
  };
}

/** True for the report that ends its series. */
export function isLastReport({ status }: QueuedReport): boolean {
  return status !== 'ready';
}

/** By the moment of the report: the order in which a store is to get the reports of one series. */
export function byReportTime(one: QueuedReport, other: QueuedReport): number {
  const [a, b] = [reportTimeNs(one.timestamp), reportTimeNs(other.timestamp)];
  if (a === b) return one.order - other.order;
  return a < b ? -1 : 1;
}

/**
 * The report as it is to be stored: when reports before it were given up it follows the one before
 * those, is partial, and its evidence counts what they held.
 */
export function amendedReport(report: ContainerProfile, queued: QueuedReport): ContainerProfile {
  const { metadata } = report;
  const chained = {
    ...metadata.annotations,
    [ANNOTATION.previousReportTimestamp]: queued.previous,
  };
  const annotations = queued.dropped === 0 ? chained : withDropped(chained, queued.dropped);
  return { ...report, metadata: { ...metadata, annotations } };
}

function withDropped(
  annotations: Readonly<Record<string, string>>,
  count: number,
): Readonly<Record<string, string>> {
  const because = annotations[ANNOTATION.partialBecause];
  const reason = `${count} ${count === 1 ? 'entry' : 'entries'} given up with their reports`;
  return {
    ...annotations,
    [ANNOTATION.evidence]: evidenceWith(annotations[ANNOTATION.evidence], count),
    [ANNOTATION.completion]: 'partial',
    [ANNOTATION.partialBecause]: because ? `${because}; ${reason}` : reason,
  };
}

function evidenceWith(text: string | undefined, count: number): string {
  const evidence = JSON.parse(text ?? '{}') as { readonly dropped?: number };
  return JSON.stringify({ ...evidence, dropped: (evidence.dropped ?? 0) + count });
}
