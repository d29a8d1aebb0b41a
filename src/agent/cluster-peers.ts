import type { PeerDirectory } from '#attribution/peers/peer-directory.js';
import type { ApiClient } from '#kube/api-client.js';
import { registerReflectorMetrics } from '#kube/metrics.js';
import { ClusterPeers } from '#kube/pods/cluster-peers.js';
import { Reflector } from '#kube/reflector.js';
import type { StoreParts } from './opened-store.ts';

type PeersParts = Omit<StoreParts, 'options'> & {
  readonly client: Pick<ApiClient, 'list' | 'watch'>;
};

/** Who has which address in the cluster, as the API server tells it. */
interface OpenedPeers {
  readonly directory: PeerDirectory;
  /** What keeps it from following them now, for a person; undefined when nothing does. */
  trouble(): string | undefined;
  /** Follows the pods and services of all nodes until `signal` aborts. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
}

/** Asks nothing before it runs. */
export function openPeers({ client, clock, random, log, metrics }: PeersParts): OpenedPeers {
  const directory = new ClusterPeers();
  const parts = { client, clock, random, log };
  const pods = new Reflector({ ...parts, ...directory.pods });
  const services = new Reflector({ ...parts, ...directory.services });
  registerReflectorMetrics(metrics, 'all-pods', pods);
  registerReflectorMetrics(metrics, 'services', services);
  return {
    directory,
    trouble: () => {
      const error = pods.state.error ?? services.state.error;
      return error && `the other sides of connections are not named: ${error.message}`;
    },
    run: async (running) => {
      await Promise.all([pods.run(running), services.run(running)]);
    },
  };
}
