import { isParentKind } from './kubernetes-kinds.ts';
import { podSpecHash } from './pod-spec-hash.ts';

/** The workload whose name a pod's profiles carry: one level above the pod, or the pod itself. */
export interface PodOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Takes the place of the name where the name alone would not tell one template from another. */
  readonly alternateName?: string;
  /** What names the pod's template: the `pod-template-hash`, or the hash of a CronJob's pod spec. */
  readonly templateHash?: string;
}

/** Label keys that controllers put on the pods they make. */
export const CONTROLLER_LABEL = {
  templateHash: 'pod-template-hash',
  revisionHash: 'controller-revision-hash',
  statefulSetPod: 'statefulset.kubernetes.io/pod-name',
  jobName: 'batch.kubernetes.io/job-name',
  oldJobName: 'job-name',
} as const;

/** A pod, or what stands for it in a workload's template. */
export interface PodFacts {
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Largest number of minutes whose seconds the public system's 64-bit integers still hold. */
const MAX_MINUTES = (2n ** 63n - 1n) / 60n;

/**
 * The owner of a pod by its first owner reference. `self` is the pod, or the workload when that is
 * at hand: it stands for itself when there is no reference, when a Node owns it, or a kind that
 * Kubernetes does not serve. The rules of the alternate names are those of the public system
 * (kubescape's instance ids).
 */
export function podOwner(self: PodOwner, reference: PodOwner | undefined, pod: PodFacts): PodOwner {
  const owner = reference !== undefined && isParentKind(reference.kind) ? reference : self;
  const { apiVersion, kind, name } = owner;
  return { apiVersion, kind, name, ...templateNames(owner, pod) };
}

/**
 * Name of a Job without the part that a CronJob appends: the scheduled time in minutes since the
 * Unix epoch. Undefined for a Job whose name does not end in such a number.
 */
export function cronJobName(jobName: string): string | undefined {
  const [, name, digits = '0'] = /^(.*)-(\d+)$/s.exec(jobName) ?? [];
  const minutes = BigInt(digits);
  return minutes > 0n && minutes < MAX_MINUTES ? name : undefined;
}

function templateNames(
  { kind, name }: PodOwner,
  { labels, spec }: PodFacts,
): Pick<PodOwner, 'alternateName' | 'templateHash'> {
  const templateHash = labels[CONTROLLER_LABEL.templateHash];
  const base = templateHash ? { templateHash } : {};
  const revision = labels[CONTROLLER_LABEL.revisionHash];
  if (kind === 'DaemonSet' && revision) return { ...base, alternateName: `${name}-${revision}` };
  // A StatefulSet's revision begins with its name already.
  if (kind === 'StatefulSet' && revision) return { ...base, alternateName: revision };
  const cronJob = kind === 'Job' ? cronJobName(name) : undefined;
  if (cronJob === undefined) return base;
  const hash = podSpecHash(spec);
  return { templateHash: hash, alternateName: `${cronJob}-${hash}` };
}
