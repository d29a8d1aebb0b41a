/** The three lists of a pod spec in which a container can stand. */
export const CONTAINER_TYPES = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** One of {@link CONTAINER_TYPES}. */
export type ContainerType = (typeof CONTAINER_TYPES)[number];

/**
 * What names a container across its restarts: the workload one level above its pod, and its name
 * there. Everything else (instance id string, profile names) is computed from it in `profile/`.
 */
export interface InstanceId {
  /** For example `apps/v1`. */
  readonly apiVersion: string;
  readonly namespace: string;
  /** Kind of the owner, for example `ReplicaSet`; `Pod` for a pod of its own. */
  readonly kind: string;
  readonly name: string;
  /** Takes the place of `name` in strings and names when set (revision of a DaemonSet, and so on). */
  readonly alternateName?: string;
  readonly containerType: ContainerType;
  /** Empty when the workload itself is meant. */
  readonly containerName: string;
  /** The `pod-template-hash`, or what stands for it. */
  readonly templateHash?: string;
}

/**
 * What the host's own processes have in place of a container's cgroup: the root of the v2 tree, in which no
 * container is.
 */
export const HOST_CGROUP_ID = 1;

/**
 * From this number on, cgroups are made up by sources that know containers by their ids alone: no kernel counts so
 * far.
 */
export const FIRST_MADE_UP_CGROUP_ID: number = 2 ** 52;

/** The pod of a container, as far as the runtime tells it. */
export interface PodIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The workload at the top of a container's owners, as the API server has it. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  /** Its `spec.selector`. */
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly unknown[];
}

/** Everything the agent knows about one container. Immutable: a change makes a new object. */
export interface Container {
  /** The runtime's id. */
  readonly id: string;
  /** containerd's own namespace, for example `k8s.io`. */
  readonly runtimeNamespace: string;
  /** Name in the pod spec; outside Kubernetes a stable name of its own (docs/identity.md). */
  readonly name: string;
  /** A `sandbox` only holds a pod's namespaces; its events are ignored. */
  readonly kind: 'container' | 'sandbox';
  /** Image reference as the runtime has it. */
  readonly image: string;
  /** `sha256:…`, or empty when the runtime does not know it. */
  readonly imageDigest: string;
  /** The pod's namespace; `containerd-<containerd namespace>` outside Kubernetes. */
  readonly namespace: string;
  /** Absent outside Kubernetes. */
  readonly pod?: PodIdentity;
  /** Labels of the container itself. */
  readonly labels: Readonly<Record<string, string>>;
  /** Inode number of its cgroup, when it could be read in time. */
  readonly cgroupId?: number;
  /** First process, as the host sees it; 0 when unknown. */
  readonly pid: number;
  /** Milliseconds since the Unix epoch. */
  readonly startedAtMs: number;
  /** It ran before the agent watched: its beginning was not seen. */
  readonly preExisting: boolean;
  readonly instanceId: InstanceId;
  /** Stable name of its learned profile. */
  readonly profileName: string;
  /** Name of its workload's profiles; user-managed ones are called `ug-<this>`. */
  readonly workloadName: string;
  /** Kind of the top-level workload, as far as known. */
  readonly workloadKind: string;
  /** Absent when only the runtime was asked. */
  readonly workload?: Workload;
}

/** How a container ended. */
export interface ContainerExit {
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** Exit status of its first process; undefined when the runtime did not say. */
  readonly exitCode?: number;
}

/** Something that happened to a container. */
export type ContainerEvent =
  | { readonly type: 'container-added'; readonly timeMs: number; readonly container: Container }
  | {
      readonly type: 'container-removed';
      readonly timeMs: number;
      readonly containerId: string;
      readonly exitCode?: number;
    };
