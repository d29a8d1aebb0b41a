import type { FullMeta } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';

/** Kinds that a local store keeps. Objects of cluster-wide kinds have an empty namespace. */
export const STORED_KINDS = [
  'ContainerProfile',
  'ApplicationProfile',
  'NetworkNeighborhood',
  'SeccompProfile',
  'CollapseConfiguration',
  'Rules',
  'RuntimeRuleAlertBinding',
] as const;
/** One of {@link STORED_KINDS}. */
export type StoredKind = (typeof STORED_KINDS)[number];

/** An object with metadata as Kubernetes has it, and any other fields. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: FullMeta;
  readonly [field: string]: unknown;
}

/**
 * An object as it stands in the tables: JSON that can be sent without being parsed. The whole object
 * is `{"apiVersion":…,"kind":…,"metadata":<metadata>,` and then `body` without its opening brace.
 */
export interface StoredRow extends ObjectKey {
  readonly resourceVersion: number;
  /** JSON of the metadata. */
  readonly metadata: string;
  /**
   * UTF-8 of a JSON object with every other field, `{}` when there are none; undefined when it was not asked
   * for. Others may hold the same bytes: nobody changes them.
   */
  readonly body: Uint8Array | undefined;
}

/** One write of one object, or a sign that nothing up to a version is missing. */
export type RowEvent =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly row: StoredRow }
  | { readonly type: 'bookmark'; readonly resourceVersion: number };

interface Call {
  readonly signal: AbortSignal;
}

interface Write extends Call {
  /** Everything is checked and answered as if it had happened; nothing is written. */
  readonly dryRun?: boolean;
}

/** Which rows to list. */
export interface RowQuery extends Call {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly withBodies: boolean;
  /** `remaining` may be 0, whatever comes after: to count it takes longer than to read a few rows. */
  readonly withoutCount?: boolean;
  /** No more than so many. Absent: all. */
  readonly limit?: number;
  /** Only what comes after this one, by namespace and name. */
  readonly after?: ObjectKey;
  /**
   * The rows as they were at this version. `expired` when that is too long ago, `unavailable` when it
   * was not given yet. Absent: as they are now.
   */
  readonly atVersion?: number;
}

/** Some rows, all as they were at `resourceVersion`, by namespace and name (byte order). */
export interface RowPage {
  readonly resourceVersion: number;
  readonly rows: readonly StoredRow[];
  /** How many come after the last of them. */
  readonly remaining: number;
}

/** What a deletion did. With finalizers the object stays, marked, until they are gone. */
export interface Deletion {
  readonly row: StoredRow;
  readonly isGone: boolean;
}

/** What must hold of the stored object for a deletion; otherwise `conflict`. */
export interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/**
 * A local store as its HTTP API sees it: every kind, whole rows, versions as numbers. Each call is one
 * transaction. The rules are those of `ProfileStore` (same codes), plus: `generation` rises when
 * anything but metadata changes; an object marked for deletion takes no new finalizers and goes when
 * its last one does; a write that changes nothing gives no new version. Every method rejects with an AgentError.
 */
export interface ObjectStore {
  get(
    kind: StoredKind,
    key: ObjectKey,
    options: Call & { readonly withBody: boolean },
  ): Promise<StoredRow | undefined>;
  list(kind: StoredKind, query: RowQuery): Promise<RowPage>;
  /** `metadata.generateName` makes a name when there is none. `conflict` when the name is taken. */
  create(kind: StoredKind, object: KubernetesObject, options: Write): Promise<StoredRow>;
  /**
   * Replaces the object by what `change` makes of it, in one transaction; `change` may be called twice and may
   * throw. `stored` parses the object, for those who need it. `conflict` when what `change` returns has another
   * `resourceVersion` or `uid` than what is stored.
   */
  change(
    kind: StoredKind,
    key: ObjectKey,
    change: (stored: () => KubernetesObject) => KubernetesObject,
    options: Write,
  ): Promise<StoredRow>;
  delete(
    kind: StoredKind,
    key: ObjectKey,
    options: Write & { readonly preconditions?: Preconditions },
  ): Promise<Deletion>;
  /**
   * Later changes, whole rows as they were after each; `row.resourceVersion` of a deletion is that of the
   * deletion. Ends and rejects as `ProfileStore.watch`. `withBodies: false` saves reading them.
   */
  watchRows(
    kind: StoredKind,
    options: Call & {
      readonly namespace?: string;
      readonly after: number;
      readonly withBodies: boolean;
    },
  ): AsyncIterable<RowEvent>;
}
