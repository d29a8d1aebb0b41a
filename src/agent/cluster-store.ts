import { hostname } from 'node:os';
import { Consolidator } from '#consolidation/consolidator.js';
import type { ApiClient } from '#kube/api-client.js';
import { CrdProfileStore } from '#kube/crd-profile-store.js';
import { KubeProfileStore } from '#kube/kube-profile-store.js';
import { LeaseElector } from '#kube/lease.js';
import { ApiLease } from '#kube/lease-record.js';
import { registerReflectorMetrics } from '#kube/metrics.js';
import { AgentError } from '#model/agent-error.js';
import { registerConsolidationMetrics } from '#storage/metrics.js';
import { consolidation } from './embedded-store.ts';
import { type StoreClient, storeClient } from './open-cluster.ts';
import type { OpenedStore, StoreParts } from './opened-store.ts';
import { UndecidedStore } from './undecided-store.ts';
import { askWhoMerges, type Merger, toldMerger } from './who-merges.ts';

/** Of all agents of a cluster; in the agents' own namespace, or this one when that is not known. */
const LEASE = 'hullwatch-consolidation';
const USUAL_NAMESPACE = 'hullwatch';

/**
 * Opens the store behind an API: one that is served, or a cluster's. Where the API server only stores
 * (CustomResourceDefinitions), the agent that holds the lease merges reports for all. Whether it does is asked until
 * somebody answers: meanwhile the agent learns. Rejects with `invalid` or `not-found` when the way there is wrong.
 */
export async function openClusterStore(parts: StoreParts): Promise<OpenedStore> {
  const { client, namespace } = await storeClient(parts);
  const open = (merger: Merger) =>
    merger === 'lease' ? crdStore({ client, namespace }, parts) : servedStore(client, parts);
  const ask = (signal: AbortSignal) => askWhoMerges({ client, ...parts, signal });
  const told = toldMerger(parts.options);
  if (told !== undefined) return open(told);
  try {
    return open(await ask(new AbortController().signal));
  } catch (reason) {
    const error = AgentError.from(reason);
    if (error.isRetried) {
      return new UndecidedStore({ ...parts, first: error, ask, open, close: () => client.close() });
    }
    client.close();
    throw error;
  }
}

function servedStore(client: ApiClient, { clock, log }: StoreParts): OpenedStore {
  return {
    profiles: new KubeProfileStore({ client, clock, log }),
    nudge() {},
    run: async () => {},
    finish: async () => {},
    close: async () => client.close(),
  };
}

function crdStore({ client, namespace }: StoreClient, parts: StoreParts): OpenedStore {
  const { clock, random, log, metrics, options } = parts;
  const store = new CrdProfileStore({
    ...{ client, clock, log },
    mayWrite: () => elector.isHolder,
  });
  registerReflectorMetrics(metrics, 'reports', store.reports);
  const observe = registerConsolidationMetrics(metrics, () => consolidator);
  const consolidator: Consolidator = new Consolidator({
    ...consolidation(options),
    ...parts,
    store,
    observe,
  });
  const elector: LeaseElector = new LeaseElector({
    lease: new ApiLease(client, { namespace: namespace ?? USUAL_NAMESPACE, name: LEASE }),
    identity: `${options.nodeName || hostname()}-${random.hex32().slice(0, 8)}`,
    clock,
    random,
    log,
  });
  return {
    profiles: store,
    nudge: () => {
      if (elector.isHolder) consolidator.nudge();
    },
    run: ({ signal }) =>
      elector.run({
        signal,
        work: async (working) => {
          const following = store.reports.follow({ signal: working, random });
          await Promise.all([following, consolidator.run({ signal: working })]);
        },
      }),
    trouble: () => {
      const error = elector.state.error ?? store.reports.state?.error;
      return error && `reports are not merged here: ${error.message}`;
    },
    // Whoever holds the lease next merges what is left.
    finish: async () => {},
    close: async () => client.close(),
  };
}
