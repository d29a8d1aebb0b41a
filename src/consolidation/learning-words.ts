import { ANNOTATION } from '#model/annotations.js';
import type { ContainerProfile } from '#model/profile.js';
import { byTime } from './report-chain.ts';
import type { DatedReport } from './report-merge.ts';
import { reportTimeNs } from './report-timestamp.ts';
import type { Judgement } from './series-judgement.ts';

type Annotations = Readonly<Record<string, string>>;

/** What is known of a profile after its reports were judged. */
export interface Learned {
  readonly judgement: Judgement;
  readonly reports: readonly DatedReport[];
  /** Timestamp of the newest report that was merged before; undefined when there was none. */
  readonly mergedBefore: string | undefined;
}

/**
 * The annotations with what speaks for the learning as a whole: the evidence and the words of the newest
 * report, never of one that is older than what was merged before. When the profile has become final,
 * those of the series that made it so. A complete profile has no reason to be partial.
 */
export function withLearningWords(profile: ContainerProfile, learned: Learned): ContainerProfile {
  const { [ANNOTATION.partialBecause]: before, ...others } = profile.metadata.annotations ?? {};
  const { judgement } = learned;
  const said = speakerOf(learned)?.profile.metadata.annotations ?? {};
  const evidence = said[ANNOTATION.evidence];
  const because = judgement.because ?? (said[ANNOTATION.partialBecause] || before);
  const isPartial = judgement.state.completion !== 'complete';
  const annotations: Annotations = {
    ...others,
    ...newestReport(learned),
    ...(evidence !== undefined && { [ANNOTATION.evidence]: evidence }),
    ...(isPartial && because !== undefined && { [ANNOTATION.partialBecause]: because }),
  };
  return { ...profile, metadata: { ...profile.metadata, annotations } };
}

function speakerOf({ judgement, reports, mergedBefore }: Learned): DatedReport | undefined {
  const { finalSeries } = judgement;
  const candidates =
    finalSeries === undefined ? reports : reports.filter(({ row }) => row.seriesId === finalSeries);
  const newest = newestOf(candidates);
  return newest && (finalSeries !== undefined || isNews(newest, mergedBefore)) ? newest : undefined;
}

function newestReport({ reports, mergedBefore }: Learned): Annotations {
  const newest = newestOf(reports);
  const text = newest && isNews(newest, mergedBefore) ? newest.row.reportTimestamp : mergedBefore;
  return text === undefined ? {} : { [ANNOTATION.newestReport]: text };
}

function newestOf(reports: readonly DatedReport[]): DatedReport | undefined {
  return reports.toSorted((a, b) => byTime(a.row, b.row)).at(-1);
}

function isNews({ row }: DatedReport, mergedBefore: string | undefined): boolean {
  const ns = (text: string) => reportTimeNs(text) ?? 0n;
  return mergedBefore === undefined || ns(row.reportTimestamp) >= ns(mergedBefore);
}
