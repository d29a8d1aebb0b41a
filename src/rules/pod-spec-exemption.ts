import type { ContainerSpec, PodSpec } from '#model/pod-spec.js';
import type { Clock } from '#runtime/clock.js';
import { StoppingContainers } from './stopping-containers.ts';
import type { Surroundings } from './surroundings.ts';

/** Whom the exemption is asked for. */
interface Who {
  readonly containerName: string;
  readonly namespace: string;
  readonly podName: string;
}

/**
 * What a pod's spec has a container execute needs no profile: any element of its command or of the
 * commands of its hooks. Once the hook before stopping is seen, all that the container executes is
 * exempt for a while. Source: the public node agent, `isExecInPodSpec`.
 */
export class PodSpecExemption {
  readonly #surroundings: Surroundings;
  readonly #stopping: StoppingContainers;

  constructor(surroundings: Surroundings, clock: Clock) {
    this.#surroundings = surroundings;
    this.#stopping = new StoppingContainers(clock);
  }

  /** True from when the hook before stopping was seen until some minutes later. */
  isStopping(containerId: string): boolean {
    return this.#stopping.has(containerId);
  }

  /** True when the spec names the path. If its hook before stopping does, the container is stopping from now on. */
  covers(containerId: string, { containerName, namespace, podName }: Who, path: string): boolean {
    if (containerName === '' || podName === '') return false;
    const pod = this.#surroundings.podSpecOf(namespace, podName);
    const container = pod && containerSpec(pod, containerName);
    if (container === undefined) return false;
    if (container.command?.includes(path)) return true;
    if (container.preStopCommand?.includes(path)) {
      this.#stopping.add(containerId);
      return true;
    }
    return container.postStartCommand?.includes(path) ?? false;
  }
}

/** The container of that name: of several the first, of the lists the containers' own before the others. */
export function containerSpec(pod: PodSpec, name: string): ContainerSpec | undefined {
  const isIt = (container: ContainerSpec) => container.name === name;
  return (
    pod.containers.find(isIt) ?? pod.initContainers.find(isIt) ?? pod.ephemeralContainers.find(isIt)
  );
}
