import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { DropReason, EventAccounting } from '#model/event-accounting.js';
import type { SuppressedRecord } from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { ProcessScan } from './proc-scan.ts';

/** What an `Attributor` is made of. */
export interface AttributorOptions {
  readonly clock: Clock;
  readonly accounting: EventAccounting;
  readonly log: Logger;
  /** Takes every event whose container is known, in order for each container. Must not throw. */
  readonly onEvent: (event: AttributedEvent) => void;
  /**
   * Told of events of a container that were lost: by the kernel side, or before the container became known. The container
   * may have ended a moment ago.
   */
  readonly onLoss?: (container: Container, count: number, reason: DropReason) => void;
  /** Told of what the kernel side left out on purpose. */
  readonly onSuppressed?: (record: SuppressedRecord) => void;
  /** Looks for processes that were there before; without it they are made up from their first events. */
  readonly scan?: ProcessScan | undefined;
  /** How long an event waits for its container to become known. */
  readonly holdMs?: number;
  /** How many events may wait at a time, of all cgroups; how they share that is told at `HeldEvents`. */
  readonly holdLimit?: number;
  /** How long the last events of a container still find it after its end. */
  readonly removalGraceMs?: number;
}
