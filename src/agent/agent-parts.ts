import type { AlertSink } from '#alerts/alert-sink.js';
import type { SpoolFile } from '#alerts/spool-file.js';
import type { Health } from '#runtime/health.js';
import type { ClusterPods } from './cluster-pods.ts';
import { processEnvironment } from './config.ts';
import { openAlertSpool } from './open-alert-spool.ts';
import { type OpenedQueue, openQueue } from './open-queue.ts';
import { type OpenedRules, openRules } from './open-rules.ts';
import { openStore } from './open-store.ts';
import type { OpenedStore, StoreParts } from './opened-store.ts';

/** What an agent works with, opened. */
export interface AgentParts {
  readonly store: OpenedStore;
  readonly queue: OpenedQueue;
  readonly pods: ClusterPods | undefined;
  readonly rules: OpenedRules;
  /** Closed by whoever delivers its alerts. */
  readonly spool: SpoolFile;
  /** Likewise: those that the options name. */
  readonly sinks: readonly AlertSink[];
  /** Closes all the rest. */
  close(): Promise<void>;
}

/**
 * Opens what has to be closed again: all of it, or nothing. Rejects with `invalid` or `unavailable` and a message
 * for a person when a part cannot be had.
 */
export async function openAgentParts(
  parts: StoreParts & { readonly health: Health },
): Promise<AgentParts> {
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const closeOne of closers.reverse()) await closeOne();
  };
  try {
    const sinks = await openConfiguredSinks(parts, closers);
    const queue = openQueue(parts);
    closers.push(() => queue.close());
    const pods = await openConfiguredPods(parts);
    if (pods) closers.push(() => pods.close());
    const store = await openStore(parts);
    closers.push(() => store.close());
    const rules = await openRules({ ...parts, objects: store.objects, pods: pods?.pods });
    closers.push(() => rules.close());
    const spool = openAlertSpool(parts);
    return { sinks, queue, pods, store, rules, spool, close };
  } catch (reason) {
    await close();
    throw reason;
  }
}

// What the options do not ask for is not loaded either.

async function openConfiguredPods(parts: StoreParts): Promise<ClusterPods | undefined> {
  if (parts.options.pods === 'runtime') return undefined;
  const { openPods } = await import('./cluster-pods.ts');
  return openPods(parts);
}

async function openConfiguredSinks(
  parts: StoreParts,
  closers: (() => void)[],
): Promise<readonly AlertSink[]> {
  const { options, clock } = parts;
  if (options.sink.length === 0) return [];
  const { openSinks } = await import('#alerts/sinks/open-sinks.js');
  const environment = processEnvironment();
  const isClusterKnown = options.kubeconfig !== '' || environment['KUBERNETES_SERVICE_HOST'];
  if (!isClusterKnown) return openSinks(options.sink, { clock, environment });
  const { clusterClient } = await import('./open-cluster.ts');
  const { EventWriter } = await import('#kube/event-writer.js');
  const { client } = await clusterClient(parts);
  closers.push(() => client.close());
  return openSinks(options.sink, { clock, environment, kube: new EventWriter(client) });
}
