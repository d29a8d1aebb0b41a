import type { OwnerReference } from './owner-reference.ts';

interface OwnerKind {
  /** Below a namespace's path. */
  readonly path: (namespace: string) => string;
  /** Something else may own it, and is then the workload. */
  readonly hasOwner: boolean;
}

const apps = (plural: string) => (namespace: string) =>
  `/apis/apps/v1/namespaces/${namespace}/${plural}`;
const batch = (plural: string) => (namespace: string) =>
  `/apis/batch/v1/namespaces/${namespace}/${plural}`;

/** By group and kind: another group's `Deployment` is none of ours. */
const OWNER_KINDS: ReadonlyMap<string, OwnerKind> = new Map([
  ['apps/ReplicaSet', { path: apps('replicasets'), hasOwner: true }],
  ['apps/Deployment', { path: apps('deployments'), hasOwner: false }],
  ['apps/DaemonSet', { path: apps('daemonsets'), hasOwner: false }],
  ['apps/StatefulSet', { path: apps('statefulsets'), hasOwner: false }],
  ['batch/Job', { path: batch('jobs'), hasOwner: true }],
  ['batch/CronJob', { path: batch('cronjobs'), hasOwner: false }],
  [
    '/ReplicationController',
    {
      path: (namespace: string) => `/api/v1/namespaces/${namespace}/replicationcontrollers`,
      hasOwner: false,
    },
  ],
]);

/**
 * What is known of an owner's kind; undefined for those that are no workload of Kubernetes itself
 * (custom resources, nodes), at which a climb ends.
 */
export function ownerKindOf({ apiVersion, kind }: OwnerReference): OwnerKind | undefined {
  const [group = '', version] = apiVersion.split('/');
  return OWNER_KINDS.get(`${version === undefined ? '' : group}/${kind}`);
}
