import type { InstanceId } from '#model/container.js';
import type { NodePod } from './node-pod.ts';

/** What the API server tells of one container. */
export interface ContainerFacts {
  readonly instanceId: InstanceId;
  /** As the runtime resolved it, else as the pod asks for it; empty when neither is told. */
  readonly image: string;
  /** `sha256:…`; empty until the kubelet reports this run of the container. */
  readonly imageDigest: string;
}

/**
 * The facts of one container of `pod`. One that the spec does not name is an ephemeral container
 * whose addition has not been heard of yet: nothing else can be added to a pod.
 */
export function containerFacts(
  pod: NodePod,
  { id, name }: { readonly id: string; readonly name: string },
): ContainerFacts | undefined {
  const instanceId = pod.instances.find(({ containerName }) => containerName === name);
  const [sibling] = pod.instances;
  if (sibling === undefined) return undefined;
  const run = pod.status.containerStatuses.find(({ containerId }) =>
    containerId.endsWith(`://${id}`),
  );
  return {
    instanceId: instanceId ?? {
      ...sibling,
      containerType: 'ephemeralContainers',
      containerName: name,
    },
    image: run?.image || pod.images.get(name) || '',
    imageDigest: run?.imageDigest ?? '',
  };
}
