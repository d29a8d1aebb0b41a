import type { ProfileStatus } from '#model/annotations.js';
import type { Container } from '#model/container.js';
import type { LearningEvidence } from '#model/learning-evidence.js';
import type { ContainerProfile } from '#model/profile.js';
import type { Clock } from '#runtime/clock.js';
import { type Random, uuidFrom } from '#runtime/random.js';
import type { Observed } from './recording/observed.ts';
import { reportOf } from './report.ts';

/** How a container stands at the time of a report. */
export interface Standing {
  readonly status: ProfileStatus;
  readonly evidence: LearningEvidence;
  /** Why it is partial; undefined when nothing is missing. */
  readonly partialBecause: string | undefined;
}

/** A report that may become the next one of its series. */
export interface Draft {
  readonly report: ContainerProfile;
  readonly reportMs: number;
}

interface SeriesParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly learningPeriodMs: number;
  readonly clusterName: string;
  readonly architecture: string;
}

/**
 * The reports of one run of a container, chained: each names the time of the one that was queued
 * before it, so that a store sees whether one is missing. Times rise strictly, whatever the clock does.
 */
export class ReportSeries {
  readonly id: string;
  #container: Container;
  readonly #parts: SeriesParts;
  #queuedMs: number | undefined;

  constructor(container: Container, parts: SeriesParts) {
    this.#container = container;
    this.#parts = parts;
    this.id = uuidFrom(parts.random);
  }

  /** More is known about the container: later reports say it. Its profile's name stays the same. */
  describe(container: Container): void {
    if (container.profileName === this.#container.profileName) this.#container = container;
  }

  /** The next report. Throws `invalid` when the container's identity makes no name. */
  draft(observed: Observed, standing: Standing): Draft {
    const { clock, random, learningPeriodMs, clusterName, architecture } = this.#parts;
    // Timestamps have milliseconds, so a time that differs by less would be the same one.
    const nowMs = Math.floor(clock.now());
    const reportMs = Math.max(nowMs, (this.#queuedMs ?? Number.NEGATIVE_INFINITY) + 1);
    const report = reportOf(this.#container, {
      hex32: random.hex32(),
      seriesId: this.id,
      previousReportMs: this.#queuedMs,
      reportMs,
      standing,
      learningPeriodMs,
      clusterName,
      architecture,
      observed,
    });
    return { report, reportMs };
  }

  /** The draft is durable: the next report follows it. */
  follow(draft: Draft): void {
    this.#queuedMs = draft.reportMs;
  }
}
