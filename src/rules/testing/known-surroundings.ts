import type { ContainerSpec, PodSpec } from '#model/pod-spec.js';
import type { Surroundings } from '../surroundings.ts';

/** A container of a pod's spec; changes as given. */
export function aContainerSpec(changes: Partial<ContainerSpec> = {}): ContainerSpec {
  return { name: 'web', mountPaths: [], ...changes };
}

/** Surroundings with one pod, `shop/web-1`, one API server and one process, 1234. */
export function aCluster(
  pod: Partial<PodSpec>,
  environment: Readonly<Record<string, string>> = {},
): Surroundings {
  const spec = { containers: [], initContainers: [], ephemeralContainers: [], ...pod };
  return {
    podSpecOf: (namespace, name) => (`${namespace}/${name}` === 'shop/web-1' ? spec : undefined),
    isApiServerAddress: (address) => address === '10.96.0.1',
    environOf: (pid) => (pid === 1_234 ? new Map(Object.entries(environment)) : undefined),
  };
}
