import type { ProfileCompletion, ProfileStatus } from '#model/annotations.js';

/**
 * Where a container stands in the cache. `waiting`: its identity or the first answers of the store
 * are not there yet. `pending`: there is no profile to judge it by. `cached`: there is one.
 * `leaving`: it was removed and its last events may still ask.
 */
export type CacheState = 'waiting' | 'pending' | 'cached' | 'leaving';

/** Why a container is pending. */
export type PendingReason =
  | 'no-profile'
  | 'profile-deleted'
  | 'partial-profile'
  | 'store-failed'
  | 'invalid-profile';

/** Why a container leaves: the runtime said so, or the published status of its pod did. */
export type LeavingReason = 'removed' | 'terminated' | 'absent-from-pod';

/** Why a container is where it is, or went. */
export type ChangeReason =
  | 'added'
  | 'identity-unknown'
  | 'identity-timeout'
  | 'reading-sources'
  | PendingReason
  | 'profile-found'
  | 'profile-changed'
  | LeavingReason
  | 'grace-over'
  | 'ignored'
  | 'added-again'
  | 'stopped';

/** One container went from one state to another, or its cached profile changed. */
export interface CacheChange {
  readonly containerId: string;
  /** Undefined when the container was not in the cache. */
  readonly from?: CacheState | undefined;
  /** Undefined when it is not in the cache any more. */
  readonly to?: CacheState | undefined;
  readonly reason: ChangeReason;
  /** Stable name of its profile, once identity is known. */
  readonly profileName?: string | undefined;
  readonly status?: ProfileStatus | undefined;
  readonly completion?: ProfileCompletion | undefined;
  /** Rules judge by it; false in every state without a profile. */
  readonly isEnforced: boolean;
}
