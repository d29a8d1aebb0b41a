import { KubeProfileStore } from '#kube/kube-profile-store.js';
import type { ProfileStore } from '#model/profile-store.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { storeClient } from './open-cluster.ts';
import type { AgentOptions } from './options.ts';
import { withStoreFile } from './store-file.ts';
import { isStoreFile } from './store-place.ts';

/** Does `work` with the store that the options name, and lets go of it. Rejects as the store does, and as `work`. */
export async function withProfileStore<T>(
  options: AgentOptions,
  work: (store: ProfileStore) => Promise<T>,
): Promise<T> {
  if (isStoreFile(options.store)) return withStoreFile(options.store, work);
  const { client } = await storeClient({ options, clock: systemClock });
  try {
    return await work(new KubeProfileStore({ client, clock: systemClock, log: silentLogger }));
  } finally {
    client.close();
  }
}
