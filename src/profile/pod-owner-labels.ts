import { CONTROLLER_LABEL, cronJobName, type PodOwner } from './pod-owner.ts';
import { SAFE_ALPHABET, safeHash } from './pod-spec-hash.ts';

/**
 * Kubernetes makes a pod's name of the owner's, `-` and five random characters, and cuts what
 * stands before these to 58 so that the whole has 63. A name of 63 may therefore have been cut.
 */
const MAX_GENERATED_NAME = 63;
const RANDOM_LENGTH = 5;
const RANDOM_PART = new RegExp(`[${SAFE_ALPHABET}]{${RANDOM_LENGTH}}$`);
/** An index stands between name and random part of some long names: this much is the name for sure. */
const SURE_LENGTH = 48;

interface Pod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The owner of a pod as its name and the labels of its controller tell it, for a runtime without
 * the Kubernetes API. Labels alone are not believed: the pod's name must fit them. Equal to what
 * the owner reference gives, except where that cannot be known here:
 * a CronJob's pods (the spec is not at hand: the hash is over the labels that all runs share), and
 * names so long that Kubernetes cut them. A pod that no rule fits stands for itself.
 */
export function ownerFromPodLabels(pod: Pod): PodOwner {
  const { labels } = pod;
  const templateHash = labels[CONTROLLER_LABEL.templateHash];
  const owner = jobOwner(pod) ??
    replicaSetOwner(pod) ??
    statefulSetOwner(pod) ??
    daemonSetOwner(pod) ?? { apiVersion: 'v1', kind: 'Pod', name: pod.name };
  return templateHash && owner.templateHash === undefined ? { ...owner, templateHash } : owner;
}

function jobOwner({ name: podName, labels }: Pod): PodOwner | undefined {
  const name = labels[CONTROLLER_LABEL.jobName] || labels[CONTROLLER_LABEL.oldJobName];
  if (!name || !isNameOfJobPod(podName, name)) return undefined;
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name };
  const cronJob = cronJobName(name);
  if (cronJob === undefined) return owner;
  const templateHash = safeHash(JSON.stringify(labelsOfAllRuns(labels)));
  return { ...owner, templateHash, alternateName: `${cronJob}-${templateHash}` };
}

/** An indexed Job's pods are called <job>-<index>-<random>, the others <job>-<random>. */
function isNameOfJobPod(podName: string, jobName: string): boolean {
  const base = generatedBase(podName);
  if (base === undefined) return false;
  if (base === jobName || base.startsWith(`${jobName}-`)) return true;
  return isMaybeCut(podName) && base.startsWith(jobName.slice(0, SURE_LENGTH));
}

function replicaSetOwner({ name: podName, labels }: Pod): PodOwner | undefined {
  const hash = labels[CONTROLLER_LABEL.templateHash];
  const base = generatedBase(podName);
  if (!hash || base === undefined) return undefined;
  const ending = `-${hash}`;
  if (base.endsWith(ending)) return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: base };
  if (!isMaybeCut(podName)) return undefined;
  const name = withEnding(podName.slice(0, -RANDOM_LENGTH), ending);
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name };
}

function statefulSetOwner({ name: podName, labels }: Pod): PodOwner | undefined {
  const revision = labels[CONTROLLER_LABEL.revisionHash];
  const name = /^(.+)-\d+$/s.exec(podName)?.[1];
  if (!revision || name === undefined) return undefined;
  const isNamed = labels[CONTROLLER_LABEL.statefulSetPod] === podName;
  if (!isNamed && !revision.startsWith(`${name}-`)) return undefined;
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', name, alternateName: revision };
}

function daemonSetOwner({ name: podName, labels }: Pod): PodOwner | undefined {
  const revision = labels[CONTROLLER_LABEL.revisionHash];
  const name = generatedBase(podName);
  if (!revision || name === undefined) return undefined;
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', name, alternateName: `${name}-${revision}` };
}

/** What stands before the random part of a generated name, or undefined when there is none. */
function generatedBase(podName: string): string | undefined {
  if (!RANDOM_PART.test(podName)) return undefined;
  const base = podName.slice(0, -RANDOM_LENGTH);
  if (base.length > 1 && base.endsWith('-')) return base.slice(0, -1);
  return isMaybeCut(podName) ? base : undefined;
}

function isMaybeCut(podName: string): boolean {
  return podName.length === MAX_GENERATED_NAME;
}

/** `base` completed by what is missing of `ending`, the beginning of which it may end with. */
function withEnding(base: string, ending: string): string {
  for (let length = ending.length; length > 0; length -= 1) {
    if (base.endsWith(ending.slice(0, length))) return base + ending.slice(length);
  }
  return base + ending;
}

/** The labels that do not change from run to run, sorted. */
function labelsOfAllRuns(labels: Pod['labels']): readonly (readonly [string, string])[] {
  return Object.entries(labels)
    .filter(([key]) => key !== 'job-name' && key !== 'controller-uid')
    .filter(([key]) => !key.startsWith('batch.kubernetes.io/'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
