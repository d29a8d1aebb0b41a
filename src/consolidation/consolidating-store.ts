import type { ObjectKey } from '#model/profile-store.js';
import type { Expiry } from './time-series-row.ts';

/** How merging the reports of one profile ended. `completed`: it takes no more of them. */
export type ConsolidationResult = 'completed' | 'updated' | 'unchanged';

/** How a profile's reports are merged. */
export interface ConsolidationOptions extends Expiry {
  /** Ends the call with `aborted` before it starts; once started it runs to its end. */
  readonly signal: AbortSignal;
}

/** The part of a store that merges time series into profiles. */
export interface ConsolidatingStore {
  /** Profiles with reports to merge or runs to give up, by namespace and name. */
  pendingProfiles(options: ConsolidationOptions): Promise<readonly ObjectKey[]>;
  /**
   * Merges all reports of one profile, all or nothing: afterwards they are gone and the profile has
   * their content. Nothing happens when there are none.
   */
  consolidateProfile(key: ObjectKey, options: ConsolidationOptions): Promise<ConsolidationResult>;
}
