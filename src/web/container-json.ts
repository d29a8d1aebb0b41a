import { formatTimestamp } from '#runtime/timestamp.js';
import type { CacheEntryView } from './observed.ts';

/** A container as the API gives it: the cache's view with RFC 3339 times, and nothing where nothing is known. */
export type ContainerJson = Omit<CacheEntryView, 'sinceMs' | 'lastRefreshMs' | 'nextRetryMs'> & {
  /** When it came into its state. */
  readonly since: string;
  /** When it was last compared with what is known of the store. */
  readonly lastRefresh?: string | undefined;
  /** When something will be tried again. */
  readonly nextRetry?: string | undefined;
};

/** The API's times are text, as in Kubernetes; this is where they become so. */
export function containerJson(view: CacheEntryView): ContainerJson {
  const { sinceMs, lastRefreshMs, nextRetryMs, ...rest } = view;
  return {
    ...rest,
    since: formatTimestamp(sinceMs),
    lastRefresh: lastRefreshMs === undefined ? undefined : formatTimestamp(lastRefreshMs),
    nextRetry: nextRetryMs === undefined ? undefined : formatTimestamp(nextRetryMs),
  };
}
