import type fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type {
  ObjectKey,
  ObjectList,
  ProfileStore,
  WatchEvent,
  WatchOptions,
} from '#model/profile-store.js';
import { CallTally } from './call-tally.ts';
import { type Change, isIn, nameOf, ObjectHistory } from './object-history.ts';

interface Reader {
  readonly kind: ProfileKind;
  readonly namespace: string | undefined;
  readonly events: WatchEvent[];
  wake: () => void;
}

/**
 * A store whose answers and events fast-check's scheduler lets go, in any order it likes: an answer is
 * made when the call is, and events of one watch stay in order.
 */
export class ScheduledStore implements Pick<ProfileStore, 'get' | 'list' | 'watch'> {
  readonly gets = new CallTally();
  readonly #scheduler: fc.Scheduler;
  readonly #history = new ObjectHistory();
  readonly #readers = new Set<Reader>();

  constructor(scheduler: fc.Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Stores an object; gives its version. */
  put(object: ProfileKinds[ProfileKind]): number {
    const change = this.#history.put(object);
    this.#tell(change);
    return change.version;
  }

  remove(kind: ProfileKind, key: ObjectKey): void {
    const change = this.#history.remove(kind, key);
    if (change) this.#tell(change);
  }

  /** The version that is stored now. */
  versionOf(kind: ProfileKind, key: ObjectKey): number | undefined {
    const version = this.#history.get(kind, key)?.metadata.resourceVersion;
    return version === undefined ? undefined : Number(version);
  }

  /** How many watches run. */
  get watches(): number {
    return this.#readers.size;
  }

  async get<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ProfileKinds[K] | undefined> {
    const end = this.gets.begin(nameOf(kind, key));
    // A call that was given up is under way no more; its answer comes all the same.
    signal.addEventListener('abort', end, { once: true });
    const found = this.#history.get(kind, key);
    await this.#scheduler.schedule(Promise.resolve(), `get ${key.name}`);
    end();
    return found;
  }

  async list(
    kind: ProfileKind,
    { namespace }: { readonly namespace?: string; readonly signal: AbortSignal },
  ): Promise<ObjectList> {
    const resourceVersion = String(this.#history.version);
    const items = this.#history.list(kind, namespace);
    await this.#scheduler.schedule(Promise.resolve(), `list ${kind}`);
    return { resourceVersion, items };
  }

  async *watch(
    kind: ProfileKind,
    { namespace, resourceVersion, signal }: WatchOptions,
  ): AsyncGenerator<WatchEvent> {
    const missed = this.#history.since(Number(resourceVersion)) ?? [];
    const events = missed.filter((c) => c.kind === kind && isIn(namespace, c)).map((c) => c.event);
    const reader: Reader = { kind, namespace, events, wake: () => {} };
    this.#readers.add(reader);
    const onAbort = () => reader.wake();
    signal.addEventListener('abort', onAbort);
    try {
      for (;;) {
        if (signal.aborted) throw new AgentError('aborted', 'the watch was aborted');
        const event = reader.events.shift();
        if (event) {
          await this.#scheduler.schedule(Promise.resolve(), `event of ${kind}`);
          yield event;
        } else {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#readers.delete(reader);
    }
  }

  #tell(change: Change): void {
    for (const reader of this.#readers) {
      if (reader.kind !== change.kind || !isIn(reader.namespace, change)) continue;
      reader.events.push(change.event);
      reader.wake();
    }
  }
}
