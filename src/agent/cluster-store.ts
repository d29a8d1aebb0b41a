import { hostname } from 'node:os';
import type { ApiClient } from '#kube/api-client.js';
import { CrdProfileStore } from '#kube/crd-profile-store.js';
import { KubeProfileStore } from '#kube/kube-profile-store.js';
import { LeaseElector } from '#kube/lease.js';
import { ApiLease } from '#kube/lease-record.js';
import { AgentError } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import { Consolidator } from '#storage/consolidator.js';
import { registerConsolidationMetrics } from '#storage/metrics.js';
import { consolidation } from './embedded-store.ts';
import { storeClient } from './open-cluster.ts';
import type { OpenedStore, StoreParts } from './opened-store.ts';
import { STORAGE_RULES } from './storage-rules.ts';
import { isAddress } from './store-place.ts';

const CRD =
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/containerprofiles.spdx.softwarecomposition.kubescape.io';
/** Of all agents of a cluster; the namespace is the agent's own, or this one when that is not known. */
const LEASE = 'hullwatch-consolidation';
const NAMESPACE = 'hullwatch';

/**
 * Opens the store behind an API: one that is served, or a cluster's. Where the API server only stores
 * (CustomResourceDefinitions), the agent that holds the lease merges reports for all. Rejects with `invalid`
 * or `not-found` when the way there is wrong, with `unavailable` when nobody answers.
 */
export async function openClusterStore(parts: StoreParts): Promise<OpenedStore> {
  const client = await storeClient(parts);
  try {
    const onlyStores = await isCrdMode(client, parts);
    return onlyStores ? crdStore(client, parts) : servedStore(client, parts);
  } catch (reason) {
    client.close();
    throw reason;
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

function crdStore(client: ApiClient, parts: StoreParts): OpenedStore {
  const { clock, random, log, metrics, options } = parts;
  const store = new CrdProfileStore({ client, clock, log, rules: STORAGE_RULES });
  const observe = registerConsolidationMetrics(metrics, () => consolidator);
  const consolidator: Consolidator = new Consolidator({
    ...consolidation(options),
    ...parts,
    store,
    observe,
  });
  const elector = new LeaseElector({
    lease: new ApiLease(client, { namespace: NAMESPACE, name: LEASE }),
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
      elector.run({ signal, work: (working) => consolidator.run({ signal: working }) }),
    // Whoever holds the lease next merges what is left.
    finish: async () => {},
    close: async () => client.close(),
  };
}

/** A server that does not have the definition serves the group in another way, and merges by itself. */
async function isCrdMode(client: ApiClient, { options, clock }: StoreParts): Promise<boolean> {
  if (options.consolidation !== 'auto') return options.consolidation === 'lease';
  // A store that is served merges by itself, and may be away while we start.
  if (isAddress(options.store)) return false;
  const { signal } = new AbortController();
  const budget = {
    clock,
    budgetMs: options.storeCallBudget,
    signal,
    what: 'asking the API server',
  };
  try {
    await withBudget(budget, (inner) => client.get(CRD, { signal: inner }));
    return true;
  } catch (reason) {
    const error = AgentError.from(reason);
    if (error.code === 'not-found') return false;
    throw error;
  }
}
