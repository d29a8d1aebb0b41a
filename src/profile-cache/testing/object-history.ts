import type { ObjectMeta, ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey, WatchEvent } from '#model/profile-store.js';
import { deepFreeze } from './deep-freeze.ts';

/** A change that happened, as a watch tells it. */
export interface Change {
  readonly version: number;
  readonly kind: ProfileKind;
  readonly namespace: string;
  readonly event: WatchEvent;
}

/** Objects as they are, and the changes that made them so. Everything handed out is frozen. */
export class ObjectHistory {
  readonly #objects = new Map<string, ProfileKinds[ProfileKind]>();
  #changes: Change[] = [];
  #version = 0;
  /** A watch from before this version cannot be served any more. */
  #oldest = 0;

  /** The version of the last change; 0 before the first. */
  get version(): number {
    return this.#version;
  }

  /** Stores an object under its name and returns the change. A new object gets a new uid. */
  put(object: ProfileKinds[ProfileKind]): Change {
    const { kind, metadata: given } = object;
    const before = this.get(kind, given)?.metadata;
    this.#version += 1;
    const uid = before?.uid ?? `u${this.#version}`;
    const metadata = { uid, ...given, resourceVersion: String(this.#version) };
    const stored = deepFreeze(structuredClone({ ...object, metadata }));
    this.#objects.set(nameOf(kind, given), stored);
    return this.#changed(kind, { type: before ? 'modified' : 'added', metadata: stored.metadata });
  }

  /** Undefined when there was nothing to delete. */
  remove(kind: ProfileKind, key: ObjectKey): Change | undefined {
    const before = this.get(kind, key)?.metadata;
    if (!before) return undefined;
    this.#objects.delete(nameOf(kind, key));
    this.#version += 1;
    const metadata = deepFreeze({ ...before, resourceVersion: String(this.#version) });
    return this.#changed(kind, { type: 'deleted', metadata });
  }

  get<K extends ProfileKind>(kind: K, key: ObjectKey): ProfileKinds[K] | undefined {
    return this.#objects.get(nameOf(kind, key)) as ProfileKinds[K] | undefined;
  }

  /** By namespace and name. */
  list(kind: ProfileKind, namespace: string | undefined): readonly ObjectMeta[] {
    const all = [...this.#objects.values()].filter(
      (object) => object.kind === kind && isIn(namespace, object.metadata),
    );
    const byName = all.map(({ metadata }) => metadata).sort(byNamespaceAndName);
    return Object.freeze(byName);
  }

  /** What happened after `version`; undefined when that is not remembered, or was never reached. */
  since(version: number): readonly Change[] | undefined {
    if (!(version >= this.#oldest && version <= this.#version)) return undefined;
    return this.#changes.filter((change) => change.version > version);
  }

  /** Forgets how it came to be: only what follows is remembered. */
  forget(): void {
    this.#changes = [];
    this.#oldest = this.#version;
  }

  #changed(kind: ProfileKind, event: Exclude<WatchEvent, { type: 'bookmark' }>): Change {
    const { namespace } = event.metadata;
    const change = { version: this.#version, kind, namespace, event: deepFreeze(event) };
    this.#changes.push(change);
    return change;
  }
}

/** `kind namespace/name`. */
export function nameOf(kind: ProfileKind, { namespace, name }: ObjectKey): string {
  return `${kind} ${namespace}/${name}`;
}

/** No namespace means all of them. */
export function isIn(
  namespace: string | undefined,
  object: { readonly namespace: string },
): boolean {
  return namespace === undefined || object.namespace === namespace;
}

function byNamespaceAndName(one: ObjectMeta, other: ObjectMeta): number {
  const [first, second] = [`${one.namespace}/${one.name}`, `${other.namespace}/${other.name}`];
  return first < second ? -1 : Number(first > second);
}
