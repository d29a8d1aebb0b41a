import type { ContainerEvent } from '#model/container.js';
import { isRawEvent, type RawRecord } from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import { isContainerEvent, type RecordingEntry } from '#sensor/recording-entry.js';
import type { FeedTakers, HostFeed } from './host-feed.ts';

interface PlayedRecordingParts {
  readonly file: string;
  /** How much faster than it happened; 1: as it happened. */
  readonly speed: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A recording played as if it happened now, on the real clock: for trying a whole agent without its host. */
export class PlayedRecording implements HostFeed {
  readonly #parts: PlayedRecordingParts;

  constructor(parts: PlayedRecordingParts) {
    this.#parts = parts;
  }

  /** Settles at the recording's end. Rejects with `not-found` or `invalid` when it cannot be read. */
  async run({
    signal,
    onRecords,
    onContainerEvent,
  }: FeedTakers & { readonly signal: AbortSignal }): Promise<void> {
    const { file, speed, clock, log } = this.#parts;
    const { RecordingReader } = await import('#sensor/recording-reader.js');
    const reader = new RecordingReader(file);
    const startMs = clock.now();
    let firstMs: number | undefined;
    for await (const entry of reader.entries()) {
      firstMs ??= entry.timeMs;
      const moved = (timeMs: number) => startMs + (timeMs - (firstMs ?? timeMs)) / speed;
      const delayMs = moved(entry.timeMs) - clock.now();
      if (delayMs > 0) await clock.sleep(delayMs, signal).catch(() => {});
      if (signal.aborted) return;
      tell(entry, moved, { onRecords, onContainerEvent });
    }
    for (const { line, problem } of reader.problems) log.warn('recording', { file, line, problem });
  }
}

function tell(
  entry: RecordingEntry,
  moved: (timeMs: number) => number,
  { onRecords, onContainerEvent }: FeedTakers,
): void {
  const timeMs = moved(entry.timeMs);
  if (isContainerEvent(entry)) onContainerEvent(movedContainer({ ...entry, timeMs }, moved));
  else onRecords([movedRecord({ ...entry, timeMs } as RawRecord, moved)]);
}

/** Its beginning tells a process from others, so it moves with the event. */
function movedRecord(record: RawRecord, moved: (timeMs: number) => number): RawRecord {
  if (!isRawEvent(record) || record.processStartMs === undefined) return record;
  const own = { ...record, processStartMs: moved(record.processStartMs) };
  if (own.type !== 'fork' || own.childStartMs === undefined) return own;
  return { ...own, childStartMs: moved(own.childStartMs) };
}

function movedContainer(event: ContainerEvent, moved: (timeMs: number) => number): ContainerEvent {
  if (event.type !== 'container-added') return event;
  const { container } = event;
  return { ...event, container: { ...container, startedAtMs: moved(container.startedAtMs) } };
}
