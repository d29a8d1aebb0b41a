import { ApiClient } from '#kube/api-client.js';
import { type ClusterAccess, openAccess } from '#kube/cluster-access.js';
import { inClusterAccess } from '#kube/in-cluster-access.js';
import { kubeconfigAccess } from '#kube/kubeconfig.js';
import type { Clock } from '#runtime/clock.js';
import { processEnvironment } from './config.ts';
import type { AgentOptions } from './options.ts';
import { isAddress } from './store-place.ts';

interface ClusterParts {
  readonly options: AgentOptions;
  readonly clock: Clock;
}

/**
 * A client of the server that keeps the profiles: the address that `store` names, or the cluster. Rejects as
 * `kubeconfigAccess` and `inClusterAccess` do.
 */
export async function storeClient({ options, clock }: ClusterParts): Promise<ApiClient> {
  const access = isAddress(options.store)
    ? openAccess(options.store)
    : await clusterAccess({ options, clock });
  return new ApiClient({ access, clock });
}

/** A client of the cluster's API server, by the kubeconfig or as a pod of the cluster. Rejects likewise. */
export async function clusterClient(parts: ClusterParts): Promise<ApiClient> {
  return new ApiClient({ access: await clusterAccess(parts), clock: parts.clock });
}

function clusterAccess({ options, clock }: ClusterParts): Promise<ClusterAccess> {
  const environment = processEnvironment();
  const { kubeconfig } = options;
  if (kubeconfig !== '') return kubeconfigAccess({ file: kubeconfig, clock, environment });
  return inClusterAccess({
    host: environment['KUBERNETES_SERVICE_HOST'],
    port: environment['KUBERNETES_SERVICE_PORT'],
    clock,
  });
}
