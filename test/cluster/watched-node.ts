import { type ClusterPods, openPods } from '#agent/cluster-pods.js';
import { configFrom } from '#agent/config.js';
import { Flow } from '#agent/flow.js';
import { LiveHost } from '#agent/live-host.js';
import { memoryQueue } from '#agent/open-queue.js';
import { Metrics } from '#metrics/metrics.js';
import type { ContainerEvent } from '#model/container.js';
import type { EventSource } from '#model/raw-event.js';
import { ruleSetOf } from '#rules/rule-set.js';
import { systemClock } from '#runtime/clock.js';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ApiServer } from '#storage/api/api-server.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { kubeconfigFor } from './cluster-agent.ts';
import { extraKind } from './extra-kinds.ts';

const NODE = 'n1';

/** What an API server has that says who a container is. */
function workloadKinds() {
  return {
    pods: extraKind({
      apiVersion: 'v1',
      kind: 'Pod',
      selectableFields: ['spec.nodeName', 'status.phase'],
    }),
    services: extraKind({ apiVersion: 'v1', kind: 'Service' }),
    replicaSets: extraKind({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }),
    deployments: extraKind({ apiVersion: 'apps/v1', kind: 'Deployment' }),
    jobs: extraKind({ apiVersion: 'batch/v1', kind: 'Job' }),
    cronJobs: extraKind({ apiVersion: 'batch/v1', kind: 'CronJob' }),
  };
}

/** Sees everything, and nothing happens. */
const quietSensor: EventSource = {
  run: async ({ onRecords, signal }) => {
    onRecords([{ type: 'ready', timeMs: 0, kernel: '6.1.0', programs: [], skipped: [] }]);
    await aborted(signal);
  },
};

/** The stages of a node's agent, with its way to the pods. */
export interface WatchedNode {
  readonly clock: VirtualClock;
  readonly kinds: ReturnType<typeof workloadKinds>;
  readonly store: MemoryProfileStore;
  readonly flow: Flow;
  readonly pods: ClusterPods['pods'];
  /** Container events in the order in which the stages heard of them. */
  readonly heard: readonly ContainerEvent[];
  /** What containerd says. */
  tell(event: ContainerEvent): void;
  close(): Promise<void>;
}

/**
 * Joins the stages, {@link LiveHost} and the pods as a live agent does, on a virtual clock. containerd is whoever
 * calls `tell`; the API server is a real one on loopback.
 */
export async function openWatchedNode(folder: string): Promise<WatchedNode> {
  const kinds = workloadKinds();
  const clock = new VirtualClock(1_000);
  const parts = { clock, random: seededRandom(3), log: silentLogger };
  const store = new MemoryProfileStore(parts);
  const server = await ApiServer.listen({
    ...parts,
    clock: systemClock,
    address: '127.0.0.1:0',
    objects: store.objects,
    extraResources: Object.values(kinds),
  });
  const flags = { pods: 'api', nodeName: NODE, kubeconfig: kubeconfigFor(server.url, folder) };
  const options = configFrom({ environment: {}, flags });
  const pods = await openPods({ ...parts, options, metrics: new Metrics() });
  const health = new Health(() => clock.now());
  const flow = new Flow({
    ...{
      ...parts,
      options,
      store,
      health,
      pods: pods.pods,
      rules: ruleSetOf([]),
      sinks: [],
      hostName: NODE,
    },
    queue: memoryQueue(parts),
    onSaved() {},
    onCacheChange() {},
  });
  const containerd = new GivenContainers();
  const host = new LiveHost({
    ...{ ...parts, health, pods, sensor: quietSensor, containers: containerd },
    accounting: flow.accounting,
    keepRunning: (_what, work) => work(),
  });
  const heard: ContainerEvent[] = [];
  const stop = new AbortController();
  const { signal } = stop;
  const running = [
    pods.run({ signal }),
    flow.cache.run({ signal }),
    host.run({
      signal,
      onRecords: (records) => flow.acceptRecords(records),
      onContainerEvent: (event) => {
        heard.push(event);
        flow.acceptContainerEvent(event);
      },
    }),
  ];
  await containerd.watched;
  return {
    ...{ clock, kinds, store, flow, pods: pods.pods, heard },
    tell: (event) => containerd.tell(event),
    close: async () => {
      stop.abort();
      await Promise.all(running);
      flow.drain();
      const learned = flow.learner.stop();
      await clock.advance(60_000);
      await learned;
      await flow.alerts.close();
      pods.close();
      await server.close();
    },
  };
}

/** containerd, as a test tells of it. */
class GivenContainers {
  tell: (event: ContainerEvent) => void = () => {};
  readonly #watched = Promise.withResolvers<void>();

  /** Settles when somebody listens. */
  get watched(): Promise<void> {
    return this.#watched.promise;
  }

  async run({
    signal,
    onEvent,
  }: {
    readonly signal: AbortSignal;
    readonly onEvent: (event: ContainerEvent) => void;
  }): Promise<void> {
    this.tell = onEvent;
    this.#watched.resolve();
    await aborted(signal);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
