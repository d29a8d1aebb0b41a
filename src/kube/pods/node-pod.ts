import { AgentError } from '#model/agent-error.js';
import type { InstanceId } from '#model/container.js';
import type { PodSpec } from '#model/pod-spec.js';
import { instancesOfWorkload } from '#profile/instance-id-manifest.js';
import { isRecord } from '#profile/is-record.js';
import { firstOwnerReference, type OwnerReference } from './owner-reference.ts';
import { type PodContainerStatus, podContainerStatuses } from './pod-container-status.ts';
import { podSpecOf } from './pod-spec.ts';

/** What is kept of a pod: who it is, what its containers are called and begin with, how they are doing. */
export interface NodePod {
  readonly namespace: string;
  readonly name: string;
  /** Of the object in the API server: another one for each incarnation. */
  readonly uid: string;
  /**
   * The uid that the container runtime knows the pod by. The same as `uid`, but for a static pod,
   * of which the API server only has a mirror: there the uid that the kubelet made of its file.
   */
  readonly runtimeUid: string;
  readonly resourceVersion: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The first owner reference, whatever its kind. */
  readonly owner?: OwnerReference;
  /** Of every container in the spec, in the order of the lists. */
  readonly instances: readonly InstanceId[];
  /** The image that the spec asks for, by container name. */
  readonly images: ReadonlyMap<string, string>;
  /** As rules ask for it. */
  readonly spec: PodSpec;
  /** As `profile-cache` asks for it; its `uid` is the {@link runtimeUid}. */
  readonly status: { readonly uid: string; readonly containerStatuses: PodContainerStatus[] };
}

/** On a mirror pod: the uid of the static pod behind it. */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';

/**
 * Reads a pod as the API server has it and keeps nothing of it but a {@link NodePod}: no
 * environment, arguments, volumes, annotations or managed fields. Items of a list carry no kind: none is asked
 * for. Throws `invalid`, naming the field, for what cannot be a pod.
 */
export function parseNodePod(raw: unknown): NodePod {
  const { metadata: meta, spec, status } = isRecord(raw) ? raw : {};
  const metadata = isRecord(meta) ? meta : {};
  const namespace = textAt(metadata, 'namespace');
  const name = textAt(metadata, 'name');
  const uid = textAt(metadata, 'uid');
  const runtimeUid = mirroredUid(metadata) ?? uid;
  const owner = firstOwnerReference(metadata);
  return {
    namespace,
    name,
    uid,
    runtimeUid,
    resourceVersion: String(metadata['resourceVersion'] ?? ''),
    labels: textsOf(metadata['labels']),
    ...(owner && { owner }),
    instances: instancesOfWorkload({ apiVersion: 'v1', kind: 'Pod', metadata, spec }),
    images: imagesOf(spec),
    spec: podSpecOf(spec),
    status: { uid: runtimeUid, containerStatuses: podContainerStatuses(status) },
  };
}

function textAt(metadata: Readonly<Record<string, unknown>>, field: string): string {
  const value = metadata[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new AgentError('invalid', `pod: metadata.${field}: expected a non-empty text`);
}

function mirroredUid({ annotations }: Readonly<Record<string, unknown>>): string | undefined {
  const uid = isRecord(annotations) ? annotations[MIRROR_ANNOTATION] : undefined;
  return typeof uid === 'string' && uid !== '' ? uid : undefined;
}

function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function imagesOf(spec: unknown): ReadonlyMap<string, string> {
  const lists = isRecord(spec)
    ? [spec['containers'], spec['initContainers'], spec['ephemeralContainers']]
    : [];
  const images = new Map<string, string>();
  for (const container of lists.flatMap((list) => (Array.isArray(list) ? list : []))) {
    const { name, image } = isRecord(container) ? container : {};
    if (typeof name === 'string' && typeof image === 'string') images.set(name, image);
  }
  return images;
}
