import type { PodStatus } from './ports.ts';

/** What a pod's published status says about one container. */
export type PodVerdict = 'terminated' | 'absent' | 'alive' | 'unknown';

/** How a container is looked for in a pod's status. */
export interface SoughtContainer {
  readonly containerId: string;
  readonly name: string;
  /** Empty when not known. */
  readonly podUid: string;
}

/**
 * `terminated` and `absent` only on positive evidence. A pod that is not known, that is another pod
 * of the same name, or whose kubelet has not reported yet says nothing. A status is matched by
 * container id; one without an id by container name, if it is certainly the same pod.
 */
export function podVerdict(sought: SoughtContainer, pod: PodStatus | undefined): PodVerdict {
  if (pod === undefined || pod.containerStatuses.length === 0) return 'unknown';
  const isKnown = sought.podUid !== '' && pod.uid !== '';
  if (isKnown && sought.podUid !== pod.uid) return 'unknown';
  const byId = statusById(sought.containerId, pod);
  const byName = pod.containerStatuses.find(
    ({ name, containerId }) => containerId === '' && name === sought.name,
  );
  if (!byId && byName && !isKnown) return 'unknown';
  const status = byId ?? byName;
  if (!status) return 'absent';
  return status.state === 'terminated' ? 'terminated' : 'alive';
}

/** The container's own status, whatever scheme its id is written with. */
export function statusById(
  id: string,
  pod: PodStatus,
): PodStatus['containerStatuses'][number] | undefined {
  return pod.containerStatuses.find(
    ({ containerId }) => containerId === id || containerId.endsWith(`://${id}`),
  );
}
