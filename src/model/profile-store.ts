import type { ObjectMeta, ProfileKind, ProfileKinds } from './profile.ts';

export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

interface CallOptions {
  /** Ends the wait; the call then rejects with `aborted`. Whether it took effect is not known. */
  readonly signal: AbortSignal;
}

/**
 * Where profiles live. Objects handed in and out are never changed by either side.
 * Every method rejects with an AgentError: `unavailable` (try again later), `aborted`, or the codes
 * named beside it.
 */
export interface ProfileStore {
  /** The object, or undefined when there is none. */
  get<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    options: CallOptions,
  ): Promise<ProfileKinds[K] | undefined>;

  /**
   * Stores a new object and returns it as stored. `conflict` when the name is taken.
   * A ContainerProfile that carries `report-series-id` is a time-series object: it is refused with
   * `completed` when the profile it belongs to is final, and with `too-large` when that is too large.
   */
  create<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    options: CallOptions,
  ): Promise<ProfileKinds[K]>;

  /**
   * Replaces an object. `conflict` when `metadata.resourceVersion` is given and is not the stored
   * one, `not-found` when there is none. A profile that is completed and complete is immutable: the
   * call succeeds and returns the stored object unchanged. Its status never goes from completed back.
   * Neither holds for an object annotated `managed-by: User`: people may edit what is theirs.
   */
  update<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    options: CallOptions,
  ): Promise<ProfileKinds[K]>;

  /** Removes an object; `not-found` when there is none. */
  delete(kind: ProfileKind, key: ObjectKey, options: CallOptions): Promise<void>;

  /** Metadata of all objects of a kind, in one namespace or in all, by namespace and name. Reads no bodies. */
  list(
    kind: ProfileKind,
    options: CallOptions & { readonly namespace?: string },
  ): Promise<readonly ObjectMeta[]>;
}
