import type { ContainerEvent } from '#model/container.js';
import type { RawRecord } from '#model/raw-event.js';

/** The version of the format that is written, and the only one that is read. */
export const RECORDING_VERSION = 1;

/** First line of a recording. */
export interface RecordingHeader {
  readonly type: 'recording';
  readonly version: number;
  readonly agentVersion: string;
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

/** Last line of a recording that was ended in order: how many lines stand between first and last. */
export interface RecordingEnd {
  readonly type: 'end';
  readonly timeMs: number;
  readonly entries: number;
}

/** One line between first and last: what the sensor or the container runtime said. */
export type RecordingEntry = RawRecord | ContainerEvent;

const CONTAINER_EVENTS: ReadonlySet<string> = new Set(['container-added', 'container-removed']);

/** Tells the two kinds of entry apart. */
export function isContainerEvent(entry: RecordingEntry): entry is ContainerEvent {
  return CONTAINER_EVENTS.has(entry.type);
}
