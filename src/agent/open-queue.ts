import { MemoryQueueFile } from '#learning/memory-queue-file.js';
import { ReportQueue } from '#learning/report-queue.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import { SqliteQueueFile } from '#storage/report-queue.js';
import type { AgentOptions } from './options.ts';
import { isStoreFile } from './store-place.ts';

const USUAL_FILE = '/var/lib/hullwatch/reports.db';

interface QueueParts {
  readonly options: AgentOptions;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The queue in which reports wait for the store. */
export interface OpenedQueue {
  readonly queue: ReportQueue;
  /** Lets go of its file. */
  close(): void;
}

/** A queue that ends with the process, for replays and tests. */
export function memoryQueue(parts: Pick<QueueParts, 'clock' | 'log'>): ReportQueue {
  return new ReportQueue({ ...parts, file: new MemoryQueueFile() });
}

/** Opens the queue's file, or makes it. Throws as `SqliteQueueFile` does. */
export function openQueue(parts: QueueParts): OpenedQueue {
  const path = queuePath(parts.options);
  if (path === undefined) {
    return { queue: memoryQueue(parts), close() {} };
  }
  const file = new SqliteQueueFile({ path, log: parts.log });
  return { queue: new ReportQueue({ ...parts, file }), close: () => file.close() };
}

/** Beside an embedded store, unless the options say where; undefined: in memory, as the store itself. */
function queuePath({ queue, store }: AgentOptions): string | undefined {
  if (queue !== '') return queue;
  if (store === ':memory:') return undefined;
  return isStoreFile(store) ? `${store.replace(/\.db$/, '')}-reports.db` : USUAL_FILE;
}
