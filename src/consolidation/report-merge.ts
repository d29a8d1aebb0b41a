import { ANNOTATION } from '#model/annotations.js';
import type { ContainerProfile, ObjectMeta } from '#model/profile.js';
import { mergeTimeSeries } from '#profile/merge.js';
import { byTime } from './report-chain.ts';
import { reportTimeNs } from './report-timestamp.ts';
import type { TimeSeriesRow } from './time-series-row.ts';

/** A report and the row that says which time it covers. */
export interface DatedReport {
  readonly row: TimeSeriesRow;
  readonly profile: ContainerProfile;
}

/** What speaks for the learning as a whole and is not merged entry by entry. */
const NOT_MERGED: ReadonlySet<string> = new Set([ANNOTATION.evidence, ANNOTATION.partialBecause]);

/**
 * A profile with the reports added, whatever order they arrived in: entries of all; of labels, annotations,
 * image and seccomp profile those of the newest report. `mergedBefore` is the timestamp of the newest report
 * that the profile has already: what it says stands against older ones. Takes time in proportion to the
 * entries, but for the logarithm of the number of reports.
 */
export function mergeReports(
  profile: ContainerProfile,
  reports: readonly DatedReport[],
  mergedBefore: string | undefined,
): ContainerProfile {
  const inOrder = reports.toSorted((a, b) => byTime(a.row, b.row));
  const mergedNs = mergedBefore === undefined ? undefined : reportTimeNs(mergedBefore);
  const isOlder = ({ row }: DatedReport) =>
    mergedNs !== undefined && (reportTimeNs(row.reportTimestamp) ?? 0n) < mergedNs;
  const older = joined(inOrder.filter(isOlder));
  const newer = joined(inOrder.filter((report) => !isOlder(report)));
  const withOld = older === undefined ? profile : withOlder(profile, older);
  return newer === undefined ? withOld : withNewer(withOld, newer);
}

/** Pair by pair, so that no entry is copied more often than there are levels. */
function joined(reports: readonly DatedReport[]): ContainerProfile | undefined {
  let level = reports.map(({ profile }) => contentOf(profile));
  while (level.length > 1) {
    const next: ContainerProfile[] = [];
    for (const [at, newer] of level.entries()) {
      const older = level[at - 1];
      if (at % 2 === 1 && older) next.push(withNewer(older, newer));
      else if (at === level.length - 1) next.push(newer);
    }
    level = next;
  }
  return level[0];
}

/** A report as a profile of its own, without what describes only the report. */
function contentOf(report: ContainerProfile): ContainerProfile {
  const { name, namespace } = report.metadata;
  const profile = mergeTimeSeries({ ...report, metadata: { name, namespace }, spec: {} }, report);
  const annotations = Object.entries(profile.metadata.annotations ?? {});
  return {
    ...profile,
    metadata: {
      ...profile.metadata,
      annotations: Object.fromEntries(annotations.filter(([key]) => !NOT_MERGED.has(key))),
    },
  };
}

function withNewer(older: ContainerProfile, newer: ContainerProfile): ContainerProfile {
  const merged = mergeTimeSeries(older, newer);
  const { matchLabels } = newer.spec;
  return {
    ...merged,
    metadata: {
      ...merged.metadata,
      ...overlaid(merged.metadata, newer.metadata, 'labels'),
      ...overlaid(merged.metadata, newer.metadata, 'annotations'),
    },
    spec: {
      ...merged.spec,
      ...(matchLabels && { matchLabels: { ...merged.spec.matchLabels, ...matchLabels } }),
    },
  };
}

function withOlder(newer: ContainerProfile, older: ContainerProfile): ContainerProfile {
  const merged = mergeTimeSeries(newer, older);
  const { imageID, imageTag, seccompProfile } = newer.spec;
  return {
    ...merged,
    spec: {
      ...merged.spec,
      ...(imageID && { imageID }),
      ...(imageTag && { imageTag }),
      ...(seccompProfile ? { seccompProfile } : {}),
    },
  };
}

function overlaid(
  below: ObjectMeta,
  above: ObjectMeta,
  field: 'labels' | 'annotations',
): Pick<ObjectMeta, 'labels' | 'annotations'> {
  return { [field]: { ...below[field], ...above[field] } };
}
