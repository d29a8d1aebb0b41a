import type { ObjectMeta, ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ProfileOrigin, SourceRole } from '#model/profile-question.js';
import type { ObjectKey } from '#model/profile-store.js';
import { knownPartOf, versionOf } from './known-object.ts';

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
 * definite answer changes it: a failed call leaves what was known. The object itself is not kept.
 */
export class ProfileSource<K extends ProfileKind = ProfileKind> {
  readonly role: SourceRole;
  readonly kind: K;
  readonly key: ObjectKey;
  readonly #spec: SourceSpec<K>;
  #presence: SourceView['presence'] = 'unknown';
  #meta: ObjectMeta | undefined;
  #refusal: string | undefined;
  #error: string | undefined;
  #answers = 0;
  #asOf = -1;
  #rejected: string | undefined;
  /** It is known from a feed alone: nobody has seen the object. */
  #isHearsay = false;
  /** The last object that was trusted, where that may have to stand in for one that is not. */
  #trusted: ProfileKinds[K] | undefined;

  constructor(spec: SourceSpec<K>) {
    this.role = spec.role;
    this.kind = spec.kind;
    this.key = spec.key;
    this.#spec = spec;
  }

  /** Takes the store's answer as of a change number: the object, or undefined when there is none. */
  answered(object: ProfileKinds[K] | undefined, asOf: number): void {
    this.#take(asOf, object && knownPartOf(object.metadata));
    this.#refusal = object && this.#spec.refusalOf?.(object);
  }

  /** Takes the metadata that a feed holds of this very version in place of its own, which are the same. */
  share(meta: ObjectMeta): void {
    this.#meta = meta;
  }

  /** Holds on to the object that was answered: a later version may turn out not to be trusted. */
  keep(object: ProfileKinds[K] | undefined): void {
    this.#trusted = object;
  }

  /** The object in {@link version}, where it was kept. */
  get kept(): ProfileKinds[K] | undefined {
    return this.#trusted;
  }

  /** What is stored now cannot be used, and the version before it can be read no more. */
  get isOutOfReach(): boolean {
    return this.#rejected !== undefined;
  }

  /** That version was read and cannot be used: reading it again would tell nothing new. */
  hasRejected(version: string | undefined): boolean {
    return version !== undefined && this.#rejected === version;
  }

  /** It is done without: the version that could be used is not to be had any more. */
  giveUp(): void {
    this.#becomeAbsent();
  }

  /** Takes the {@link knownPartOf} what a feed says, when nothing is known yet and the object need not be read. */
  announced(meta: ObjectMeta | undefined, asOf: number): void {
    this.#take(asOf, meta);
    this.#refusal = undefined;
    this.#isHearsay = meta !== undefined;
  }

  /** A profile was made with it: the object is at hand, whoever read it. */
  used(): void {
    this.#isHearsay = false;
  }

  /**
   * The object could not be read. What is known from a feed alone is forgotten again, so that the
   * other sources are not held up by it; everything else stays. False when nothing was forgotten.
   */
  retract(): boolean {
    if (!this.#isHearsay) return false;
    this.#isHearsay = false;
    this.#presence = 'unknown';
    this.#meta = undefined;
    this.#trusted = undefined;
    this.#asOf = -1;
    return true;
  }

  /**
   * The object was read and cannot be used: what was known before stays, or with `isAbsent` it counts
   * as not there. False when this was said of this version already.
   */
  rejected(
    meta: ObjectMeta,
    {
      asOf,
      reason,
      isAbsent,
    }: { readonly asOf: number; readonly reason: string; readonly isAbsent: boolean },
  ): boolean {
    const version = versionOf(meta) ?? '';
    const isNews = this.#rejected !== version;
    if (isAbsent) this.#take(asOf, knownPartOf(meta));
    // Nothing that could be used was ever there: that is all there is to know.
    else if (this.#presence === 'unknown' || this.#isHearsay) this.#becomeAbsent();
    if (isAbsent) this.#refusal = reason;
    this.#asOf = asOf;
    this.#error = reason;
    this.#rejected = version;
    return isNews;
  }

  /** Takes note of a call that failed. */
  failed(error: string): void {
    this.#error = error;
  }

  /** The object's metadata while it exists and may be used. */
  get meta(): ObjectMeta | undefined {
    return this.#refusal === undefined ? this.#meta : undefined;
  }

  get presence(): SourceView['presence'] {
    return this.#presence;
  }

  get isUnknown(): boolean {
    return this.#presence === 'unknown';
  }

  get error(): string | undefined {
    return this.#error;
  }

  /** Number of the change up to which the last answer is right. */
  get asOf(): number {
    return this.#asOf;
  }

  /**
   * The same for two answers exactly when they were the same object in the same version. An object
   * without a version is never the same as anything.
   */
  get version(): string {
    if (this.#meta === undefined) return this.#presence;
    return versionOf(this.#meta) ?? `?${this.#answers}`;
  }

  /** Identifies the object in its version across containers; undefined when it has no version. */
  get sharedKey(): string | undefined {
    if (this.#meta === undefined || versionOf(this.#meta) === undefined) return undefined;
    return this.versionKey;
  }

  /** Names the object and its version. */
  get versionKey(): string {
    return `${this.kind} ${this.key.namespace}/${this.key.name} ${this.version}`;
  }

  /** Where an entry that stands in this object comes from. */
  get origin(): ProfileOrigin {
    return this.originIn(this.#meta?.resourceVersion);
  }

  /** The same for a version that is not the one in use. */
  originIn(resourceVersion: string | undefined): ProfileOrigin {
    return { role: this.role, kind: this.kind, ...this.key, resourceVersion };
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

  #becomeAbsent(): void {
    this.#trusted = undefined;
    this.#presence = 'absent';
    this.#meta = undefined;
    this.#isHearsay = false;
  }

  #take(asOf: number, meta: ObjectMeta | undefined): void {
    this.#answers += 1;
    this.#error = undefined;
    this.#rejected = undefined;
    this.#isHearsay = false;
    this.#trusted = undefined;
    this.#presence = meta ? 'present' : 'absent';
    this.#meta = meta;
    this.#asOf = asOf;
  }
}
