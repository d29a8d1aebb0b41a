/** A command as a pod spec gives it: program and arguments. */
type Command = readonly string[];

/** What the agent reads of one container of a pod spec. */
export interface ContainerSpec {
  readonly name: string;
  readonly command?: Command;
  readonly preStopCommand?: Command;
  readonly postStartCommand?: Command;
  /** `mountPath` of each of its volume mounts, in their order. */
  readonly mountPaths: readonly string[];
}

/** What the agent reads of a pod's spec. */
export interface PodSpec {
  readonly containers: readonly ContainerSpec[];
  readonly initContainers: readonly ContainerSpec[];
  readonly ephemeralContainers: readonly ContainerSpec[];
}
