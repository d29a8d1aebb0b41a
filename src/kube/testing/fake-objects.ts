import { isDeepStrictEqual } from 'node:util';

/** An object as an API server has it. */
export interface FakeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: FakeMeta;
  readonly spec?: unknown;
}

/** Its metadata. */
export interface FakeMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: unknown;
  readonly generation?: number;
  readonly ownerReferences?: readonly unknown[];
  readonly labels?: Readonly<Record<string, string>>;
}

/** One write, as watches tell it. */
export interface FakeChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly collection: string;
  readonly object: FakeObject;
}

/** What a write is refused with. */
export class FakeRefusal extends Error {
  readonly status: number;
  readonly reason: string;
  readonly objectName: string | undefined;

  constructor([status, reason]: readonly [number, string], message: string, objectName?: string) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.objectName = objectName;
  }
}

/**
 * What a fake API server keeps: objects by collection (`pods`), namespace and name, one counter of versions,
 * and every change since {@link FakeObjects.forget}.
 */
export class FakeObjects {
  version = 1;
  /** Changes up to this one are forgotten. */
  forgotten = 0;
  readonly #objects = new Map<string, FakeObject>();
  #changes: FakeChange[] = [];
  #uids = 0;
  readonly #listeners = new Set<(change: FakeChange) => void>();

  /** Calls `tell` for each change that is not hidden. */
  onChange(tell: (change: FakeChange) => void): () => void {
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  /** By namespace and name. */
  all(collection: string): readonly FakeObject[] {
    return [...this.#objects.entries()]
      .filter(([key]) => key.startsWith(`${collection}|`))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  get(collection: string, { namespace, name }: Pick<FakeMeta, 'namespace' | 'name'>) {
    return this.#objects.get(keyOf(collection, namespace, name));
  }

  changesAfter(collection: string, version: number): readonly FakeChange[] {
    return this.#changes.filter(
      (change) => change.collection === collection && change.version > version,
    );
  }

  /** Forgets all changes until now: watches from older versions have expired. */
  forget(): void {
    this.forgotten = this.version;
    this.#changes = [];
  }

  create(collection: string, given: FakeObject): FakeObject {
    const key = keyOf(collection, given.metadata.namespace, given.metadata.name);
    if (this.#objects.has(key)) throw conflict('AlreadyExists', given.metadata.name, 'it exists');
    this.#uids += 1;
    const uid = `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`;
    const creationTimestamp = '2026-01-31T12:00:00Z';
    return this.#put('ADDED', collection, {
      ...given,
      metadata: { ...given.metadata, uid, creationTimestamp, generation: 1 },
    });
  }

  /** As an API server: a version and a UID that are given have to be those of what is there. */
  update(collection: string, given: FakeObject): FakeObject {
    const { name, uid, resourceVersion } = given.metadata;
    const stored = this.#existing(collection, given.metadata);
    if (resourceVersion && resourceVersion !== stored.metadata.resourceVersion) {
      throw conflict('Conflict', name, 'the object has been modified');
    }
    if (uid && uid !== stored.metadata.uid) throw conflict('Conflict', name, 'another UID');
    const { uid: storedUid, creationTimestamp, resourceVersion: version } = stored.metadata;
    const stamp = { uid: storedUid ?? '', creationTimestamp, generation: 1 };
    const next = { ...given, metadata: { ...given.metadata, ...stamp } };
    const asBefore = { ...next, metadata: { ...next.metadata, resourceVersion: version } };
    if (isDeepStrictEqual(asBefore, stored)) return stored;
    return this.#put('MODIFIED', collection, next);
  }

  delete(
    collection: string,
    key: Pick<FakeMeta, 'namespace' | 'name'>,
    preconditions: { readonly uid?: string; readonly resourceVersion?: string } = {},
  ): FakeObject {
    const stored = this.#existing(collection, key);
    for (const field of ['uid', 'resourceVersion'] as const) {
      const wanted = preconditions[field];
      if (wanted && wanted !== stored.metadata[field]) {
        throw conflict('Conflict', key.name, `another ${field}`);
      }
    }
    this.#objects.delete(keyOf(collection, key.namespace, key.name));
    return this.#record('DELETED', collection, stored);
  }

  /** Runs `change` so that no watch ever tells of it: it shows in lists alone. */
  withoutEvents(change: () => void): void {
    const changes = [...this.#changes];
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    change();
    for (const tell of listeners) this.#listeners.add(tell);
    this.#changes = changes;
  }

  #put(type: FakeChange['type'], collection: string, object: FakeObject): FakeObject {
    const stored = this.#record(type, collection, object);
    const { namespace, name } = object.metadata;
    this.#objects.set(keyOf(collection, namespace, name), stored);
    return stored;
  }

  #record(type: FakeChange['type'], collection: string, object: FakeObject): FakeObject {
    this.version += 1;
    const resourceVersion = String(this.version);
    const stamped = { ...object, metadata: { ...object.metadata, resourceVersion } };
    const change = { type, version: this.version, collection, object: stamped };
    this.#changes.push(change);
    for (const tell of this.#listeners) tell(change);
    return stamped;
  }

  #existing(collection: string, key: Pick<FakeMeta, 'namespace' | 'name'>): FakeObject {
    const stored = this.get(collection, key);
    if (stored) return stored;
    throw new FakeRefusal([404, 'NotFound'], `${collection} "${key.name}" not found`, key.name);
  }
}

function keyOf(collection: string, namespace: string | undefined, name: string): string {
  return `${collection}|${namespace ?? ''}\u0000${name}`;
}

function conflict(reason: string, name: string, what: string): FakeRefusal {
  return new FakeRefusal([409, reason], `cannot write "${name}": ${what}`, name);
}
