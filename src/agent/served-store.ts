import { join } from 'node:path';
import { Consolidator, type ConsolidatorOptions } from '#consolidation/consolidator.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { ApiServer, type ApiServerOptions } from '#storage/api/api-server.js';
import { openSqliteProfileStore } from '#storage/sqlite-profile-store.js';
import { AGENT_VERSION } from './version.ts';

/** What a served store is made of. */
export interface ServedStoreOptions
  extends Pick<ApiServerOptions, 'address' | 'tls' | 'access' | 'limits'>,
    Pick<ConsolidatorOptions, 'intervalMs' | 'expireAfterMs'> {
  /** The folder of `profiles.db`. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** A store in a file that speaks the Kubernetes API and consolidates what it is given. */
export interface ServedStore {
  /** As `ApiServer.url`. */
  readonly url: string;
  /** Consolidates until `signal` aborts, then closes everything. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Opens the store in a folder and listens. Rejects as `openSqliteProfileStore` and `ApiServer.listen` do. */
export async function serveStore(options: ServedStoreOptions): Promise<ServedStore> {
  const { folder, clock, random, log } = options;
  const store = openSqliteProfileStore({ path: join(folder, 'profiles.db'), clock, random, log });
  try {
    const server = await ApiServer.listen({
      ...options,
      objects: store.objects,
      version: AGENT_VERSION,
    });
    const consolidator = new Consolidator({ ...options, store });
    return {
      url: server.url,
      async run({ signal }) {
        await consolidator.run({ signal });
        await server.close();
        store.close();
      },
    };
  } catch (reason) {
    store.close();
    throw reason;
  }
}
