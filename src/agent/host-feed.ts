import type { ContainerEvent } from '#model/container.js';
import type { RawRecord } from '#model/raw-event.js';

/** Who takes what a feed tells. Both are called in the order in which things happened. */
export interface FeedTakers {
  readonly onRecords: (records: readonly RawRecord[]) => void;
  readonly onContainerEvent: (event: ContainerEvent) => void;
}

/** Where events and containers come from: this host, or a recording of one. */
export interface HostFeed {
  /**
   * Tells until `signal` aborts or there is nothing more to tell, and settles after its own clean-up.
   * Rejects when it cannot start, or when what it told could not be taken.
   */
  run(options: FeedTakers & { readonly signal: AbortSignal }): Promise<void>;
}
