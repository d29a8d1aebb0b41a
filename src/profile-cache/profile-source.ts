import type { ObjectMeta, ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';

/** What an object is to a container's profile. */
export type SourceRole =
  | 'learned'
  | 'managed-application'
  | 'managed-network'
  | 'authored-for-container'
  | 'authored-for-pod'
  | 'user-application'
  | 'user-network';

/** What is known about one source, for a person. */
export interface SourceView {
  readonly role: SourceRole;
  readonly kind: ProfileKind;
  readonly namespace: string;
  readonly name: string;
  /** `unknown` until the store has answered once. */
  readonly presence: 'unknown' | 'absent' | 'present';
  readonly resourceVersion?: string | undefined;
  /** Why it is not used although it is there. */
  readonly refusal?: string | undefined;
  /** Why the last call failed; undefined after a call that did not. */
  readonly error?: string | undefined;
}

/** Which object a source is. */
export interface SourceSpec<K extends ProfileKind> {
  readonly role: SourceRole;
  readonly kind: K;
  readonly key: ObjectKey;
  /** Why the object may not be used; undefined when it may. Absent: it always may. */
  refusalOf?(object: ProfileKinds[K]): string | undefined;
}

/**
 * One object that a container's profile is made of, and the last definite answer about it. Only a
 * definite answer changes it: a failed call leaves what was known.
 */
export class ProfileSource<K extends ProfileKind = ProfileKind> {
  readonly role: SourceRole;
  readonly kind: K;
  readonly key: ObjectKey;
  readonly #spec: SourceSpec<K>;
  #presence: SourceView['presence'] = 'unknown';
  #meta: ObjectMeta | undefined;
  #body: ProfileKinds[K] | undefined;
  #refusal: string | undefined;
  #error: string | undefined;
  #answers = 0;

  constructor(spec: SourceSpec<K>) {
    this.role = spec.role;
    this.kind = spec.kind;
    this.key = spec.key;
    this.#spec = spec;
  }

  /** Takes the store's answer: the object, or undefined when there is none. */
  answered(object: ProfileKinds[K] | undefined): void {
    this.#answers += 1;
    this.#error = undefined;
    this.#presence = object ? 'present' : 'absent';
    this.#meta = object?.metadata;
    this.#refusal = object && this.#spec.refusalOf?.(object);
    this.#body = this.#refusal === undefined ? object : undefined;
  }

  /** Takes note of a call that failed. */
  failed(error: string): void {
    this.#error = error;
  }

  /** The object's metadata while it exists and may be used. */
  get meta(): ObjectMeta | undefined {
    return this.#refusal === undefined ? this.#meta : undefined;
  }

  /** The object, unless {@link dropBody} was called since it was last read. */
  get body(): ProfileKinds[K] | undefined {
    return this.#body;
  }

  get isUnknown(): boolean {
    return this.#presence === 'unknown';
  }

  get error(): string | undefined {
    return this.#error;
  }

  /**
   * The same for two answers exactly when they were the same object in the same version. An object
   * without a version is never the same as anything.
   */
  get version(): string {
    if (this.#meta === undefined) return this.#presence;
    const { uid = '', resourceVersion } = this.#meta;
    return resourceVersion ? `${uid}@${resourceVersion}` : `?${this.#answers}`;
  }

  /** Identifies the object in its version across containers; undefined when it has no version. */
  get sharedKey(): string | undefined {
    if (!this.#meta?.resourceVersion) return undefined;
    return `${this.kind} ${this.key.namespace}/${this.key.name} ${this.version}`;
  }

  /** Lets go of the object and keeps what is known about it. */
  dropBody(): void {
    this.#body = undefined;
  }

  view(): SourceView {
    return {
      role: this.role,
      kind: this.kind,
      ...this.key,
      presence: this.#presence,
      resourceVersion: this.#meta?.resourceVersion,
      refusal: this.#refusal,
      error: this.#error,
    };
  }
}
