import type { Learner } from '#learning/learner.js';
import type { DropReason, EventAccounting } from '#model/event-accounting.js';

interface LossReportsParts {
  readonly accounting: EventAccounting;
  readonly learner: () => Pick<Learner, 'lossOccurred'>;
  /** So many events of a container found its share of the kernel's buffer full. */
  readonly onShareLost: (containerId: string, count: number) => void;
  /** Events of a container were told and never looked at. */
  readonly onUnseen: (containerId: string) => void;
}

/** Brings losses of events to those who have to know of them. */
export class LossReports {
  readonly #parts: LossReportsParts;
  #told = { lost: 0, dropped: 0 };

  constructor(parts: LossReportsParts) {
    this.#parts = parts;
  }

  /** Events of a container that is known were lost. */
  ofContainer(containerId: string, count: number, reason: DropReason): void {
    const { learner, onShareLost, onUnseen } = this.#parts;
    const isKernels = reason !== 'unknown-container';
    learner().lossOccurred(count, containerId, isKernels ? 'lost' : 'dropped');
    if (reason === 'container-share') onShareLost(containerId, count);
    // The sensor believes that they were seen, and would set their like aside; a system call for ever. What it lost itself it does not.
    if (!isKernels) onUnseen(containerId);
  }

  /** Whoever it was that missed events since the last time: what is being learned now may miss them. */
  ofUnknownOrigin(): void {
    const { accounting, learner } = this.#parts;
    const missed = accounting.missedOfUnknownOrigin;
    for (const kind of ['lost', 'dropped'] as const) {
      learner().lossOccurred(missed[kind] - this.#told[kind], undefined, kind);
    }
    this.#told = missed;
  }
}
