import type { Metrics } from '#metrics/metrics.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ImageFileLists } from '#storage/image-file-lists.js';
import type { ObjectStore } from '#storage/object-store.js';
import type { AgentOptions } from './options.ts';

/** What a store is opened with. */
export interface StoreParts {
  readonly options: AgentOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** The store that the agent works with, wherever it is. */
export interface OpenedStore {
  readonly profiles: ProfileStore;
  /** Every kind that is kept there, rules among them; absent when the store is behind an API. */
  readonly objects?: ObjectStore;
  /** Where the files of images go; absent when nobody asks for them, or when reports are merged elsewhere. */
  readonly imageFiles?: ImageFileLists;
  /** A report was stored: if we are who merges, it may be merged soon. */
  nudge(): void;
  /** What the store needs done while the agent runs. Settles when `signal` has aborted. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
  /** What keeps it from merging reports now, for a person; undefined when nothing does. Absent: it has no such troubles. */
  trouble?(): string | undefined;
  /** Merges what is left, if we are who merges. Called after {@link run} has settled. Never rejects. */
  finish(): Promise<void>;
  /** Lets go of it; later calls reject with `unavailable`. */
  close(): Promise<void>;
}
