import { AgentError } from '#model/agent-error.js';
import type { ObjectMeta, ProfileKind, ProfileKinds } from '#model/profile.js';
import type {
  ObjectKey,
  ObjectList,
  ProfileStore,
  WatchEvent,
  WatchOptions,
} from '#model/profile-store.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { ApiClient } from './api-client.ts';
import { despiteRaces } from './despite-races.ts';
import { METADATA_LIST, METADATA_OBJECT } from './metadata-form.ts';
import { checkProfile, metadataOf, profileOf, sentForm } from './profile-object.ts';
import { collectionPath, objectPath } from './profile-path.ts';
import { watchProfiles } from './profile-watch.ts';
import { StoppableStream } from './stoppable-stream.ts';

type Call = Readonly<{ signal: AbortSignal }>;

/** What a store over the API works with. */
export interface KubeProfileStoreParts {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Profiles behind an API server that serves the public storage's group and keeps the rules of the port itself: the
 * public storage, or ours. What differs between the two is told in docs/kube-client.md.
 */
export class KubeProfileStore implements ProfileStore {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor({ client, clock, log }: KubeProfileStoreParts) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  async get<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    { signal }: Call,
  ): Promise<ProfileKinds[K] | undefined> {
    const path = objectPath(kind, key);
    try {
      const object = await this.#client.get(path, { signal });
      return profileOf(kind, object, { what: `GET ${path}` });
    } catch (reason) {
      if (AgentError.from(reason).code === 'not-found') return undefined;
      throw reason;
    }
  }

  /** The object's metadata alone, where the server knows how to send just that. */
  async getMetadata(
    kind: ProfileKind,
    key: ObjectKey,
    { signal }: Call,
  ): Promise<ObjectMeta | undefined> {
    const path = objectPath(kind, key);
    try {
      const object = await this.#client.get(path, { signal, accept: METADATA_OBJECT });
      return metadataOf(object, `GET ${path}`);
    } catch (reason) {
      if (AgentError.from(reason).code === 'not-found') return undefined;
      throw reason;
    }
  }

  async create<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    { signal }: Call,
  ): Promise<ProfileKinds[K]> {
    checkProfile(kind, object);
    const path = collectionPath(kind, object.metadata.namespace);
    const answer = await this.#client.create(path, sentForm(object), { signal });
    return profileOf(kind, answer, { what: `POST ${path}`, written: object });
  }

  async update<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    { signal }: Call,
  ): Promise<ProfileKinds[K]> {
    checkProfile(kind, object);
    const given = object.metadata.resourceVersion;
    if (given) return this.#put(kind, object, { signal, resourceVersion: given });
    // Servers refuse an update without a version, and people who give none want their form to win.
    return despiteRaces(async () => {
      const stored = await this.#existing(kind, object.metadata, signal);
      const { resourceVersion = '' } = stored.metadata;
      return this.#put(kind, object, { signal, resourceVersion });
    });
  }

  async delete(kind: ProfileKind, key: ObjectKey, { signal }: Call): Promise<void> {
    await this.#client.delete(objectPath(kind, key), { signal });
  }

  async list(
    kind: ProfileKind,
    { signal, namespace }: Call & { readonly namespace?: string },
  ): Promise<ObjectList> {
    const path = collectionPath(kind, namespace);
    const answer = await this.#client.list(path, { signal, accept: METADATA_LIST });
    const items = answer.items.flatMap((item) => {
      try {
        return [metadataOf(item, `list ${path}`)];
      } catch (reason) {
        this.#log.warn('listed object left out', { path, ...errorFields(reason) });
        return [];
      }
    });
    return { resourceVersion: answer.resourceVersion, items: items.sort(byNamespaceAndName) };
  }

  watch(kind: ProfileKind, options: WatchOptions): AsyncIterableIterator<WatchEvent> {
    const parts = { client: this.#client, clock: this.#clock, kind };
    return new StoppableStream(options.signal, (signal) => watchProfiles(parts, options, signal));
  }

  async #put<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    { signal, resourceVersion }: Call & { readonly resourceVersion: string },
  ): Promise<ProfileKinds[K]> {
    const path = objectPath(kind, object.metadata);
    const answer = await this.#client.update(path, sentForm(object, resourceVersion), { signal });
    return profileOf(kind, answer, { what: `PUT ${path}`, written: object });
  }

  async #existing<K extends ProfileKind>(kind: K, key: ObjectKey, signal: AbortSignal) {
    const stored = await this.get(kind, key, { signal });
    if (stored) return stored;
    throw new AgentError('not-found', `${kind} ${key.namespace}/${key.name} not found`);
  }
}

function byNamespaceAndName(a: ObjectKey, b: ObjectKey): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
