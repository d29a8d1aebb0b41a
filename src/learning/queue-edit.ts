import type { QueueChange, QueueRow } from './queue-file.ts';
import {
  byReportTime,
  isLastReport,
  type QueuedReport,
  type SeriesRecord,
  type SetAsideReport,
} from './queued-report.ts';

/** What a queue holds, without the content of reports. */
export interface QueueIndex {
  /** The reports of each series, in order. A series without any is absent. */
  readonly reports: ReadonlyMap<string, readonly QueuedReport[]>;
  readonly series: ReadonlyMap<string, SeriesRecord>;
  /** Oldest first. */
  readonly setAside: readonly SetAsideReport[];
}

/**
 * A change of the queue that is being worked out: it shows the queue as it will be, and the index it began
 * with stays as it is, so that a commit that fails has changed nothing.
 */
export class QueueEdit {
  readonly #before: QueueIndex;
  readonly #reports: Map<string, readonly QueuedReport[]>;
  readonly #series: Map<string, SeriesRecord>;
  readonly #bodies = new Map<string, string>();
  readonly #touched = new Set<string>();
  #setAside: readonly SetAsideReport[];
  #gaveUp = 0;

  constructor(index: QueueIndex) {
    this.#before = index;
    this.#reports = new Map(index.reports);
    this.#series = new Map(index.series);
    this.#setAside = index.setAside;
  }

  get index(): QueueIndex {
    return { reports: this.#reports, series: this.#series, setAside: this.#setAside };
  }

  /** Reports that were given up, poison among them. */
  get gaveUp(): number {
    return this.#gaveUp;
  }

  reportsOf(seriesId: string): readonly QueuedReport[] {
    return this.#reports.get(seriesId) ?? [];
  }

  setReports(seriesId: string, reports: readonly QueuedReport[]): void {
    this.#touched.add(seriesId);
    if (reports.length > 0) this.#reports.set(seriesId, [...reports].sort(byReportTime));
    else this.#reports.delete(seriesId);
  }

  setBody(id: string, body: string): void {
    this.#bodies.set(id, body);
  }

  setSeries(record: SeriesRecord): void {
    this.#touched.add(record.seriesId);
    this.#series.set(record.seriesId, record);
  }

  /** No report will be added to it any more, so that nothing need be remembered. */
  endSeries(seriesId: string): void {
    this.#touched.add(seriesId);
    this.#series.delete(seriesId);
  }

  /** Takes a report out and closes the chain over it; what it held counts as dropped from then on. */
  giveUp(victim: QueuedReport): void {
    const { seriesId, previous } = victim;
    const lost = Math.max(1, victim.entries);
    const reports = this.reportsOf(seriesId);
    const at = reports.findIndex(({ id }) => id === victim.id);
    if (at < 0) return;
    const later = reports.slice(at + 1).map((report, i) => ({
      ...report,
      dropped: report.dropped + lost,
      ...(i === 0 && { previous }),
    }));
    this.setReports(seriesId, [...reports.slice(0, at), ...later]);
    const record = this.#series.get(seriesId);
    if (record !== undefined) {
      const dropped = record.dropped + lost;
      this.setSeries({ ...record, dropped, ...(later.length === 0 && { nextPrevious: previous }) });
    }
    this.#gaveUp += 1;
  }

  /** Gives a report up and keeps it for people; beyond `bound` the oldest of those goes. */
  setAside(
    report: SetAsideReport,
    { body, bound }: { readonly body: string; readonly bound: number },
  ): void {
    this.giveUp(report);
    this.setBody(report.id, body);
    this.#setAside = [...this.#setAside.filter(({ id }) => id !== report.id), report].slice(-bound);
  }

  /** The report to give up first: the oldest of the series with the most, and a last one only when there are no others. */
  get victim(): QueuedReport | undefined {
    let found: { readonly report: QueuedReport; readonly length: number } | undefined;
    for (const reports of this.#reports.values()) {
      const report = reports.find((each) => !isLastReport(each)) ?? reports[0];
      if (report === undefined) continue;
      const candidate = { report, length: reports.length };
      if (found === undefined || goesBefore(candidate, found)) found = candidate;
    }
    return found?.report;
  }

  get totals(): { readonly reports: number; readonly sizeBytes: number } {
    const all = [...this.#reports.values()].flat();
    return { reports: all.length, sizeBytes: all.reduce((sum, each) => sum + each.sizeBytes, 0) };
  }

  /** What makes the file the same as this. */
  changes(): readonly QueueChange[] {
    const changes: QueueChange[] = [];
    for (const seriesId of this.#touched) {
      this.#compare(changes, 'reports', [
        this.#before.reports.get(seriesId),
        this.#reports.get(seriesId),
      ]);
      const [was, is] = [this.#before.series.get(seriesId), this.#series.get(seriesId)];
      this.#compare(changes, 'series', [was && [was], is && [is]]);
    }
    this.#compare(changes, 'set-aside', [this.#before.setAside, this.#setAside]);
    return changes;
  }

  #compare(
    changes: QueueChange[],
    table: QueueRow['table'],
    [before = [], after = []]: readonly (readonly (QueuedReport | SeriesRecord)[] | undefined)[],
  ): void {
    if (before === after) return;
    const known = new Map(before.map((each) => [keyOf(each), each]));
    for (const each of after) {
      const key = keyOf(each);
      const old = known.get(key);
      known.delete(key);
      if (old === each) continue;
      const body = table === 'series' ? undefined : this.#bodies.get(key);
      const row = { table, key, head: JSON.stringify(each) };
      changes.push({ type: 'put', row, ...(body !== undefined && { body }) });
    }
    for (const key of known.keys()) changes.push({ type: 'remove', row: { table, key } });
  }
}

interface Candidate {
  readonly report: QueuedReport;
  readonly length: number;
}

function goesBefore(one: Candidate, other: Candidate): boolean {
  const [oneIsLast, otherIsLast] = [isLastReport(one.report), isLastReport(other.report)];
  if (oneIsLast !== otherIsLast) return otherIsLast;
  // Among last reports the oldest goes, whatever else its series has.
  if (!oneIsLast && one.length !== other.length) return one.length > other.length;
  return one.report.order < other.report.order;
}

function keyOf(each: QueuedReport | SeriesRecord): string {
  return 'id' in each ? each.id : each.seriesId;
}
