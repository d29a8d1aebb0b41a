import { AgentError } from '#model/agent-error.js';
import type { CacheEntryView } from '#profile-cache/cache-entry-view.js';

/** Fewer characters than this are more likely a slip than the beginning of an id. */
const SHORTEST_PREFIX = 4;
/** How many ids a message about an ambiguous one names. */
const IDS_NAMED = 5;

/** The containers of an agent. */
interface Containers {
  container(id: string): CacheEntryView | undefined;
  containers(): readonly CacheEntryView[];
}

/**
 * The container with this id, or the only one whose id begins so. Throws `not-found`, `conflict` when
 * several begin so, `invalid` when fewer than 4 characters are given.
 */
export function findContainer(observed: Containers, asked: string): CacheEntryView {
  const exact = observed.container(asked);
  if (exact) return exact;
  const shown = asked.length > 80 ? `${asked.slice(0, 80)}…` : asked;
  if (asked.length < SHORTEST_PREFIX) {
    throw new AgentError(
      'invalid',
      `"${shown}": expected a container id, or at least ${SHORTEST_PREFIX} characters of its beginning`,
    );
  }
  const matching = observed.containers().filter(({ containerId }) => containerId.startsWith(asked));
  const [first, ...others] = matching;
  if (!first) {
    throw new AgentError('not-found', `there is no container "${shown}" in the profile cache`);
  }
  if (others.length === 0) return first;
  const named = matching.slice(0, IDS_NAMED).map(({ containerId }) => containerId);
  if (matching.length > IDS_NAMED) named.push(`${matching.length - IDS_NAMED} more`);
  throw new AgentError(
    'conflict',
    `"${shown}" is the beginning of ${matching.length} container ids, give more of it: ${named.join(', ')}`,
  );
}
