import type { PodSpec } from '#model/pod-spec.js';

/** What rule functions ask about the world around a container. Answers at once, from what is known. */
export interface Surroundings {
  /** Undefined when the pod is not known (yet). */
  podSpecOf(namespace: string, podName: string): PodSpec | undefined;
  /** True for an address at which the cluster's API server is reached. */
  isApiServerAddress(address: string): boolean;
  /** The environment of a process; undefined when it cannot be read: it has ended, for example. */
  environOf(pid: number): ReadonlyMap<string, string> | undefined;
}

/** Knows nothing. */
export const NO_SURROUNDINGS: Surroundings = {
  podSpecOf: () => undefined,
  isApiServerAddress: () => false,
  environOf: () => undefined,
};
