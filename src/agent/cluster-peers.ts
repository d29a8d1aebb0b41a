import type { PeerDirectory } from '#attribution/peers/peer-directory.js';
import type { ApiClient } from '#kube/api-client.js';
import { registerReflectorMetrics } from '#kube/metrics.js';
import { ClusterPeers } from '#kube/pods/cluster-peers.js';
import { Reflector } from '#kube/reflector.js';
import type { Clock } from '#runtime/clock.js';
import type { StoreParts } from './opened-store.ts';

/** How often it is looked whether a reflector was refused: by itself it tells of its success alone. */
const LOOK_MS = 25;

type PeersParts = Omit<StoreParts, 'options'> & {
  readonly client: Pick<ApiClient, 'list' | 'watch'>;
};

/** Who has which address in the cluster, as the API server tells it. */
interface OpenedPeers {
  readonly directory: PeerDirectory;
  /** What keeps it from following them now, for a person; undefined when nothing does. */
  trouble(): string | undefined;
  /**
   * Settles when the first lists of pods and of services are there, or a try to get one fails from now on; and when `signal`
   * aborts. To be asked once the API server has answered something: what fails then is likely to be refused for long.
   */
  answered(signal: AbortSignal): Promise<void>;
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
    answered: async (signal) => {
      await Promise.all([pods, services].map((each) => answeredBy(each, clock, signal)));
    },
    run: async (running) => {
      await Promise.all([pods.run(running), services.run(running)]);
    },
  };
}

async function answeredBy(
  reflector: Pick<Reflector<unknown>, 'state' | 'counters' | 'synced'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const listed = new AbortController();
  const until = AbortSignal.any([signal, listed.signal]);
  await Promise.race([reflector.synced, refusedBy(reflector, clock, until)]);
  listed.abort();
}

/** A server without streaming lists (`invalid`) is asked for a plain one: that is no failure yet. */
async function refusedBy(
  reflector: Pick<Reflector<unknown>, 'state' | 'counters'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const failedBefore = reflector.counters.errors;
  const hasFailed = () =>
    reflector.counters.errors > failedBefore && reflector.state.error?.code !== 'invalid';
  while (!(signal.aborted || hasFailed())) await clock.sleep(LOOK_MS, signal).catch(() => {});
}
