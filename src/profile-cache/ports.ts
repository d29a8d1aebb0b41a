import type { Container } from '#model/container.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ProfileOrigin } from '#model/profile-question.js';

/** Who a container is, as soon as that is known. Answers at once. */
export interface IdentitySource {
  identityOf(containerId: string): Container | undefined;
}

/** What the API server publishes about a pod of this node. */
export interface PodStatus {
  /** Empty when it is not known. */
  readonly uid: string;
  /** Of all containers of the pod, init and ephemeral ones too. Empty until the kubelet reports. */
  readonly containerStatuses: readonly {
    readonly name: string;
    /** With or without the runtime's scheme (`containerd://`); empty before the container ran. */
    readonly containerId: string;
    readonly state: 'waiting' | 'running' | 'terminated';
  }[];
}

/** The pods of this node, as far as they are known. Answers at once; may lag behind the runtime. */
export interface PodSource {
  podOf(namespace: string, name: string): PodStatus | undefined;
}

/** Says whether what a person wrote is as that person wrote it. */
export interface ProfileVerifier {
  /**
   * Undefined: it may be used. Otherwise why it must not be trusted, for a person. A rejection means
   * that it could not be found out, and counts as a failed call.
   */
  verify(
    kind: ProfileKind,
    object: ProfileKinds[ProfileKind],
    options: { readonly signal: AbortSignal },
  ): Promise<string | undefined>;
}

/** A user-written object was changed by somebody who may not. */
export interface TamperedProfile {
  readonly containerId: string;
  readonly origin: ProfileOrigin;
  readonly reason: string;
}
