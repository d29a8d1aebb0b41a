import type { Workload } from '#model/container.js';
import { CONTROLLER_LABEL, cronJobName } from '#profile/pod-owner.js';
import type { NodePod } from './node-pod.ts';
import type { OwnerReference } from './owner-reference.ts';

/**
 * The workload behind `owner` as names tell it, for when its object cannot be had: a ReplicaSet
 * named after its pods' template was made by a Deployment, a Job whose name ends in a time by a
 * CronJob. A guess has no uid; what a reference says has.
 */
export function workloadByName(owner: OwnerReference, pod: NodePod): Workload {
  const { kind, name, uid } = owner;
  const hash = pod.labels[CONTROLLER_LABEL.templateHash];
  if (kind === 'ReplicaSet' && hash && name.endsWith(`-${hash}`)) {
    return { kind: 'Deployment', name: name.slice(0, -hash.length - 1) };
  }
  const cronJob = kind === 'Job' ? cronJobName(name) : undefined;
  return cronJob === undefined ? { kind, name, uid } : { kind: 'CronJob', name: cronJob };
}
