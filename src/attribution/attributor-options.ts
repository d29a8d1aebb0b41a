import type { AttributedEvent } from '#model/attributed-event.js';
import type { EventAccounting } from '#model/event-accounting.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';

/** What an `Attributor` is made of. */
export interface AttributorOptions {
  readonly clock: Clock;
  readonly accounting: EventAccounting;
  readonly log: Logger;
  /** Takes every event whose container is known, in order for each container. Must not throw. */
  readonly onEvent: (event: AttributedEvent) => void;
  /** Told of events that were dropped before their container became known: its beginning is not whole. */
  readonly onLoss?: (containerId: string, count: number) => void;
  /** How long an event waits for its container to become known. */
  readonly holdMs?: number;
  /** How many events may wait at a time. */
  readonly holdLimit?: number;
  /** How long the last events of a container still find it after its end. */
  readonly removalGraceMs?: number;
}
