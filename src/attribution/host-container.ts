import { type Container, HOST_CGROUP_ID, type InstanceId } from '#model/container.js';
import { toValidDnsSubdomain } from '#profile/label-value.js';
import { stableName, workloadName } from '#profile/slug.js';

/** What stands for the host where a container's id, name or namespace is asked for. */
const HOST = 'host';

/**
 * What stands for all processes of the node that are in no container. It is never learned and has no profile; rules with
 * `context:host` judge it. `bootedAtMs` is when the machine started, in milliseconds since the Unix epoch.
 */
export function hostContainer({
  nodeName,
  bootedAtMs,
}: Readonly<{ nodeName: string; bootedAtMs: number }>): Container {
  const instanceId: InstanceId = {
    apiVersion: 'v1',
    namespace: HOST,
    kind: 'Node',
    name: usable(nodeName),
    containerType: 'containers',
    containerName: HOST,
  };
  return {
    id: HOST,
    runtimeNamespace: HOST,
    name: HOST,
    kind: 'container',
    image: '',
    imageDigest: '',
    namespace: HOST,
    labels: {},
    cgroupId: HOST_CGROUP_ID,
    pid: 1,
    startedAtMs: bootedAtMs,
    preExisting: true,
    instanceId,
    profileName: stableName(instanceId),
    workloadName: workloadName(instanceId),
    workloadKind: instanceId.kind,
  };
}

/** True for what {@link hostContainer} made, and for no container that somebody gave the id `host`. */
export function isHostContainer({ id, cgroupId }: Pick<Container, 'id' | 'cgroupId'>): boolean {
  return id === HOST && cgroupId === HOST_CGROUP_ID;
}

function usable(nodeName: string): string {
  try {
    return toValidDnsSubdomain(nodeName);
  } catch {
    return 'unnamed';
  }
}
