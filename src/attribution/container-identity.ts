import type { Container, InstanceId, PodIdentity } from '#model/container.js';
import { toValidDnsSubdomain } from '#profile/label-value.js';
import { cronJobName } from '#profile/pod-owner.js';
import { ownerFromPodLabels } from '#profile/pod-owner-labels.js';
import { stableName, workloadName } from '#profile/slug.js';
import type { ContainerRecord } from './container-record.ts';

/** What is known of one run of a container, beside its record. */
export interface ContainerRun {
  readonly runtimeNamespace: string;
  readonly pid: number;
  readonly imageDigest: string;
  readonly startedAtMs: number;
  readonly preExisting: boolean;
  readonly cgroupId?: number | undefined;
  /** Labels of the container that holds the pod's namespaces: they include the pod's. */
  readonly sandboxLabels?: Readonly<Record<string, string>> | undefined;
}

/** Who a container is: the place it has in Kubernetes, or what stands for that outside. */
type Place = Pick<Container, 'name' | 'kind' | 'namespace' | 'workloadKind'> & {
  readonly pod?: PodIdentity;
  readonly instanceId: InstanceId;
};

const POD_LABEL = {
  name: 'io.kubernetes.pod.name',
  namespace: 'io.kubernetes.pod.namespace',
  uid: 'io.kubernetes.pod.uid',
  container: 'io.kubernetes.container.name',
  kind: 'io.cri-containerd.kind',
} as const;
const CRI_ANNOTATION = {
  sandboxId: 'io.kubernetes.cri.sandbox-id',
  kind: 'io.kubernetes.cri.container-type',
  image: 'io.kubernetes.cri.image-name',
} as const;
/** Labels that name the workload of a container outside Kubernetes, the strongest first. */
const WORKLOAD_LABELS = ['hullwatch.io/workload', 'com.docker.compose.service', 'nerdctl/name'];
const NAME_LABEL = 'nerdctl/name';

/** Id of the sandbox of a container in a pod; undefined for a sandbox and outside Kubernetes. */
export function sandboxIdOf(record: ContainerRecord): string | undefined {
  const id = record.annotations[CRI_ANNOTATION.sandboxId];
  return id !== undefined && id !== '' && id !== record.id ? id : undefined;
}

/**
 * The identity of a container from containerd's record of it. Never throws, whatever labels and
 * names it has: what a name cannot hold is replaced (docs/identity.md says how).
 */
export function containerIdentity(record: ContainerRecord, run: ContainerRun): Container {
  const place = podPlace(record, run.sandboxLabels ?? record.labels) ?? plainPlace(record, run);
  const instanceId = nameable(place.instanceId);
  const { runtimeNamespace, pid, imageDigest, startedAtMs, preExisting, cgroupId } = run;
  return {
    ...place,
    namespace: instanceId.namespace,
    id: record.id,
    runtimeNamespace,
    image: imageOf(record),
    imageDigest,
    labels: record.labels,
    ...(cgroupId !== undefined && { cgroupId }),
    pid,
    startedAtMs,
    preExisting,
    instanceId,
    profileName: stableName(instanceId),
    workloadName: workloadName(instanceId),
  };
}

/** CRI names the image by its digest at times, and keeps what the pod asked for beside it. */
function imageOf({ image, annotations }: ContainerRecord): string {
  const asked = annotations[CRI_ANNOTATION.image];
  return (image === '' || image.startsWith('sha256:')) && asked ? asked : image;
}

function podPlace(
  { labels, annotations }: ContainerRecord,
  sandboxLabels: Readonly<Record<string, string>>,
): Place | undefined {
  const name = labels[POD_LABEL.name];
  const namespace = labels[POD_LABEL.namespace];
  if (!name || !namespace) return undefined;
  const kind = labels[POD_LABEL.kind] ?? annotations[CRI_ANNOTATION.kind];
  const isSandbox = kind === 'sandbox';
  const podLabels = withoutRuntimeLabels(sandboxLabels);
  const owner = ownerFromPodLabels({ name, labels: podLabels });
  const containerName = labels[POD_LABEL.container] || (isSandbox ? 'sandbox' : 'unnamed');
  return {
    name: containerName,
    kind: isSandbox ? 'sandbox' : 'container',
    namespace,
    workloadKind: topLevelKind(owner, podLabels),
    pod: { name, namespace, uid: labels[POD_LABEL.uid] ?? '', labels: podLabels },
    instanceId: { ...owner, namespace, containerType: 'containers', containerName },
  };
}

/** A ReplicaSet whose pods carry this label was made by a Deployment, a Job with a time by a CronJob. */
function topLevelKind(
  { kind, name }: { readonly kind: string; readonly name: string },
  podLabels: Readonly<Record<string, string>>,
): string {
  if (kind === 'ReplicaSet' && podLabels['pod-template-hash']) return 'Deployment';
  return kind === 'Job' && cronJobName(name) !== undefined ? 'CronJob' : kind;
}

function withoutRuntimeLabels(
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const runtime = new Set<string>(Object.values(POD_LABEL));
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !runtime.has(key)));
}

function plainPlace(record: ContainerRecord, { runtimeNamespace }: ContainerRun): Place {
  const { id, labels } = record;
  const label = WORKLOAD_LABELS.map((key) => labels[key]).find((value) => value);
  const workload = usable(label) ?? usable(imageName(imageOf(record))) ?? usable(id) ?? 'unnamed';
  const ownName = /^[0-9a-f]{64}$/.test(id) ? undefined : usable(id);
  const containerName = usable(labels[NAME_LABEL]) ?? ownName ?? workload;
  const namespace = namespaceOf(`containerd-${runtimeNamespace}`);
  return {
    name: containerName,
    kind: 'container',
    namespace,
    workloadKind: 'Container',
    instanceId: {
      apiVersion: 'v1',
      namespace,
      kind: 'Container',
      name: workload,
      containerType: 'containers',
      containerName,
    },
  };
}

/** The last part of an image reference: `registry:5000/shop/web:1.2@sha256:…` is `web`. */
function imageName(image: string): string {
  const path = image.split('@', 1)[0] ?? '';
  return path.slice(path.lastIndexOf('/') + 1).replace(/:.*$/s, '');
}

/** The text as a Kubernetes namespace: at most 63 lower-case letters, digits and hyphens. */
function namespaceOf(text: string): string {
  const plain = text
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+/, '');
  return plain.slice(0, 63).replace(/-+$/, '') || 'unnamed';
}

/** The same id when names can be made of it, else one whose parts were made usable. */
function nameable(id: InstanceId): InstanceId {
  return isNameable(id)
    ? id
    : {
        ...id,
        namespace: namespaceOf(id.namespace),
        name: usable(id.name) ?? 'unnamed',
        ...(id.alternateName !== undefined && {
          alternateName: usable(id.alternateName) ?? 'unnamed',
        }),
        containerName: usable(id.containerName) ?? 'unnamed',
      };
}

function isNameable(id: InstanceId): boolean {
  if (namespaceOf(id.namespace) !== id.namespace) return false;
  try {
    stableName(id);
    return workloadName(id) !== '';
  } catch {
    return false;
  }
}

/** The text as a DNS subdomain, or undefined when nothing of it is left. */
function usable(text: string | undefined): string | undefined {
  try {
    return text ? toValidDnsSubdomain(text) : undefined;
  } catch {
    return undefined;
  }
}
