import type { Container } from '#model/container.js';

/** How the cache behaves. Times are in milliseconds. */
export interface ProfileCacheOptions {
  /** Between two ticks; each wait is moved by up to 10 % either way. */
  readonly refreshIntervalMs: number;
  /** The longest that one call to the store may take. */
  readonly callBudgetMs: number;
  /** How long an entry can still be read after its container was removed. */
  readonly removalGraceMs: number;
  /** How long identity is asked for eagerly; afterwards once a tick. */
  readonly identityTimeoutMs: number;
  /**
   * How long after a container's own learning ended the store may need to show its outcome. The
   * store merges reports every 30 s, so 60 s covers two of its passes.
   */
  readonly outcomeWaitMs: number;
  /** Rules judge by profiles that are still being learned, too. */
  readonly enforceWhileLearning: boolean;
  /**
   * What becomes of a user-written object that the verifier does not trust: `keep` goes on with the
   * last version that was trusted, `absent` treats it as deleted.
   */
  readonly onTampered: 'keep' | 'absent';
  /** Containers that get no entry. Asked when a container is added, never when it is removed. */
  readonly isIgnored?: (container: Container) => boolean;
}

/** What holds where nothing else was configured. */
export const DEFAULT_PROFILE_CACHE_OPTIONS: ProfileCacheOptions = {
  refreshIntervalMs: 30_000,
  callBudgetMs: 5_000,
  removalGraceMs: 10_000,
  identityTimeoutMs: 600_000,
  outcomeWaitMs: 60_000,
  enforceWhileLearning: false,
  onTampered: 'keep',
};
