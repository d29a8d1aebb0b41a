import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container } from '../src/model/container.ts';
import type { ObjectMeta, ProfileKind, ProfileKinds } from '../src/model/profile.ts';
import type {
  ObjectKey,
  ObjectList,
  WatchEvent,
  WatchOptions,
} from '../src/model/profile-store.ts';
import type { Clock } from '../src/runtime/clock.ts';
import type { MadeWorkload } from './profile-maker.ts';

/** A store sends a bookmark at the latest after a minute. */
const BOOKMARK_MS = 50_000;

/** Writes a fleet into a folder, for {@link ProfileFiles} to serve. */
export function writeFleet(folder: string, fleet: Iterable<MadeWorkload>): void {
  const containers: Container[] = [];
  const lists = new Map<string, ObjectMeta[]>();
  mkdirSync(folder, { recursive: true });
  for (const workload of fleet) {
    containers.push(...workload.containers);
    for (const object of workload.objects) {
      const list = listOf(object.kind, object.metadata.namespace);
      const items = lists.get(list) ?? [];
      items.push(object.metadata);
      lists.set(list, items);
      writeFileSync(join(folder, fileOf(object.kind, object.metadata)), JSON.stringify(object));
    }
  }
  for (const [list, items] of lists) writeFileSync(join(folder, list), JSON.stringify(items));
  writeFileSync(join(folder, 'containers'), JSON.stringify(containers));
}

/** The containers of a fleet that was written. */
export function readContainers(folder: string): readonly Container[] {
  return JSON.parse(readFileSync(join(folder, 'containers'), 'utf8'));
}

/** A store that keeps nothing in memory: each answer is read from a file anew. Nothing ever changes. */
export class ProfileFiles {
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  async get<K extends ProfileKind>(kind: K, key: ObjectKey): Promise<ProfileKinds[K] | undefined> {
    return this.read(kind, key);
  }

  /** Of one namespace: the caches that are measured ask for no other lists. */
  async list(
    kind: ProfileKind,
    { namespace = '' }: { readonly namespace?: string },
  ): Promise<ObjectList> {
    return { resourceVersion: '1', items: this.#parsed(listOf(kind, namespace)) ?? [] };
  }

  async *watch(_kind: ProfileKind, { signal }: WatchOptions): AsyncGenerator<WatchEvent> {
    for (;;) {
      await this.#clock.sleep(BOOKMARK_MS, signal);
      yield { type: 'bookmark', resourceVersion: '1' };
    }
  }

  /** The object, fresh from the file; undefined when there is none. */
  read<K extends ProfileKind>(kind: K, key: ObjectKey): ProfileKinds[K] | undefined {
    return this.#parsed(fileOf(kind, key));
  }

  #parsed<T>(file: string): T | undefined {
    try {
      return JSON.parse(readFileSync(join(this.#folder, file), 'utf8'));
    } catch (reason) {
      if ((reason as { code?: string }).code === 'ENOENT') return undefined;
      throw reason;
    }
  }
}

function fileOf(kind: ProfileKind, { namespace, name }: ObjectKey): string {
  return `${kind} ${namespace} ${name}.json`;
}

function listOf(kind: ProfileKind, namespace: string): string {
  return `${kind} ${namespace}.list`;
}
