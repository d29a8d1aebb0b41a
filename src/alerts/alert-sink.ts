import type { Alert } from '#model/alert.js';

/** What became of a batch that was given to a sink. */
export interface DeliveryOptions {
  /** Aborts when the agent stops or the attempt has taken too long. */
  readonly signal: AbortSignal;
}

/**
 * Where alerts go. One attempt for each call: whoever calls repeats it. Calls do not overlap.
 */
export interface AlertSink {
  /** Lower-case letters, digits and dashes; unique among the sinks, and the same after a restart. */
  readonly name: string;
  /** How many alerts one call takes at most. */
  readonly batchSize: number;
  /** How long to wait for a batch to fill, in milliseconds; 0: not at all. */
  readonly batchDelayMs?: number;
  /** Alerts a minute that it takes; absent: as many as come. */
  readonly alertsPerMinute?: number;
  /**
   * Settles when every alert of the batch is out of the agent's hands. Rejects with a {@link DeliveryError}
   * when it is not, with any other error likewise (it is tried again).
   */
  deliver(alerts: readonly Alert[], options: DeliveryOptions): Promise<void>;
  /** Called once, after the last delivery has settled. */
  close(): Promise<void>;
}
