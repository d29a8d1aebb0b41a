import type { Container } from '../src/model/container.ts';
import type { ProfileNeeds } from '../src/model/profile-needs.ts';
import { ProfileCache } from '../src/profile-cache/profile-cache.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { seededRandom } from '../src/runtime/random.ts';
import type { VirtualClock } from '../src/runtime/virtual-clock.ts';
import type { ReadableStore } from './counting-store.ts';

/** More than any fleet here needs to be read; virtual time. */
const READY_WITHIN_S = 600;

/** A cache that runs, and a way to end it. */
export interface RunningCache {
  readonly cache: ProfileCache;
  readonly end: () => Promise<void>;
}

/** What a cache runs on. */
export interface CacheGround {
  readonly store: ReadableStore;
  readonly clock: VirtualClock;
  readonly containers: readonly Container[];
  readonly needs: ProfileNeeds;
}

/** Starts a cache, adds the containers, and waits until each has its profile. */
export async function startCache({
  store,
  clock,
  containers,
  needs,
}: CacheGround): Promise<RunningCache> {
  const byId = new Map(containers.map((container) => [container.id, container]));
  const cache = new ProfileCache({
    store,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    identities: { identityOf: (id) => byId.get(id) },
    needs,
  });
  const ending = new AbortController();
  const running = cache.run({ signal: ending.signal });
  for (const { id } of containers) cache.containerAdded(id);
  const isReady = () => cache.statistics.census().container === containers.length;
  for (let second = 0; !isReady() && second < READY_WITHIN_S; second += 1) {
    await clock.advance(1_000);
  }
  if (!isReady())
    throw new Error(`containers without a profile: ${cache.statistics.census().pending}`);
  return {
    cache,
    async end() {
      ending.abort();
      await running;
    },
  };
}
