import { Consolidator, type ConsolidatorOptions } from '#consolidation/consolidator.js';
import { AgentError } from '#model/agent-error.js';
import type { ApiServer } from '#storage/api/api-server.js';
import { registerApiMetrics } from '#storage/api/metrics.js';
import { registerConsolidationMetrics, registerStoreMetrics } from '#storage/metrics.js';
import { openSqliteProfileStore } from '#storage/sqlite-profile-store.js';
import type { OpenedStore, StoreParts } from './opened-store.ts';
import type { AgentOptions } from './options.ts';
import { AGENT_VERSION } from './version.ts';

/**
 * Opens the store's file on this host, or makes it, and serves it where the options say. Throws as
 * `openSqliteProfileStore` and `ApiServer.listen` do; nothing is left open then.
 */
export async function openEmbeddedStore(parts: StoreParts): Promise<OpenedStore> {
  const { options, metrics, log } = parts;
  const profiles = openSqliteProfileStore({ ...parts, path: options.store });
  const observe = registerConsolidationMetrics(metrics, () => consolidator);
  registerStoreMetrics(metrics, profiles);
  const consolidator: Consolidator = new Consolidator({
    ...consolidation(options),
    ...parts,
    store: profiles,
    observe,
  });
  let server: ApiServer | undefined;
  registerApiMetrics(metrics, () => server);
  server = await serve(parts, profiles).catch((reason: unknown) => {
    profiles.close();
    throw reason;
  });
  if (server) log.info('serving the profile store', { url: server.url });
  return {
    profiles,
    objects: profiles.objects,
    ...(options.imageFiles === 'on' && { imageFiles: profiles.imageFiles }),
    nudge: () => consolidator.nudge(),
    run: (running) => consolidator.run(running),
    finish: async () => {
      try {
        await consolidator.once();
        const { length } = await profiles.pendingProfiles(new AbortController());
        // Their images are not listed yet.
        if (length > 0) log.info('the next start merges the last reports', { profiles: length });
      } catch (error) {
        log.warn('the last reports stay unmerged', { error: AgentError.from(error).message });
      }
    },
    close: async () => {
      await server?.close();
      profiles.close();
    },
  };
}

/**
 * A series that was not continued for twice the learning period never will be; the rule and its
 * number are the public storage's.
 */
export function consolidation(
  options: AgentOptions,
): Pick<ConsolidatorOptions, 'intervalMs' | 'expireAfterMs'> {
  return {
    intervalMs: options.consolidationInterval,
    expireAfterMs: 2 * options.learningPeriod,
  };
}

/** What serves is loaded by those that serve: it is a tenth of the program. */
async function serve(
  { options, clock, random, log }: StoreParts,
  { objects }: ReturnType<typeof openSqliteProfileStore>,
): Promise<ApiServer | undefined> {
  if (options.storeListen === '') return undefined;
  const { ApiServer } = await import('#storage/api/api-server.js');
  const address = options.storeListen;
  return ApiServer.listen({ address, objects, clock, random, log, version: AGENT_VERSION });
}
