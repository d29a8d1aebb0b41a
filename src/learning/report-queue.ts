import type { ContainerProfile } from '#model/profile.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { loadQueue } from './load-queue.ts';
import { QueueEdit, type QueueIndex } from './queue-edit.ts';
import type { QueueFile } from './queue-file.ts';
import {
  amendedReport,
  type QueuedReport,
  queuedReport,
  type SeriesRecord,
  type SetAsideReport,
} from './queued-report.ts';

/** What a queue is made from, and its bounds. */
export interface ReportQueueParts {
  readonly file: QueueFile;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
  /** Reports that may wait; 1,000 when absent. */
  readonly maxReports?: number;
  /** Size of all of them together as JSON; 64 MiB when absent. */
  readonly maxSizeBytes?: number;
  /** Reports that are set aside and kept; 100 when absent. */
  readonly maxSetAside?: number;
  /** Series that are remembered; 4,000 when absent. */
  readonly maxSeries?: number;
}

/** How full a queue is. */
export interface QueueState {
  readonly reports: number;
  readonly sizeBytes: number;
  /** Reports that no store took, kept for people. */
  readonly setAside: number;
  /** How long the oldest report has waited, in milliseconds; 0 without one. */
  readonly oldestAgeMs: number;
  /** Reports that were given up since the queue was opened, the ones set aside among them. */
  readonly gaveUp: number;
}

/** The series that a report belongs to. */
export type ReportedSeries = Pick<
  SeriesRecord,
  'seriesId' | 'containerId' | 'agentRestarts' | 'sawStart'
> &
  Pick<QueuedReport, 'profileName'>;

const DEFAULT_BOUNDS = {
  maxReports: 1_000,
  maxSizeBytes: 64 * 1024 * 1024,
  maxSetAside: 100,
  maxSeries: 4_000,
};

/**
 * Reports on their way to the store, in a file that outlives the process: whatever {@link put} returned
 * for is delivered, or given up in a way that the rest of its series tells of. Full, it gives up the
 * oldest periodic report of the series with the most; the next report of that series then follows the
 * one before it and is partial, as are all later ones, so that no chain has a hole and none says
 * `complete` that is not. Every method that changes something throws `unavailable` or `internal` when the
 * file does not take it; then nothing has changed.
 */
export class ReportQueue {
  readonly #parts: ReportQueueParts & typeof DEFAULT_BOUNDS;
  #index: QueueIndex;
  #order: number;
  #gaveUp = 0;
  #totals: QueueEdit['totals'];

  constructor(parts: ReportQueueParts) {
    this.#parts = { ...DEFAULT_BOUNDS, ...parts };
    this.#index = loadQueue(parts.file, parts.log);
    const all = [...this.#index.reports.values()].flat();
    this.#order = all.reduce((highest, { order }) => Math.max(highest, order), 0) + 1;
    this.#totals = new QueueEdit(this.#index).totals;
  }

  /** The series of a container that was being learned when the agent ended. */
  known(containerId: string): SeriesRecord | undefined {
    return [...this.#index.series.values()].findLast(
      (record) => record.containerId === containerId,
    );
  }

  /** No report of the series will be put any more, and its container need not be known any more. */
  end(seriesId: string): void {
    this.#change((edit) => edit.endSeries(seriesId));
  }

  /**
   * Takes a report; it is durable when this returns. From its first report on a series is remembered, and
   * an older one of the same container ends; a report that is not `ready` ends its own.
   */
  put(report: ContainerProfile, series: ReportedSeries): void {
    const known = this.#index.series.get(series.seriesId);
    const body = JSON.stringify(report);
    const queued = queuedReport(report, body, {
      ...series,
      order: this.#order,
      queuedMs: this.#parts.clock.now(),
      depth: 0,
      dropped: known?.dropped ?? 0,
    });
    const item = { ...queued, previous: known?.nextPrevious ?? queued.previous };
    this.#change((edit) => {
      edit.setReports(item.seriesId, [...edit.reportsOf(item.seriesId), item]);
      edit.setBody(item.id, body);
      this.#remember(edit, series, item);
      this.#makeRoom(edit);
    });
    this.#order += 1;
  }

  /** The next report of each series, the one that waits longest first. */
  heads(): readonly QueuedReport[] {
    return [...this.#index.reports.values()]
      .flatMap(([head]) => (head === undefined ? [] : [head]))
      .sort((a, b) => a.order - b.order);
  }

  /** The reports of a series that wait. */
  reportsOf(seriesId: string): readonly QueuedReport[] {
    return this.#index.reports.get(seriesId) ?? [];
  }

  /** The report as it is to be stored; undefined when its file has lost it. */
  read(queued: QueuedReport): ContainerProfile | undefined {
    const body = this.#parts.file.body({ table: 'reports', key: queued.id });
    if (body === undefined) return undefined;
    try {
      return amendedReport(JSON.parse(body) as ContainerProfile, queued);
    } catch (error) {
      this.#parts.log.warn('report in the queue cannot be read', {
        report: queued.id,
        ...errorFields(error),
      });
      return undefined;
    }
  }

  /** The store has it, or it is no longer wanted. */
  remove({ id, seriesId }: QueuedReport): void {
    this.#change((edit) => {
      edit.setReports(
        seriesId,
        edit.reportsOf(seriesId).filter((each) => each.id !== id),
      );
    });
  }

  /** Puts others in its place that together say the same as what {@link read} gave: parts of it, or itself under another name. */
  replace(queued: QueuedReport, reports: readonly ContainerProfile[]): void {
    const { id, seriesId } = queued;
    const depth = queued.depth + (reports.length > 1 ? 1 : 0);
    this.#change((edit) => {
      const all = edit.reportsOf(seriesId);
      const others = all.filter((each) => each.id !== id);
      if (others.length === all.length) return;
      const parts = reports.map((report) => {
        const body = JSON.stringify(report);
        // What was given up before it stands in the report by now.
        const part = queuedReport(report, body, { ...queued, depth, dropped: 0 });
        edit.setBody(part.id, body);
        return part;
      });
      edit.setReports(seriesId, [...others, ...parts]);
    });
  }

  /** Gives up a report that no store takes, and keeps it for people. */
  setAside(queued: QueuedReport, reason: string): void {
    const { file, clock, maxSetAside: bound } = this.#parts;
    const body = file.body({ table: 'reports', key: queued.id }) ?? '';
    this.#change((edit) => {
      const current = edit.reportsOf(queued.seriesId).find(({ id }) => id === queued.id);
      if (current === undefined) return;
      edit.setAside({ ...current, reason, setAsideMs: clock.now() }, { body, bound });
    });
  }

  /** The store takes nothing of this series any more. */
  dropSeries(seriesId: string): void {
    this.#change((edit) => {
      edit.setReports(seriesId, []);
    });
  }

  /** Reports that were set aside, oldest first. */
  get poison(): readonly SetAsideReport[] {
    return this.#index.setAside;
  }

  state(): QueueState {
    const nowMs = this.#parts.clock.now();
    const oldestMs = [...this.#index.reports.values()]
      .flatMap((reports) => reports.map(({ queuedMs }) => queuedMs))
      .reduce((oldest, each) => Math.min(oldest, each), nowMs);
    return {
      ...this.#totals,
      setAside: this.#index.setAside.length,
      oldestAgeMs: nowMs - oldestMs,
      gaveUp: this.#gaveUp,
    };
  }

  close(): void {
    this.#parts.file.close();
  }

  #change(work: (edit: QueueEdit) => void): void {
    const edit = new QueueEdit(this.#index);
    work(edit);
    const changes = edit.changes();
    if (changes.length > 0) this.#parts.file.commit(changes);
    this.#index = edit.index;
    this.#totals = edit.totals;
    this.#gaveUp += edit.gaveUp;
  }

  #makeRoom(edit: QueueEdit): void {
    const { maxReports, maxSizeBytes, log } = this.#parts;
    for (;;) {
      const { reports, sizeBytes } = edit.totals;
      const isFull = reports > maxReports || (sizeBytes > maxSizeBytes && reports > 1);
      const victim = isFull ? edit.victim : undefined;
      if (victim === undefined) return;
      edit.giveUp(victim);
      log.warn('report given up, the queue is full', {
        report: victim.id,
        entries: victim.entries,
      });
    }
  }

  #remember(
    edit: QueueEdit,
    series: ReportedSeries,
    { status, dropped, queuedMs }: QueuedReport,
  ): void {
    const { seriesId, containerId, agentRestarts, sawStart } = series;
    const before = this.known(containerId);
    if (before !== undefined) edit.endSeries(before.seriesId);
    if (status !== 'ready') edit.endSeries(seriesId);
    else
      edit.setSeries({
        seriesId,
        containerId,
        agentRestarts,
        sawStart,
        dropped,
        updatedMs: queuedMs,
      });
    this.#boundSeries(edit);
  }

  /** Containers that went while the agent was away leave theirs behind. */
  #boundSeries(edit: QueueEdit): void {
    const { reports, series } = edit.index;
    const idle = [...series.values()].filter(
      // One that lost something must go on saying so.
      ({ seriesId, dropped }) => !reports.has(seriesId) && dropped === 0,
    );
    const surplus = series.size - this.#parts.maxSeries;
    if (surplus <= 0) return;
    for (const { seriesId } of idle.sort((a, b) => a.updatedMs - b.updatedMs).slice(0, surplus)) {
      edit.endSeries(seriesId);
    }
  }
}
