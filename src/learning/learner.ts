import { POD_LABEL } from '#model/annotations.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container, ContainerExit } from '#model/container.js';
import type { ProfileStore } from '#model/profile-store.js';
import { inBackground } from '#runtime/background.js';
import type { Clock } from '#runtime/clock.js';
import { parseDuration } from '#runtime/duration.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { ContainerLearning, type Surroundings } from './container-learning.ts';
import { DEFAULT_BOUNDS, type LearningOptions, type LearningState, type Saved } from './options.ts';
import { SAVE_RESULTS, type SaveResult } from './save-report.ts';

interface LearnerParts {
  readonly store: Pick<ProfileStore, 'create' | 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly options: LearningOptions;
  /** Called after each report that was stored. What it throws is logged. */
  readonly onSaved?: (saved: Saved) => void;
}

interface Learned {
  readonly learning: ContainerLearning;
  readonly ended: Promise<void>;
  isGone: boolean;
}

/** Bad labels that are remembered so that each is warned about once. */
const MAX_WARNED = 1_000;

/**
 * Learns what the containers of this node do and writes it to the store as time series. Containers
 * are independent of each other: a report that hangs or fails holds up none but its own.
 */
export class Learner {
  readonly #around: Surroundings;
  readonly #stopping = new AbortController();
  readonly #learned = new Map<string, Learned>();
  readonly #results: Record<SaveResult, number>;
  readonly #warned = new Set<string>();
  #isStopping = false;

  constructor({ onSaved, ...parts }: LearnerParts) {
    this.#results = Object.fromEntries(SAVE_RESULTS.map((result) => [result, 0])) as Record<
      SaveResult,
      number
    >;
    this.#around = {
      ...parts,
      signal: this.#stopping.signal,
      onResult: (result) => {
        this.#results[result] += 1;
      },
      onSaved: (saved) => {
        try {
          onSaved?.(saved);
        } catch (error) {
          parts.log.error('listener of stored reports failed', errorFields(error));
        }
      },
    };
  }

  /**
   * Begins to learn a container, unless it is a sandbox or its pod names a profile for it. A container
   * that is learned already keeps the identity it came with; a pod label that came later ends its learning.
   */
  containerAdded(container: Container): void {
    const known = this.#learned.get(container.id);
    if (container.kind === 'sandbox' || container.pod?.labels[POD_LABEL.userDefinedProfile]) {
      known?.learning.discard();
      return;
    }
    if (known !== undefined || this.#isStopping) return;
    const period = this.#learningPeriodOf(container);
    const learning = new ContainerLearning(container, period, this.#around);
    const ended = inBackground('learning a container', this.#around.log, () => learning.run());
    const learned: Learned = { learning, ended, isGone: false };
    this.#learned.set(container.id, learned);
    void ended.then(() => this.#forgetGone());
  }

  /**
   * The container is gone; its last report is on its way. May be called again when the exit code
   * becomes known later.
   */
  containerRemoved({
    containerId,
    exitCode,
  }: ContainerExit & { readonly containerId: string }): void {
    const learned = this.#learned.get(containerId);
    if (learned === undefined) return;
    learned.isGone = true;
    learned.learning.exited(exitCode);
    this.#forgetGone();
  }

  /** Records an event of a container that is learned. Synchronous, and cheap for what is known. */
  observe(event: AttributedEvent): void {
    this.#learned.get(event.container.id)?.learning.observe(event);
  }

  /** Events of a container were lost; without `containerId` nobody knows whose, and every container being learned becomes partial. */
  lossOccurred(count: number, containerId?: string): void {
    if (count <= 0) return;
    if (containerId !== undefined) {
      this.#learned.get(containerId)?.learning.lose(count);
      return;
    }
    for (const { learning } of this.#learned.values()) learning.lose(count);
  }

  /** The containers whose learning is not over. */
  learning(): readonly LearningState[] {
    return [...this.#learned.values()]
      .filter(({ learning }) => !learning.isOver)
      .map(({ learning }) => learning.state());
  }

  /** Tries to store reports, by what became of them. */
  get results(): Readonly<Record<SaveResult, number>> {
    return this.#results;
  }

  /**
   * Ends all learning after a last report of what is not stored yet: two calls a container at most, all
   * containers at once, and never longer than two call budgets.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const { clock, options } = this.#around;
    const cancel = clock.schedule(2 * options.callBudgetMs, () => this.#stopping.abort());
    const all = [...this.#learned.values()];
    for (const { learning } of all) learning.stop();
    await Promise.all(all.map(({ ended }) => ended));
    cancel();
    this.#stopping.abort();
  }

  /** Drops containers that are gone and over; and the oldest that are gone and wait for the store, beyond the bound. */
  #forgetGone(): void {
    const waiting: ContainerLearning[] = [];
    for (const [id, { learning, isGone }] of this.#learned) {
      if (!isGone) continue;
      if (learning.isOver) this.#learned.delete(id);
      else waiting.push(learning);
    }
    const bound = this.#around.options.maxUnsaved ?? DEFAULT_BOUNDS.maxUnsaved;
    for (const learning of waiting.slice(0, Math.max(0, waiting.length - bound))) {
      const { profileName } = learning.container;
      this.#around.log.warn('last report given up, too many wait', { profile: profileName });
      learning.discard();
    }
  }

  #learningPeriodOf(container: Container): number {
    const usual = this.#around.options.learningPeriodMs;
    const text = container.pod?.labels[POD_LABEL.maxSniffingTime];
    if (text === undefined || text === '') return usual;
    try {
      const periodMs = parseDuration(text, `pod label ${POD_LABEL.maxSniffingTime}`);
      if (periodMs > 0) return periodMs;
      this.#warnOnce(container, text, 'expected more than nothing');
    } catch (error) {
      this.#warnOnce(container, text, error);
    }
    return usual;
  }

  #warnOnce({ namespace, workloadName }: Container, text: string, reason: unknown): void {
    const key = `${namespace}/${workloadName}=${text}`;
    if (this.#warned.has(key) || this.#warned.size >= MAX_WARNED) return;
    this.#warned.add(key);
    const subject = { namespace, workload: workloadName };
    this.#around.log.warn('pod label ignored', { ...subject, ...errorFields(reason) });
  }
}
