import { errorFields, type Logger } from '#runtime/log.js';
import type { WorkSlices } from '#runtime/work-slices.js';
import type { ContainerLife } from './container-life.ts';
import type { ProfileRound } from './profile-round.ts';
import type { TaskSet } from './task-set.ts';

interface QueueParts {
  readonly round: ProfileRound;
  readonly slices: WorkSlices;
  readonly tasks: TaskSet;
  readonly log: Logger;
}

/** Containers of which a source changed, each once, to be looked at as soon as there is time. */
export class ChangeQueue {
  readonly #parts: QueueParts;
  readonly #waiting = new Set<ContainerLife>();
  #isDraining = false;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  add(life: ContainerLife): void {
    this.#waiting.add(life);
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#parts.tasks.start('changed profiles', () => this.#drain());
  }

  async #drain(): Promise<void> {
    try {
      for (const life of this.#waiting) {
        await this.#parts.slices.turn();
        this.#waiting.delete(life);
        if (!life.signal.aborted) this.#look(life);
      }
    } finally {
      this.#isDraining = false;
    }
  }

  #look(life: ContainerLife): void {
    const { round, tasks, log } = this.#parts;
    try {
      if (round.settlesWithoutCall(life)) return;
      tasks.start('container profile', () => round.follow(life));
    } catch (reason) {
      const { containerId } = life;
      log.error('change cannot be followed', { containerId, ...errorFields(reason) });
    }
  }
}
