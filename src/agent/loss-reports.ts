import type { Learner } from '#learning/learner.js';
import type { Container } from '#model/container.js';
import type { DropReason, EventAccounting } from '#model/event-accounting.js';

/** The sensor itself had no room for these events, and knows that they were not told. */
const LOST_BY_SENSOR: ReadonlySet<DropReason> = new Set([
  'container-share',
  'kernel-buffer-full-of-one',
]);

interface LossReportsParts {
  readonly accounting: EventAccounting;
  readonly learner: () => Pick<Learner, 'lossOccurred'>;
  /** So many events of a container found its share of the kernel's buffer full. */
  readonly onShareLost: (container: Container, count: number) => void;
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

  /** Events of a container that is known, or was until a moment ago, were lost. */
  ofContainer(container: Container, count: number, reason: DropReason): void {
    const { learner, onShareLost, onUnseen } = this.#parts;
    const isSensors = LOST_BY_SENSOR.has(reason);
    learner().lossOccurred(count, container.id, isSensors ? 'lost' : 'dropped');
    if (reason === 'container-share') onShareLost(container, count);
    // The sensor believes that they were seen, and would set their like aside; a system call for ever. What it lost itself it does not.
    if (!isSensors) onUnseen(container.id);
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
