import { ApiClient } from '#kube/api-client.js';
import { type ClusterAccess, openAccess } from '#kube/cluster-access.js';
import { inClusterAccess } from '#kube/in-cluster-access.js';
import { kubeconfigAccess } from '#kube/kubeconfig.js';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { processEnvironment } from './config.ts';
import type { AgentOptions } from './options.ts';
import { isAddress, kubeconfigOf } from './store-place.ts';

interface ClusterParts {
  readonly options: AgentOptions;
  readonly clock: Clock;
}

/** A client, and the namespace that its credentials belong to, when that is known. */
export interface StoreClient {
  readonly client: ApiClient;
  readonly namespace: string | undefined;
}

/**
 * A client of the server that keeps the profiles: the one that `store` names by address or kubeconfig, or the
 * cluster. Rejects as `kubeconfigAccess` and `inClusterAccess` do.
 */
export async function storeClient(parts: ClusterParts): Promise<StoreClient> {
  const { store } = parts.options;
  const access = await storeAccess(parts);
  const client = await saying(
    `store ${store}`,
    () => new ApiClient({ access, clock: parts.clock }),
  );
  return { client, namespace: access.namespace };
}

async function storeAccess({ options, clock }: ClusterParts): Promise<ClusterAccess> {
  const { store } = options;
  if (isAddress(store)) return openAccess(store);
  const file = kubeconfigOf(store);
  if (file === undefined) return clusterAccess({ options, clock });
  return kubeconfigAccess({ file, clock, environment: processEnvironment() });
}

/**
 * A client of the cluster's API server, by the kubeconfig or as a pod of the cluster, and the URL of that server. Rejects
 * likewise.
 */
export async function clusterClient(
  parts: ClusterParts,
): Promise<{ readonly client: ApiClient; readonly server: string }> {
  const access = await clusterAccess(parts);
  return { client: new ApiClient({ access, clock: parts.clock }), server: access.server };
}

/** The way to the cluster's API server, by the kubeconfig or as a pod of the cluster. Rejects as these do. */
function clusterAccess({ options, clock }: ClusterParts): Promise<ClusterAccess> {
  const environment = processEnvironment();
  const { kubeconfig } = options;
  if (kubeconfig !== '') return kubeconfigAccess({ file: kubeconfig, clock, environment });
  return saying('without a kubeconfig', () =>
    inClusterAccess({
      host: environment['KUBERNETES_SERVICE_HOST'],
      port: environment['KUBERNETES_SERVICE_PORT'],
      clock,
    }),
  );
}

/** Names the option that led here in what a person is told. */
async function saying<T>(option: string, open: () => T | Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (reason) {
    const { code, message } = AgentError.from(reason);
    throw new AgentError(code, `${option}: ${message}`, { cause: reason });
  }
}
