import type { ObjectMeta, ProfileKind, ProfileKinds } from './profile.ts';

export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

interface CallOptions {
  /** Ends the wait; the call then rejects with `aborted`. Whether it took effect is not known. */
  readonly signal: AbortSignal;
}

/** What a kind holds at one moment. */
export interface ObjectList {
  /**
   * The version of the store at that moment: a watch from here misses nothing and repeats nothing.
   * Empty when the store has none to give; a watch then begins with what happens next.
   */
  readonly resourceVersion: string;
  /** By namespace and name. */
  readonly items: readonly ObjectMeta[];
}

/**
 * One thing that a watch tells. The version of a deletion is that of the deletion, not of the object.
 * A bookmark says that nothing up to its version is missing; it also shows that the watch is alive.
 */
export type WatchEvent =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly metadata: ObjectMeta }
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

/** What a watch is about. */
export interface WatchOptions extends CallOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** From a list or an earlier event: only later changes are told. Empty: what happens next. */
  readonly resourceVersion: string;
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

  /** Metadata of all objects of a kind, in one namespace or in all. Reads no bodies. */
  list(
    kind: ProfileKind,
    options: CallOptions & { readonly namespace?: string },
  ): Promise<ObjectList>;

  /**
   * Changes of a kind, in one namespace or in all, each once and in order, as metadata. A bookmark
   * comes at the latest after a minute without a change. The iteration ends when the store closes
   * it: go on from the last version told. It rejects with `expired` when the version is older than
   * what the store remembers (list anew), with `unavailable` when the store cannot be reached.
   */
  watch(kind: ProfileKind, options: WatchOptions): AsyncIterable<WatchEvent>;
}
