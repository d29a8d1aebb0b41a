import type { Metrics } from '#metrics/metrics.js';
import type { NodePods } from './node-pods.ts';
import type { PodIdentities } from './pod-identities.ts';
import type { WorkloadOwners } from './workload-owners.ts';

/** Registers what is known of the pods of this node, and how often that was in time. Call once an agent. */
export function registerPodMetrics(
  metrics: Metrics,
  {
    pods,
    identities,
    owners,
  }: Readonly<{
    pods: Pick<NodePods, 'size' | 'waits'>;
    identities: Pick<PodIdentities, 'counts'>;
    owners: Pick<WorkloadOwners, 'size' | 'counts'>;
  }>,
): void {
  metrics.gauged(
    {
      name: 'hullwatch_kube_pods_holdings',
      help: 'What is kept of the API server: pods of this node, their owners, containers that wait for their pod.',
      labels: ['what'],
    },
    () => readings('what', { pods: pods.size, owners: owners.size, waits: pods.waits }),
  );
  metrics.counted(
    {
      name: 'hullwatch_kube_pod_identities_total',
      help: 'Containers of pods, by whether their pod was known in time.',
      labels: ['result'],
    },
    () => readings('result', identities.counts),
  );
  metrics.counted(
    {
      name: 'hullwatch_kube_owner_reads_total',
      help: 'Questions to the API server for an owner of a pod, by what came of them.',
      labels: ['result'],
    },
    () => readings('result', owners.counts),
  );
}

function readings(label: string, counts: Readonly<Record<string, number>>) {
  return Object.entries(counts).map(([key, value]) => ({ value, labels: { [label]: key } }));
}
