import type { ProfileStatus } from '#model/annotations.js';

/** How learning is paced and bounded. All durations in milliseconds. */
export interface LearningOptions {
  /** From the moment a container is seen to its first report. Two minutes in the public system. */
  readonly initialDelayMs: number;
  /** Between reports after that. Ten minutes in the public system. */
  readonly updatePeriodMs: number;
  /** How long a container is learned; its pod's label `max-sniffing-time` overrides it. 24 hours in the public system. */
  readonly learningPeriodMs: number;
  /** The first two durations are moved by up to this part of themselves, so that nodes spread out. */
  readonly jitterRatio: number;
  /** Longest time that one call to the store may take. */
  readonly callBudgetMs: number;
  /**
   * How long to wait for the exit code of a container that is gone; none means that it failed. Its
   * last events are still learned meanwhile. 30 seconds in the public system.
   */
  readonly finalExitWaitMs: number;
  /** Part of the workload id in the reports; empty when absent. */
  readonly clusterName?: string;
  /** Distinct entries that make a report before its time; {@link DEFAULT_BOUNDS} when absent. */
  readonly maxEntries?: number;
  /** Size in characters of the entries that makes a report before its time, likewise. */
  readonly maxSizeChars?: number;
  /** Containers that are gone and whose last report could not be stored yet; beyond it the oldest is given up. */
  readonly maxUnsaved?: number;
}

/** What bounds the memory of a container being learned, unless configured otherwise. */
export const DEFAULT_BOUNDS = {
  /** Half of what a stored profile may hold. */
  maxEntries: 20_000,
  /** Well below the 1.5 MB that an object in etcd may have, with room for JSON around the entries. */
  maxSizeChars: 750_000,
  /** A last report is some 50 KB as a rule, so this is about 13 MB while the store is away. */
  maxUnsaved: 256,
} as const;

/** A report was stored. */
export interface Saved {
  readonly containerId: string;
  /** Stable name of the profile that the report belongs to. */
  readonly profileName: string;
  readonly namespace: string;
  readonly status: ProfileStatus;
}

/** A container being learned, for people. */
export interface LearningState {
  readonly containerId: string;
  readonly profileName: string;
  readonly namespace: string;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly status: ProfileStatus;
  readonly completion: 'complete' | 'partial';
  /** Reports stored. */
  readonly saves: number;
  /** Tries that failed since the last report was stored. */
  readonly failures: number;
  /** Entries that wait for a report. */
  readonly unsavedEntries: number;
  /** Events lost somewhere on the node while it was learned. */
  readonly lostEvents: number;
  /** Entries that were dropped because the store was away for too long. */
  readonly droppedEntries: number;
}
