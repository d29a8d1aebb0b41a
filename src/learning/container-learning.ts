import { AgentError } from '#model/agent-error.js';
import type { ProfileCompletion, ProfileStatus } from '#model/annotations.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { LearningEvidence } from '#model/learning-evidence.js';
import { Backoff } from '#runtime/backoff.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { jittered, type Random } from '#runtime/random.js';
import { Alarm } from './alarm.ts';
import { partialBecause } from './evidence.ts';
import { DEFAULT_BOUNDS, type LearningOptions, type LearningState } from './options.ts';
import { entriesOf, type Observed } from './recording/observed.ts';
import { Recording } from './recording.ts';
import type { ReportQueue } from './report-queue.ts';
import { type Draft, ReportSeries, type Standing } from './report-series.ts';

/** What a container's learning takes from the learner. */
export interface Surroundings {
  readonly queue: ReportQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly options: LearningOptions;
  /** A report was put into the queue. */
  readonly onQueued: () => void;
  /** The queue did not take a report. */
  readonly onHeldUp: () => void;
}

/** What a container's learning begins with. */
export interface Beginning {
  readonly learningPeriodMs: number;
  /** How often the agent started anew while the container ran. */
  readonly agentRestarts: number;
  /** The container's beginning was seen, by this run of the agent or an earlier one. */
  readonly sawStart: boolean;
}

/** Waits between tries while the queue takes nothing. */
const RETRY = { firstMs: 1_000, maxMs: 60_000 };

/** How events can be missed: the kernel could not deliver them, or we had no room for them. */
export type LossKind = 'lost' | 'dropped';

/**
 * Learns one run of one container: records what it does, and puts a report into the queue at the first
 * delay, then period by period, and a last one when its learning period or the container itself ends.
 * What the queue does not take is kept and tried again; the next report follows the last one queued.
 */
export class ContainerLearning {
  readonly container: Container;
  readonly #beginning: Beginning;
  readonly #around: Surroundings;
  readonly #recording: Recording;
  readonly #series: ReportSeries;
  readonly #alarm: Alarm;
  readonly #backoff: Backoff;
  readonly #sinceMs: number;
  /** Taken out of the recording, and not taken by the queue. */
  #held: Observed | undefined;
  #isEarlyAllowed = true;
  /** How the container stands in the last report that was queued. */
  #reported: { readonly status: ProfileStatus; readonly completion?: ProfileCompletion } = {
    status: 'initializing',
  };
  #closing: 'completed' | 'failed' | undefined;
  #exitCode: number | undefined;
  #cancelExitWait: Cancel | undefined;
  #isStopping = false;
  #isOver = false;
  #saves = 0;
  #failures = 0;
  readonly #missed = { lost: 0, dropped: 0 };

  constructor(container: Container, beginning: Beginning, around: Surroundings) {
    const { clock, random, options } = around;
    const { learningPeriodMs } = beginning;
    this.container = container;
    this.#beginning = beginning;
    this.#around = around;
    this.#recording = new Recording({ ...DEFAULT_BOUNDS, ...options });
    const { clusterName = '', architecture = '' } = options;
    const parts = { clock, random, learningPeriodMs, clusterName, architecture };
    this.#series = new ReportSeries(container, parts);
    this.#alarm = new Alarm(clock);
    this.#backoff = new Backoff(RETRY, random);
    this.#sinceMs = clock.now();
  }

  get seriesId(): string {
    return this.#series.id;
  }

  /** More is known about the container, its workload for example. */
  describe(container: Container): void {
    this.#series.describe(container);
  }

  /** Nothing more will be recorded or queued. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** What happens now goes into a profile. */
  get isRecording(): boolean {
    return this.#closing === undefined && !this.#isOver;
  }

  /** The queue did not take the last report that there was. */
  get isHeldUp(): boolean {
    return this.#held !== undefined && !this.#isOver;
  }

  observe(attributed: AttributedEvent): void {
    if (!this.isRecording) return;
    const { event } = attributed;
    if (event.type === 'exit') {
      if (event.pid === this.container.pid) this.#noteExit(event.exitCode || event.signal);
      return;
    }
    this.#recording.observe(attributed);
    if (this.#isEarlyAllowed && this.#recording.isFull) this.#alarm.ring();
  }

  /** A rule's policy is to allow this process from now on. */
  notePolicy(ruleId: string, processName: string): void {
    if (this.isRecording) this.#recording.notePolicy(ruleId, processName);
  }

  /** Events were missed that may have been this container's. */
  lose(count: number, kind: LossKind): void {
    if (!this.#isOver) this.#missed[kind] += count;
  }

  /** The container is gone. Without an exit code it is waited for, as long as configured. */
  exited(exitCode: number | undefined): void {
    const known = exitCode ?? this.#exitCode;
    if (known !== undefined) {
      this.#close(known === 0 ? 'completed' : 'failed');
      return;
    }
    const { clock, options } = this.#around;
    this.#cancelExitWait ??= clock.schedule(options.finalExitWaitMs, () => this.#close('failed'));
  }

  /** Makes {@link run} settle after one more try to queue what there is. */
  stop(): void {
    this.#isStopping = true;
    if (this.#cancelExitWait !== undefined) this.#close('failed');
    this.#alarm.ring();
  }

  /** Makes {@link run} settle; what was not queued is given up. */
  discard(): void {
    this.#isOver = true;
    this.#alarm.ring();
  }

  /** A report of this series was tried: it is stored, or not. */
  tried(isStored: boolean): void {
    if (isStored) this.#saves += 1;
    this.#failures = isStored ? 0 : this.#failures + 1;
  }

  state(): LearningState {
    const { evidence, partialBecause: because } = this.#standing;
    const queued = this.#around.queue.reportsOf(this.seriesId);
    const inQueue = queued.reduce((sum, { entries }) => sum + entries, 0);
    return {
      containerId: this.container.id,
      profileName: this.container.profileName,
      namespace: this.container.namespace,
      sinceMs: this.#sinceMs,
      status: this.#closing ?? this.#reported.status,
      completion: because === undefined ? 'complete' : 'partial',
      evidence,
      partialBecause: because,
      saves: this.#saves,
      failures: this.#failures,
      queued: queued.length,
      unsavedEntries: this.#unqueuedEntries + inQueue,
      lostEvents: evidence.lost,
      droppedEntries: evidence.dropped,
    };
  }

  /** Settles when learning is over. Rejects with `invalid` when the container's identity makes no name. */
  async run(): Promise<void> {
    const { clock, random, options } = this.#around;
    const { learningPeriodMs } = this.#beginning;
    const cancelEnd = clock.schedule(learningPeriodMs, () => this.#close('completed'));
    try {
      let delayMs = jittered(options.initialDelayMs, options.jitterRatio, random);
      while (!this.#isOver && !this.#isStopping) {
        await this.#alarm.wait(delayMs);
        if (this.#isOver || this.#isStopping) break;
        delayMs = this.#queueAll()
          ? jittered(options.updatePeriodMs, options.jitterRatio, random)
          : this.#backoff.next();
      }
      if (!this.#isOver) this.#queueAll();
    } finally {
      this.#isOver = true;
      cancelEnd();
      this.#cancelExitWait?.();
    }
  }

  #noteExit(exitCode: number): void {
    this.#exitCode = exitCode;
    if (this.#cancelExitWait !== undefined) this.exited(exitCode);
  }

  #close(status: 'completed' | 'failed'): void {
    this.#closing ??= status;
    this.#alarm.ring();
  }

  get #evidence(): LearningEvidence {
    const { seen, dropped, truncated } = this.#recording;
    return {
      seen,
      lost: this.#missed.lost,
      dropped: this.#missed.dropped + dropped,
      truncated,
      coveredMs: Math.max(0, Math.floor(this.#around.clock.now() - this.#sinceMs)),
      agentRestarts: this.#beginning.agentRestarts,
    };
  }

  /** A store takes nothing after the last report, so only the one that leaves nothing behind says so. */
  get #standing(): Standing {
    const evidence = this.#evidence;
    const isAll = this.#recording.entries === 0;
    return {
      status: (isAll ? this.#closing : undefined) ?? 'ready',
      evidence,
      partialBecause: partialBecause(evidence, this.#beginning.sawStart),
    };
  }

  get #unqueuedEntries(): number {
    return this.#recording.entries + (this.#held === undefined ? 0 : entriesOf(this.#held));
  }

  get #hasNews(): boolean {
    const { status, partialBecause: because } = this.#standing;
    const completion = because === undefined ? 'complete' : 'partial';
    return (
      this.#unqueuedEntries > 0 ||
      status !== this.#reported.status ||
      completion !== this.#reported.completion
    );
  }

  /** Queues what is new: one report, or as many as it takes. False when the queue did not take it all. */
  #queueAll(): boolean {
    while (this.#hasNews) {
      const isLeftOver = this.#held !== undefined;
      const observed = this.#held ?? this.#recording.take();
      this.#held = observed;
      this.#isEarlyAllowed = this.#queue(observed);
      if (!this.#isEarlyAllowed) return false;
      const isLast = this.#closing !== undefined || this.#isStopping;
      if (!isLeftOver && !isLast && !this.#recording.isFull) break;
    }
    if (this.#closing !== undefined) this.#isOver = true;
    return true;
  }

  #queue(observed: Observed): boolean {
    const { queue, log, onQueued, onHeldUp } = this.#around;
    const standing = this.#standing;
    const draft = this.#series.draft(observed, standing);
    try {
      this.#put(queue, draft);
    } catch (reason) {
      const { id, profileName } = this.container;
      this.#failures += 1;
      log.warn('report not queued yet', {
        container: id,
        profile: profileName,
        ...errorFields(AgentError.from(reason)),
      });
      onHeldUp();
      return false;
    }
    this.#series.follow(draft);
    this.#held = undefined;
    this.#backoff.reset();
    const completion = standing.partialBecause === undefined ? 'complete' : 'partial';
    this.#reported = { status: standing.status, completion };
    onQueued();
    return true;
  }

  #put(queue: ReportQueue, { report }: Draft): void {
    const { agentRestarts, sawStart } = this.#beginning;
    const { id: containerId, profileName } = this.container;
    const { seriesId } = this;
    queue.put(report, { seriesId, containerId, profileName, agentRestarts, sawStart });
  }
}
