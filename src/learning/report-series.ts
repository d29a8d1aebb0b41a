import type { ProfileCompletion, ProfileStatus } from '#model/annotations.js';
import type { Container } from '#model/container.js';
import type { ContainerProfile } from '#model/profile.js';
import type { Clock } from '#runtime/clock.js';
import { type Random, uuidFrom } from '#runtime/random.js';
import type { Observed } from './recording.ts';
import { reportOf } from './report.ts';

/** How a container stands at the time of a report. */
export interface Standing {
  readonly status: ProfileStatus;
  readonly completion: ProfileCompletion;
}

/** A report that is to be stored, under the one name that it will ever be tried with. */
export interface Draft {
  readonly report: ContainerProfile;
  readonly reportMs: number;
  readonly standing: Standing;
  readonly observed: Observed;
}

interface SeriesParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly learningPeriodMs: number;
  readonly clusterName: string;
}

/**
 * The reports of one run of a container, chained: each names the time of the one that was stored
 * before it, so that a store sees whether one is missing. Times rise strictly, whatever the clock does.
 */
export class ReportSeries {
  readonly #container: Container;
  readonly #parts: SeriesParts;
  readonly #seriesId: string;
  #storedMs: number | undefined;

  constructor(container: Container, parts: SeriesParts) {
    this.#container = container;
    this.#parts = parts;
    this.#seriesId = uuidFrom(parts.random);
  }

  /** The next report. Throws `invalid` when the container's identity makes no name. */
  draft(observed: Observed, standing: Standing): Draft {
    const { clock, random, learningPeriodMs, clusterName } = this.#parts;
    // Timestamps have milliseconds, so a time that differs by less would be the same one.
    const nowMs = Math.floor(clock.now());
    const reportMs = Math.max(nowMs, (this.#storedMs ?? Number.NEGATIVE_INFINITY) + 1);
    const report = reportOf(this.#container, {
      hex32: random.hex32(),
      seriesId: this.#seriesId,
      previousReportMs: this.#storedMs,
      reportMs,
      ...standing,
      learningPeriodMs,
      clusterName,
      observed,
    });
    return { report, reportMs, standing, observed };
  }

  /** The draft was stored: the next report follows it. */
  follow(draft: Draft): void {
    this.#storedMs = draft.reportMs;
  }
}
