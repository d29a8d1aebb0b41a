import type { AgentError } from '#model/agent-error.js';
import type { ProfileCompletion, ProfileStatus } from '#model/annotations.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { ProfileStore } from '#model/profile-store.js';
import { Backoff } from '#runtime/backoff.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { jittered, type Random } from '#runtime/random.js';
import { Alarm } from './alarm.ts';
import { DEFAULT_BOUNDS, type LearningOptions, type LearningState, type Saved } from './options.ts';
import { Recording } from './recording.ts';
import { type Draft, ReportSeries, type Standing } from './report-series.ts';
import { type SaveResult, saveReport } from './save-report.ts';

/** What a container's learning takes from the learner. */
export interface Surroundings {
  readonly store: Pick<ProfileStore, 'create' | 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly options: LearningOptions;
  /** Ends every call under way. */
  readonly signal: AbortSignal;
  readonly onResult: (result: SaveResult) => void;
  readonly onSaved: (saved: Saved) => void;
}

/** Waits between tries while the store is away. */
const RETRY = { firstMs: 1_000, maxMs: 60_000 };
/** A last report that the store refused this often is given up: nobody is there to make it any better. */
const MAX_LAST_REFUSALS = 5;

/**
 * Learns one run of one container: records what it does, and reports it at the first delay, then
 * period by period, and a last time when its learning period or the container itself ends. A report
 * that could not be stored is tried before any later one, so that none is missing in the chain.
 */
export class ContainerLearning {
  readonly container: Container;
  readonly learningPeriodMs: number;
  readonly #around: Surroundings;
  readonly #recording: Recording;
  readonly #series: ReportSeries;
  readonly #alarm: Alarm;
  readonly #sinceMs: number;
  #pending: Draft | undefined;
  #needsNewName = false;
  #isEarlyAllowed = true;
  /** How the container stands in what the store holds. */
  #reported: { status: ProfileStatus; completion?: ProfileCompletion } = { status: 'initializing' };
  #closing: 'completed' | 'failed' | undefined;
  #exitCode: number | undefined;
  #cancelExitWait: Cancel | undefined;
  #isStopping = false;
  #isOver = false;
  #saves = 0;
  #failures = 0;
  #refusals = 0;
  #lostEvents = 0;

  constructor(container: Container, learningPeriodMs: number, around: Surroundings) {
    const { clock, random, options } = around;
    this.container = container;
    this.learningPeriodMs = learningPeriodMs;
    this.#around = around;
    this.#recording = new Recording({ ...DEFAULT_BOUNDS, ...options });
    const clusterName = options.clusterName ?? '';
    this.#series = new ReportSeries(container, { clock, random, learningPeriodMs, clusterName });
    this.#alarm = new Alarm(clock);
    this.#sinceMs = clock.now();
  }

  /** Nothing more will be recorded or reported. */
  get isOver(): boolean {
    return this.#isOver;
  }

  observe(attributed: AttributedEvent): void {
    if (this.#closing !== undefined || this.#isOver) return;
    const { event } = attributed;
    if (event.type === 'exit') {
      if (event.pid === this.container.pid) this.#noteExit(event.exitCode || event.signal);
      return;
    }
    this.#recording.observe(attributed);
    if (this.#isEarlyAllowed && this.#recording.isFull) this.#alarm.ring();
  }

  /** Events were lost that may have been this container's. */
  lose(count: number): void {
    if (!this.#isOver) this.#lostEvents += count;
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

  /** Makes {@link run} settle after one more try to report what there is. */
  stop(): void {
    this.#isStopping = true;
    if (this.#cancelExitWait !== undefined) this.#close('failed');
    this.#alarm.ring();
  }

  /** Makes {@link run} settle; what was not stored is given up. */
  discard(): void {
    this.#isOver = true;
    this.#alarm.ring();
  }

  state(): LearningState {
    return {
      containerId: this.container.id,
      profileName: this.container.profileName,
      namespace: this.container.namespace,
      sinceMs: this.#sinceMs,
      status: this.#closing ?? this.#reported.status,
      completion: this.#completion,
      saves: this.#saves,
      failures: this.#failures,
      unsavedEntries: this.#recording.entries + pendingEntries(this.#pending),
      lostEvents: this.#lostEvents,
      droppedEntries: this.#recording.dropped,
    };
  }

  /** Settles when learning is over. Rejects with `invalid` when the container's identity makes no name. */
  async run(): Promise<void> {
    const { clock, random, options } = this.#around;
    const cancelEnd = clock.schedule(this.learningPeriodMs, () => this.#close('completed'));
    try {
      let delayMs = options.initialDelayMs;
      while (!this.#isOver && !this.#isStopping) {
        await this.#alarm.wait(jittered(delayMs, options.jitterRatio, random));
        if (!this.#isOver && !this.#isStopping) await this.#reportAll();
        delayMs = options.updatePeriodMs;
      }
      if (!this.#isOver) await this.#reportAll();
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

  get #completion(): ProfileCompletion {
    const isPartial =
      this.container.preExisting || this.#lostEvents > 0 || this.#recording.dropped > 0;
    return isPartial ? 'partial' : 'complete';
  }

  /** Stores what is left over from before, then what is new: one report, or as many as it takes. */
  async #reportAll(): Promise<void> {
    this.#isEarlyAllowed = false;
    for (;;) {
      const isLeftOver = this.#pending !== undefined;
      this.#pending = this.#nextDraft();
      if (this.#pending === undefined) break;
      if (!(await this.#deliver(this.#pending))) return;
      const isLast = this.#closing !== undefined || this.#isStopping;
      if (!isLeftOver && !isLast && !this.#recording.isFull) break;
    }
    this.#isEarlyAllowed = true;
    if (this.#closing !== undefined && this.#pending === undefined && !this.#hasNews) {
      this.#isOver = true;
    }
  }

  #nextDraft(): Draft | undefined {
    const pending = this.#pending;
    if (pending !== undefined) {
      if (!this.#needsNewName) return pending;
      this.#needsNewName = false;
      return this.#series.draft(pending.observed, this.#standing);
    }
    if (!this.#hasNews) return undefined;
    const observed = this.#recording.take();
    return this.#series.draft(observed, this.#standing);
  }

  get #hasNews(): boolean {
    const { status, completion } = this.#standing;
    return (
      this.#recording.entries > 0 ||
      status !== this.#reported.status ||
      completion !== this.#reported.completion
    );
  }

  /** A store takes nothing after the last report, so only the one that leaves nothing behind says so. */
  get #standing(): Standing {
    const status = this.#recording.entries === 0 ? this.#closing : undefined;
    return { status: status ?? 'ready', completion: this.#completion };
  }

  /** Tries until the answer is clear. True when the report is stored. */
  async #deliver(draft: Draft): Promise<boolean> {
    const { store, clock, random, options, signal, onResult } = this.#around;
    const backoff = new Backoff(RETRY, random);
    while (!this.#isOver) {
      const call = { store, clock, budgetMs: options.callBudgetMs, signal };
      const { result, error } = await saveReport(draft.report, call);
      onResult(result);
      if (result !== 'unknown') return this.#settle(draft, result, error);
      this.#fail('report not stored yet', error);
      if (this.#isStopping) return false;
      await this.#alarm.wait(backoff.next());
    }
    return false;
  }

  #settle(draft: Draft, result: SaveResult, error: AgentError | undefined): boolean {
    if (result === 'stored') {
      this.#stored(draft);
      return true;
    }
    if (result === 'refused' || result === 'name-taken') {
      // An earlier try of a refused one may have taken effect, so it keeps its name.
      this.#needsNewName = result === 'name-taken';
      this.#fail('report refused', error);
      if (this.#closing !== undefined) this.#refusals += 1;
      if (this.#refusals < MAX_LAST_REFUSALS) return false;
    }
    this.#pending = undefined;
    this.#isOver = true;
    this.#around.log.info('learning ended by the store', { ...this.#names, result });
    return false;
  }

  #stored(draft: Draft): void {
    this.#series.follow(draft);
    this.#pending = undefined;
    this.#reported = draft.standing;
    this.#saves += 1;
    this.#failures = 0;
    const { id, profileName, namespace } = this.container;
    const { status } = draft.standing;
    this.#around.onSaved({ containerId: id, profileName, namespace, status });
  }

  #fail(message: string, error: AgentError | undefined): void {
    this.#failures += 1;
    this.#around.log.warn(message, { ...this.#names, ...errorFields(error) });
  }

  get #names() {
    return { container: this.container.id, profile: this.container.profileName };
  }
}

function pendingEntries(draft: Draft | undefined): number {
  return draft === undefined ? 0 : draft.observed.execs.length + draft.observed.opens.length;
}
