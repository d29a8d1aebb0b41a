import type { AgentError } from '#model/agent-error.js';
import type { ProfileStore } from '#model/profile-store.js';
import { inBackground } from '#runtime/background.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { QueuedReport } from './queued-report.ts';
import type { ReportQueue } from './report-queue.ts';
import { RetryPlan } from './retry-plan.ts';
import { type SaveResult, saveReport } from './save-report.ts';
import { renamedReport, splitReport } from './split-report.ts';

/** What a writer takes from who made it. */
export interface ReportWriterParts {
  readonly queue: ReportQueue;
  readonly store: Pick<ProfileStore, 'create' | 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Longest time that one call to the store may take, in milliseconds. */
  readonly callBudgetMs: number;
  /** Ends every call under way. */
  readonly signal: AbortSignal;
  /** Told of every try. */
  readonly onResult: (queued: QueuedReport, result: SaveResult) => void;
  /** A report was split in two. */
  readonly onSplit: () => void;
}

/** Calls to the store at one time. */
const CONCURRENCY = 4;
/** A report that the store says is not valid is set aside after so many tries. */
const MAX_REFUSALS = 5;
/** A report is split into 16 parts at most, as in the public system. */
const MAX_DEPTH = 4;

/**
 * Takes reports out of the queue and to the store: those of one series strictly one after the other,
 * different series independently. What fails is tried again, later and later; when the store as a whole is
 * away, one call at a time asks whether it is back.
 */
export class ReportWriter {
  readonly #parts: ReportWriterParts;
  readonly #retries: RetryPlan;
  readonly #active = new Set<string>();
  /** Tries that a report was refused, by report. */
  readonly #refusals = new Map<string, number>();
  #cancelTimer: Cancel = () => {};
  #whenIdle: (() => void) | undefined;
  /** Series that had their last try, once the writer is stopping. */
  #tried: Set<string> | undefined;

  constructor(parts: ReportWriterParts) {
    this.#parts = parts;
    this.#retries = new RetryPlan(parts.clock, parts.random);
  }

  /** There may be something to do. Never throws, never waits. */
  wake(): void {
    this.#cancelTimer();
    for (let head = this.#next(); head !== undefined; head = this.#next()) this.#start(head);
    if (this.#active.size === 0) this.#whenIdle?.();
    if (this.#tried === undefined) this.#arm();
  }

  /** Tries once more to store all there is, as long as the store takes it, and settles. Nothing is tried afterwards. */
  async stop(): Promise<void> {
    this.#tried = new Set();
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      this.wake();
    });
  }

  get #limit(): number {
    return this.#retries.isStoreAway ? 1 : CONCURRENCY;
  }

  /** The next report to try now: of the series that was not tried for the longest time. */
  #next(): QueuedReport | undefined {
    const { queue, signal } = this.#parts;
    const retries = this.#retries;
    if (this.#active.size >= this.#limit || signal.aborted) return undefined;
    const tried = this.#tried;
    const ready = queue.heads().filter(({ seriesId }) => {
      if (this.#active.has(seriesId)) return false;
      return tried === undefined ? retries.waitMs(seriesId) <= 0 : !tried.has(seriesId);
    });
    return ready.reduce<QueuedReport | undefined>((best, each) => {
      if (best === undefined) return each;
      return retries.lastTryMs(each.seriesId) < retries.lastTryMs(best.seriesId) ? each : best;
    }, undefined);
  }

  /** Wakes again when the first of those that wait may be tried. */
  #arm(): void {
    const heads = this.#parts.queue.heads();
    this.#forgetAllBut(heads);
    const { clock, signal } = this.#parts;
    const waiting = heads.filter(({ seriesId }) => !this.#active.has(seriesId));
    // What is under way wakes us when it ends.
    if (this.#active.size >= this.#limit || waiting.length === 0 || signal.aborted) return;
    // One whose time came since it was looked at waits for nothing, and must not be forgotten.
    const waits = waiting.map(({ seriesId }) => Math.max(0, this.#retries.waitMs(seriesId)));
    this.#cancelTimer = clock.schedule(Math.min(...waits), () => this.wake());
  }

  /** The queue gives reports up by itself as well. */
  #forgetAllBut(heads: readonly QueuedReport[]): void {
    this.#retries.keepOnly(new Set(heads.map(({ seriesId }) => seriesId)));
    const ids = new Set(heads.map(({ id }) => id));
    for (const id of this.#refusals.keys()) if (!ids.has(id)) this.#refusals.delete(id);
  }

  #start(head: QueuedReport): void {
    const { log } = this.#parts;
    this.#active.add(head.seriesId);
    const work = inBackground('storing a report', log, () => this.#deliver(head));
    void work.then(() => {
      this.#active.delete(head.seriesId);
      this.wake();
    });
  }

  async #deliver(head: QueuedReport): Promise<void> {
    const { queue, store, clock, callBudgetMs: budgetMs, signal } = this.#parts;
    const startedMs = clock.monotonic();
    const report = queue.read(head);
    if (report === undefined) {
      this.#change(head, () => this.#setAside(head, 'it could not be read'));
      return;
    }
    const { result, error } = await saveReport(report, { store, clock, budgetMs, signal });
    if (result === 'unknown') {
      this.#failed(head, { error, isSlow: clock.monotonic() - startedMs >= budgetMs });
    } else {
      this.#retries.storeAnswered();
      this.#change(head, () => this.#settle(head, report, { result, error }));
    }
    this.#tell(head, result);
  }

  #tell(head: QueuedReport, result: SaveResult): void {
    try {
      this.#parts.onResult(head, result);
    } catch (reason) {
      this.#parts.log.error('listener of stored reports failed', errorFields(reason));
    }
  }

  #settle(
    head: QueuedReport,
    report: NonNullable<ReturnType<ReportQueue['read']>>,
    { result, error }: { readonly result: SaveResult; readonly error: AgentError | undefined },
  ): void {
    const { queue, random } = this.#parts;
    if (result === 'stored') queue.remove(head);
    else if (result === 'refused') this.#refused(head, error);
    else if (result === 'oversized') this.#split(head, report);
    else if (result === 'name-taken') {
      this.#warn('report has a name that is taken', head, error);
      queue.replace(head, [renamedReport(report, random)]);
    } else queue.dropSeries(head.seriesId);
    if (result === 'refused') return;
    this.#retries.forget(head.seriesId);
    this.#refusals.delete(head.id);
  }

  #refused(head: QueuedReport, error: AgentError | undefined): void {
    const refusals = (this.#refusals.get(head.id) ?? 0) + 1;
    if (refusals < MAX_REFUSALS) {
      this.#refusals.set(head.id, refusals);
      this.#tried?.add(head.seriesId);
      this.#retries.refused(head.seriesId);
      this.#warn('report refused', head, error);
      return;
    }
    this.#setAside(head, `refused ${refusals} times: ${error?.message ?? 'no reason given'}`);
  }

  #split(head: QueuedReport, report: NonNullable<ReturnType<ReportQueue['read']>>): void {
    const { queue, random, onSplit } = this.#parts;
    const parts = head.depth < MAX_DEPTH ? splitReport(report, random) : undefined;
    if (parts === undefined) {
      this.#setAside(head, 'the store says that it is too large, and it cannot be split further');
      return;
    }
    queue.replace(head, parts);
    onSplit();
  }

  #setAside(head: QueuedReport, reason: string): void {
    this.#parts.queue.setAside(head, reason);
    this.#refusals.delete(head.id);
    this.#retries.forget(head.seriesId);
    this.#parts.log.error('report set aside', { report: head.id, reason });
  }

  /** The queue's file may refuse as well; then the report is tried again, which a store takes for what it is. */
  #change(head: QueuedReport, change: () => void): void {
    try {
      change();
    } catch (reason) {
      this.#tried?.add(head.seriesId);
      this.#retries.refused(head.seriesId);
      this.#warn('report queue not written', head, reason);
    }
  }

  #failed(
    head: QueuedReport,
    { error, isSlow }: { readonly error: AgentError | undefined; readonly isSlow: boolean },
  ): void {
    this.#warn('report not stored yet', head, error);
    this.#retries.failed(head.seriesId, { isSlow, retryAfterMs: error?.retryAfterMs });
    if (this.#tried === undefined) return;
    const refused = isSlow ? [head] : this.#parts.queue.heads();
    for (const { seriesId } of refused) this.#tried.add(seriesId);
  }

  #warn(message: string, { id, containerId }: QueuedReport, reason: unknown): void {
    this.#parts.log.warn(message, { report: id, container: containerId, ...errorFields(reason) });
  }
}
