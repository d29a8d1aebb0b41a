/** Object metadata, the part of it that the agent reads or writes. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid?: string;
  /** Opaque; changes with every write. Empty or absent on an object that was not stored yet. */
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Metadata of any object. Fields that are not named here are kept as they are. */
export interface FullMeta extends ObjectMeta {
  readonly generateName?: string;
  readonly generation?: number;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly ownerReferences?: readonly unknown[];
  readonly managedFields?: readonly unknown[];
}

/** One program that may be executed. `args` has `argv[0]`; absent or empty means any arguments. */
export interface ExecCall {
  readonly path: string;
  readonly args?: readonly string[] | null;
  readonly envs?: readonly string[] | null;
  readonly argsRequired?: boolean;
}

/** One path that may be opened, with the names of the flags seen (`O_RDONLY` …). */
export interface OpenCall {
  readonly path: string;
  readonly flags?: readonly string[] | null;
}

export interface HttpEndpoint {
  readonly endpoint?: string;
  readonly methods?: readonly string[] | null;
  readonly internal: boolean;
  readonly direction?: string;
  readonly headers?: Readonly<Record<string, readonly string[]>> | null;
}

export interface NetworkPort {
  readonly name: string;
  readonly protocol: string;
  readonly port?: number | null;
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>> | null;
  readonly matchExpressions?: readonly unknown[] | null;
}

export interface NetworkNeighbor {
  readonly identifier: string;
  readonly type: string;
  readonly dns?: string;
  readonly dnsNames?: readonly string[] | null;
  readonly ports?: readonly NetworkPort[] | null;
  readonly podSelector?: LabelSelector | null;
  readonly namespaceSelector?: LabelSelector | null;
  readonly ipAddress?: string;
  readonly ipAddresses?: readonly string[] | null;
}

export interface RulePolicy {
  readonly processAllowed?: readonly string[] | null;
  readonly containerAllowed?: boolean;
}

/** One frame of a call stack. Numbers are written as text. */
export interface StackFrame {
  readonly fileID: string;
  readonly lineno: string;
  readonly frameType?: number;
}

/** A frame and what was called from it. The root has an empty frame. */
export interface CallStackNode {
  readonly frame: StackFrame;
  readonly children?: readonly CallStackNode[] | null;
}

/** All call stacks seen for one call, as a tree: every way from below the root to a leaf is a stack. */
export interface IdentifiedCallStack {
  readonly callID: string;
  readonly callStack: { readonly root: CallStackNode };
}

/** The surfaces of one container. Readers take `null`, absent and `[]` as equal. */
export interface ContainerSurfaces {
  readonly architectures?: readonly string[] | null;
  readonly capabilities?: readonly string[] | null;
  readonly execs?: readonly ExecCall[] | null;
  readonly opens?: readonly OpenCall[] | null;
  readonly syscalls?: readonly string[] | null;
  readonly endpoints?: readonly HttpEndpoint[] | null;
  readonly rulePolicies?: Readonly<Record<string, RulePolicy>> | null;
  readonly identifiedCallStacks?: readonly IdentifiedCallStack[] | null;
  readonly seccompProfile?: unknown;
  readonly imageID?: string;
  readonly imageTag?: string;
}

export interface ContainerProfileSpec extends ContainerSurfaces {
  readonly matchLabels?: Readonly<Record<string, string>> | null;
  readonly matchExpressions?: readonly unknown[] | null;
  readonly ingress?: readonly NetworkNeighbor[] | null;
  readonly egress?: readonly NetworkNeighbor[] | null;
}

interface NamedSurfaces extends ContainerSurfaces {
  readonly name?: string;
}

export interface ApplicationProfileSpec {
  readonly architectures?: readonly string[] | null;
  readonly containers?: readonly NamedSurfaces[] | null;
  readonly initContainers?: readonly NamedSurfaces[] | null;
  readonly ephemeralContainers?: readonly NamedSurfaces[] | null;
}

interface NamedNeighbors {
  readonly name?: string;
  readonly ingress?: readonly NetworkNeighbor[] | null;
  readonly egress?: readonly NetworkNeighbor[] | null;
}

export interface NetworkNeighborhoodSpec {
  readonly matchLabels?: Readonly<Record<string, string>> | null;
  readonly matchExpressions?: readonly unknown[] | null;
  readonly containers?: readonly NamedNeighbors[] | null;
  readonly initContainers?: readonly NamedNeighbors[] | null;
  readonly ephemeralContainers?: readonly NamedNeighbors[] | null;
}

/** API group and version of all profile kinds. */
export const PROFILE_API_VERSION = 'spdx.softwarecomposition.kubescape.io/v1beta1';

interface ProfileObject<Kind extends string, Spec> {
  readonly apiVersion: typeof PROFILE_API_VERSION;
  readonly kind: Kind;
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
}

/** What one container does: learned, or written by a person. */
export type ContainerProfile = ProfileObject<'ContainerProfile', ContainerProfileSpec>;
/** Process and file surfaces of all containers of a workload. */
export type ApplicationProfile = ProfileObject<'ApplicationProfile', ApplicationProfileSpec>;
/** Network surfaces of all containers of a workload. */
export type NetworkNeighborhood = ProfileObject<'NetworkNeighborhood', NetworkNeighborhoodSpec>;

/** The kinds of profile object, by name. */
export interface ProfileKinds {
  readonly ContainerProfile: ContainerProfile;
  readonly ApplicationProfile: ApplicationProfile;
  readonly NetworkNeighborhood: NetworkNeighborhood;
}
export type ProfileKind = keyof ProfileKinds;
export const PROFILE_KINDS = [
  'ContainerProfile',
  'ApplicationProfile',
  'NetworkNeighborhood',
] as const satisfies readonly ProfileKind[];
