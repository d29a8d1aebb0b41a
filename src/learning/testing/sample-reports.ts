import { ANNOTATION, type ProfileStatus } from '#model/annotations.js';
import type { ContainerProfile } from '#model/profile.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { NO_EVIDENCE } from '../evidence.ts';
import type { ReportedSeries } from '../report-queue.ts';
import { ReportSeries } from '../report-series.ts';
import { aContainer } from './observed.ts';

/** One series of reports of a container, as its learning would make them: complete so far. */
export class SampleSeries {
  readonly about: ReportedSeries;
  readonly #series: ReportSeries;

  constructor(containerId: string, seed = 1) {
    const parts = {
      clock: new VirtualClock(1_750_000_000_000),
      random: seededRandom(seed),
      learningPeriodMs: 60_000,
      clusterName: '',
      architecture: '',
    };
    const container = aContainer({ id: containerId });
    const { profileName } = container;
    this.#series = new ReportSeries(container, parts);
    const seriesId = this.#series.id;
    this.about = { seriesId, containerId, profileName, agentRestarts: 0, sawStart: true };
  }

  /** The next report, with one open for each path. */
  next(paths: readonly string[], status: ProfileStatus = 'ready'): ContainerProfile {
    const opens = paths.map((path) => ({ path, flags: ['O_RDONLY'] }));
    const standing = { status, evidence: NO_EVIDENCE, partialBecause: undefined };
    const draft = this.#series.draft({ execs: [], opens }, standing);
    this.#series.follow(draft);
    return draft.report;
  }
}

/** One annotation of a report, by the last part of its key. */
export function annotationOf(
  report: ContainerProfile | undefined,
  key: keyof typeof ANNOTATION,
): string | undefined {
  return report?.metadata.annotations?.[ANNOTATION[key]];
}

export function pathsOf(report: ContainerProfile | undefined): readonly string[] {
  return (report?.spec.opens ?? []).map(({ path }) => path);
}
