import type { ProfileStatus } from '#model/annotations.js';
import type { LearningEvidence } from '#model/learning-evidence.js';

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
  /** Part of the workload id in the reports, and a label of theirs; empty when absent. */
  readonly clusterName?: string;
  /** What the profile is of, as Go calls it: `amd64`, `arm64`. Left out when absent. */
  readonly architecture?: string;
  /** Names of the environment variables of programs are learned as well; not when absent. */
  readonly learnEnvNames?: boolean;
  /** HTTP headers that are learned with their values; `Host` when absent. */
  readonly learnHeaders?: readonly string[];
  /** Distinct entries that make a report before its time; {@link DEFAULT_BOUNDS} when absent. */
  readonly maxEntries?: number;
  /** Size in characters of the entries that makes a report before its time, likewise. */
  readonly maxSizeChars?: number;
  /** Containers that are gone and whose last report could not be queued yet; beyond it the oldest is given up. */
  readonly maxUnsaved?: number;
}

/** What bounds the memory of a container being learned, unless configured otherwise. */
export const DEFAULT_BOUNDS = {
  /** Half of what a stored profile may hold. */
  maxEntries: 20_000,
  /** Well below the 1.5 MB that an object in etcd may have, with room for JSON around the entries. */
  maxSizeChars: 750_000,
  /** A last report is some 50 KB as a rule, so this is about 13 MB while the queue's disk is full. */
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
  /** What was seen and missed so far. */
  readonly evidence: LearningEvidence;
  /** Why it is partial, for people; undefined when it is complete. */
  readonly partialBecause: string | undefined;
  /** Reports stored. */
  readonly saves: number;
  /** Tries that failed since the last report was stored, to store one or to queue one. */
  readonly failures: number;
  /** Reports that wait in the queue. */
  readonly queued: number;
  /** Entries that no stored report holds, queued ones among them. */
  readonly unsavedEntries: number;
  /** Events lost somewhere on the node while it was learned. */
  readonly lostEvents: number;
  /** Events and entries that were dropped for want of room. */
  readonly droppedEntries: number;
}
