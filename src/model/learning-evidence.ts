/**
 * What one series of reports saw of its container and what it missed, counted from the first report of
 * the series on: the newest report speaks for all. `complete` rests on it: any loss makes it `partial`.
 */
export interface LearningEvidence {
  /** Events of the container that were learned from. */
  readonly seen: number;
  /** Events that the kernel side could not deliver and that may have been this container's. */
  readonly lost: number;
  /** Events and entries that we had and had no room for, and reports that were given up. */
  readonly dropped: number;
  /** Events of which a part was not learned: paths or arguments longer than what is kept, names that cannot be. */
  readonly truncated: number;
  /** Milliseconds from the beginning of the series to its newest report. */
  readonly coveredMs: number;
  /** How often the agent started anew while the container ran. */
  readonly agentRestarts: number;
}
