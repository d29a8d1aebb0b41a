import { isRecord } from '#profile/is-record.js';

/** What the kubelet last reported of one container of a pod. */
export interface PodContainerStatus {
  readonly name: string;
  /** With the runtime's scheme (`containerd://`); empty before the container ran. */
  readonly containerId: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** Image reference as the runtime resolved it; empty when it was not told. */
  readonly image: string;
  /** `sha256:…`, or empty when the runtime did not tell it. */
  readonly imageDigest: string;
}

const STATUS_LISTS = [
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
] as const;

/** The statuses of all containers, init and ephemeral ones too, from a pod's `status`. */
export function podContainerStatuses(status: unknown): PodContainerStatus[] {
  if (!isRecord(status)) return [];
  return STATUS_LISTS.flatMap((key) => {
    const list: unknown = status[key];
    return Array.isArray(list) ? list.filter(isRecord).map(containerStatus) : [];
  });
}

function containerStatus(raw: Readonly<Record<string, unknown>>): PodContainerStatus {
  const { name, containerID, image, imageID, state } = raw;
  return {
    name: textOf(name),
    containerId: textOf(containerID),
    state: stateOf(state),
    image: textOf(image),
    imageDigest: /sha256:[0-9a-f]{64}$/.exec(textOf(imageID))?.[0] ?? '',
  };
}

/** A state that names none of the three is `waiting`: the API's reference says so. */
function stateOf(state: unknown): PodContainerStatus['state'] {
  if (!isRecord(state)) return 'waiting';
  if (isRecord(state['terminated'])) return 'terminated';
  return isRecord(state['running']) ? 'running' : 'waiting';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
