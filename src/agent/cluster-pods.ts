import { hostname } from 'node:os';
import type { PeerDirectory } from '#attribution/peers/peer-directory.js';
import { registerReflectorMetrics } from '#kube/metrics.js';
import { registerPodMetrics } from '#kube/pods/metrics.js';
import { NodePods } from '#kube/pods/node-pods.js';
import { OrderedCompletion } from '#kube/pods/ordered-completion.js';
import { PodIdentities } from '#kube/pods/pod-identities.js';
import { WorkloadOwners } from '#kube/pods/workload-owners.js';
import { Reflector } from '#kube/reflector.js';
import type { ContainerEvent } from '#model/container.js';
import { openPeers } from './cluster-peers.ts';
import { clusterClient } from './open-cluster.ts';
import type { StoreParts } from './opened-store.ts';

/** How long the start of the agent waits for the first lists, of its own pods and of the other sides of connections. */
const FIRST_LIST_MS = 5_000;
/** And of that for those of all nodes, once its own are there: events wait for their containers meanwhile, and not for ever. */
const PEERS_LIST_MS = 1_000;
/** Of the time for which events wait for their container: the rest is for the way there. */
const WAIT_RATIO = 0.75;

/** The pods of this node, as the API server tells of them. */
export interface ClusterPods {
  readonly pods: NodePods;
  /** Who has which address in the cluster. */
  readonly peers: PeerDirectory;
  /** Hands container events on, in order for each container, with what the API server knows of its pod. */
  completing(onEvent: (event: ContainerEvent) => void): Pick<OrderedCompletion, 'accept' | 'drain'>;
  /**
   * Settles when the first lists are there: of the pods of this node, and of the pods and services of all nodes, without which the first
   * connections would be learned as plain addresses. Or when they have not come in time, or those of all nodes are refused.
   */
  ready(signal: AbortSignal): Promise<void>;
  /** What keeps it from following the pods now, for a person; undefined when nothing does. */
  trouble(): string | undefined;
  /** The same of the pods and services of all nodes, which are the other sides of connections. */
  peersTrouble(): string | undefined;
  /** Follows the pods until `signal` aborts. */
  run(options: { readonly signal: AbortSignal }): Promise<void>;
  close(): void;
}

/** For options that do not leave pods to the container runtime. Rejects as `clusterClient` does. */
export async function openPods(parts: StoreParts): Promise<ClusterPods> {
  const { options, clock, random, log, metrics } = parts;
  const { client } = await clusterClient(parts);
  const ending = new AbortController();
  const pods = new NodePods({ clock });
  const feed = pods.feedOf(options.nodeName || hostname());
  const reflector = new Reflector({ client, clock, random, log, ...feed });
  const peers = openPeers({ client, clock, random, log, metrics });
  const owners = new WorkloadOwners({ api: client, clock, random, log, signal: ending.signal });
  const waitMs = options.holdTime * WAIT_RATIO;
  const identities = new PodIdentities({ pods, owners, clock, waitMs });
  registerReflectorMetrics(metrics, 'pods', reflector);
  registerPodMetrics(metrics, { pods, identities, owners });
  return {
    pods,
    peers: peers.directory,
    completing: (onEvent) =>
      new OrderedCompletion({
        log,
        onEvent,
        complete: (container, call) => identities.complete(container, call),
      }),
    ready: async (signal) => {
      const waiting = new AbortController();
      const until = AbortSignal.any([signal, waiting.signal]);
      const timeout = clock.sleep(FIRST_LIST_MS, until).catch(() => {});
      const named = async () => {
        const shortly = clock.sleep(PEERS_LIST_MS, until).catch(() => {});
        await Promise.race([peers.answered(until), shortly]);
      };
      await Promise.race([reflector.synced.then(named), timeout]);
      waiting.abort();
    },
    trouble: () => {
      const { error } = reflector.state;
      return error && `the pods of this node are not followed: ${error.message}`;
    },
    peersTrouble: () => peers.trouble(),
    run: async (running) => {
      await Promise.all([reflector.run(running), peers.run(running)]);
    },
    close: () => {
      ending.abort();
      client.close();
    },
  };
}
