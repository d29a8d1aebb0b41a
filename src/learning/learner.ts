import { AgentError } from '#model/agent-error.js';
import { POD_LABEL } from '#model/annotations.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container, ContainerExit } from '#model/container.js';
import type { ProfileStore } from '#model/profile-store.js';
import { inBackground } from '#runtime/background.js';
import type { Clock } from '#runtime/clock.js';
import { parseDuration } from '#runtime/duration.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import {
  type Beginning,
  ContainerLearning,
  type LossKind,
  type Surroundings,
} from './container-learning.ts';
import { DEFAULT_BOUNDS, type LearningOptions, type LearningState, type Saved } from './options.ts';
import type { QueuedReport, SetAsideReport } from './queued-report.ts';
import type { QueueState, ReportQueue } from './report-queue.ts';
import { ReportWriter } from './report-writer.ts';
import { SAVE_RESULTS, type SaveResult } from './save-report.ts';

/** What a learner is made from. */
export interface LearnerParts {
  readonly store: Pick<ProfileStore, 'create' | 'get'>;
  /** Reports on their way; what it holds from an earlier run of the agent is stored first. */
  readonly queue: ReportQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly options: LearningOptions;
  /** Called after each report that was stored. What it throws is logged. */
  readonly onSaved?: (saved: Saved) => void;
  /** Told while reports are set aside (`reports-set-aside`) and while the queue takes none (`report-queue`). */
  readonly health?: Pick<Health, 'set' | 'clear'> | undefined;
}

interface Learned {
  readonly learning: ContainerLearning;
  readonly ended: Promise<void>;
  isGone: boolean;
}

/** Bad labels that are remembered so that each is warned about once. */
const MAX_WARNED = 1_000;

/**
 * Learns what the containers of this node do and brings it to the store as time series, through a queue
 * that outlives the process. Containers are independent of each other: a report that hangs or fails holds
 * up none but its own series.
 */
export class Learner {
  readonly #around: Surroundings;
  readonly #writer: ReportWriter;
  readonly #health: LearnerParts['health'];
  readonly #stopping = new AbortController();
  readonly #learned = new Map<string, Learned>();
  readonly #results: Record<SaveResult, number>;
  readonly #warned = new Set<string>();
  #splits = 0;
  #isStopping = false;

  constructor({ onSaved, health, ...parts }: LearnerParts) {
    this.#health = health;
    this.#results = Object.fromEntries(SAVE_RESULTS.map((result) => [result, 0])) as Record<
      SaveResult,
      number
    >;
    this.#writer = new ReportWriter({
      ...parts,
      callBudgetMs: parts.options.callBudgetMs,
      signal: this.#stopping.signal,
      onResult: (queued, result) => {
        this.#tried(queued, result);
        this.#tellOfPoison();
        if (result === 'stored') onSaved?.(savedOf(queued));
      },
      onSplit: () => {
        this.#splits += 1;
      },
    });
    this.#around = {
      ...parts,
      onQueued: () => {
        health?.clear('report-queue');
        this.#writer.wake();
      },
      onHeldUp: () => {
        health?.set('report-queue', 'learned reports cannot be queued: see the log for the reason');
        this.#forgetGone();
      },
    };
    this.#tellOfPoison();
    this.#writer.wake();
  }

  /**
   * Begins to learn a container, unless it is a sandbox or its pod names a profile for it. A container
   * that is learned already keeps the identity it came with; a pod label that came later ends its learning.
   */
  containerAdded(container: Container): void {
    const known = this.#learned.get(container.id);
    if (container.kind === 'sandbox' || container.pod?.labels[POD_LABEL.userDefinedProfile]) {
      if (known !== undefined) this.#discard(known.learning);
      return;
    }
    known?.learning.describe(container);
    if (known !== undefined || this.#isStopping) return;
    const learning = new ContainerLearning(container, this.#beginningOf(container), this.#around);
    const ended = inBackground('learning a container', this.#around.log, () => learning.run());
    const learned: Learned = { learning, ended, isGone: false };
    this.#learned.set(container.id, learned);
    void ended.then(() => this.#forgetGone());
  }

  /** One that is known from before and runs still was learned by this agent before it was started anew. */
  #beginningOf(container: Container): Beginning {
    const before = container.preExisting ? this.#around.queue.known(container.id) : undefined;
    return {
      learningPeriodMs: this.#learningPeriodOf(container),
      agentRestarts: before === undefined ? 0 : before.agentRestarts + 1,
      sawStart: before?.sawStart ?? !container.preExisting,
    };
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

  /** What this container does now goes into a profile. */
  isRecording(containerId: string): boolean {
    return this.#learned.get(containerId)?.learning.isRecording ?? false;
  }

  /** A process of a container did what a rule with a policy looks for: its profile is to allow that. */
  notePolicy(containerId: string, ruleId: string, processName: string): void {
    this.#learned.get(containerId)?.learning.notePolicy(ruleId, processName);
  }

  /**
   * Events of a container were missed; without `containerId` nobody knows whose, and every container being
   * learned becomes partial. `lost`: the kernel could not deliver them. `dropped`: we had no room for them.
   */
  lossOccurred(count: number, containerId?: string, kind: LossKind = 'lost'): void {
    if (count <= 0) return;
    if (containerId !== undefined) {
      this.#learned.get(containerId)?.learning.lose(count, kind);
      return;
    }
    for (const { learning } of this.#learned.values()) learning.lose(count, kind);
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

  /** Reports that were split because the store takes no request as large. */
  get splits(): number {
    return this.#splits;
  }

  /** How full the queue of reports is. */
  queueState(): QueueState {
    return this.#around.queue.state();
  }

  /** Reports that no store took and that are kept for people, with the reason. */
  get poison(): readonly SetAsideReport[] {
    return this.#around.queue.poison;
  }

  /**
   * Ends all learning after a last report of what is not queued yet, and tries to store what the queue
   * holds: never longer than two call budgets. What is not stored by then stays in the queue's file.
   */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const { clock, options } = this.#around;
    const cancel = clock.schedule(2 * options.callBudgetMs, () => this.#stopping.abort());
    const all = [...this.#learned.values()];
    for (const { learning } of all) learning.stop();
    await Promise.all(all.map(({ ended }) => ended));
    await this.#writer.stop();
    cancel();
    this.#stopping.abort();
  }

  #tried({ containerId, seriesId }: QueuedReport, result: SaveResult): void {
    this.#results[result] += 1;
    const learning = this.#learned.get(containerId)?.learning;
    if (learning?.seriesId !== seriesId) return;
    if (result !== 'completed' && result !== 'too-large') {
      learning.tried(result === 'stored');
      return;
    }
    if (learning.isOver) return;
    const { profileName } = learning.container;
    this.#around.log.info('learning ended by the store', { containerId, profileName, result });
    this.#discard(learning);
  }

  #tellOfPoison(): void {
    const { length } = this.poison;
    const newest = this.poison.at(-1);
    if (newest === undefined) return;
    const { id, reason } = newest;
    this.#health?.set('reports-set-aside', `${length} set aside; the newest, ${id}: ${reason}`);
  }

  /** Nothing of it is wanted any more. */
  #discard(learning: ContainerLearning): void {
    learning.discard();
    const { queue, log } = this.#around;
    try {
      queue.dropSeries(learning.seriesId);
      queue.end(learning.seriesId);
    } catch (reason) {
      log.warn('report queue not written', errorFields(AgentError.from(reason)));
    }
  }

  /** Drops containers that are gone and over; and the oldest that are gone and wait for the queue, beyond the bound. */
  #forgetGone(): void {
    const waiting: ContainerLearning[] = [];
    for (const [id, { learning, isGone }] of this.#learned) {
      if (!isGone) continue;
      if (learning.isOver) this.#learned.delete(id);
      else if (learning.isHeldUp) waiting.push(learning);
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

function savedOf({ containerId, profileName, namespace, status }: QueuedReport): Saved {
  return { containerId, profileName, namespace, status };
}
