import type { ContainerSpec, PodSpec } from '#model/pod-spec.js';
import { isRecord } from '#profile/is-record.js';

/**
 * Of a pod's spec the commands, lifecycle commands and mount paths of its containers, nothing else. What has not the
 * form it should is left out; a container without a name too. Never throws.
 */
export function podSpecOf(spec: unknown): PodSpec {
  const fields = isRecord(spec) ? spec : {};
  return {
    containers: containersOf(fields['containers']),
    initContainers: containersOf(fields['initContainers']),
    ephemeralContainers: containersOf(fields['ephemeralContainers']),
  };
}

function containersOf(list: unknown): readonly ContainerSpec[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((container: unknown) => {
    const { name, command, lifecycle, volumeMounts } = isRecord(container) ? container : {};
    if (typeof name !== 'string') return [];
    const own = textsOf(command);
    const preStop = hookOf(lifecycle, 'preStop');
    const postStart = hookOf(lifecycle, 'postStart');
    return [
      {
        name,
        ...(own && { command: own }),
        ...(preStop && { preStopCommand: preStop }),
        ...(postStart && { postStartCommand: postStart }),
        mountPaths: mountPathsOf(volumeMounts),
      },
    ];
  });
}

function hookOf(lifecycle: unknown, name: string): readonly string[] | undefined {
  const hook = isRecord(lifecycle) ? lifecycle[name] : undefined;
  const exec = isRecord(hook) ? hook['exec'] : undefined;
  return isRecord(exec) ? textsOf(exec['command']) : undefined;
}

function mountPathsOf(mounts: unknown): readonly string[] {
  if (!Array.isArray(mounts)) return [];
  return mounts.flatMap((mount: unknown) => {
    const path = isRecord(mount) ? mount['mountPath'] : undefined;
    return typeof path === 'string' ? [path] : [];
  });
}

/** Undefined when there is nothing in it. */
function textsOf(list: unknown): readonly string[] | undefined {
  if (!Array.isArray(list)) return undefined;
  const texts = list.filter((text: unknown) => typeof text === 'string');
  return texts.length > 0 ? texts : undefined;
}
