import { errorFields, type Logger } from '#runtime/log.js';
import type { QueueIndex } from './queue-edit.ts';
import type { QueueFile, QueueTable } from './queue-file.ts';
import {
  byReportTime,
  type QueuedReport,
  type SeriesRecord,
  type SetAsideReport,
} from './queued-report.ts';

/** What a queue's file holds. A row that cannot be read is left out, and told of. Throws as the file does. */
export function loadQueue(file: QueueFile, log: Logger): QueueIndex {
  const reports: QueuedReport[] = [];
  const setAside: SetAsideReport[] = [];
  const series: SeriesRecord[] = [];
  const lists: Readonly<Record<QueueTable, unknown[]>> = { reports, 'set-aside': setAside, series };
  for (const { table, key, head } of file.rows()) {
    try {
      lists[table].push(JSON.parse(head));
    } catch (reason) {
      log.warn('row of the report queue left out', { table, key, ...errorFields(reason) });
    }
  }
  return {
    reports: Map.groupBy(reports.sort(byReportTime), ({ seriesId }) => seriesId),
    series: new Map(series.map((record) => [record.seriesId, record])),
    setAside: setAside.sort((a, b) => a.setAsideMs - b.setAsideMs),
  };
}
