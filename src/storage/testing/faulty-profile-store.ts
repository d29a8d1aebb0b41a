import type { AgentError } from '#model/agent-error.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey, ProfileStore } from '#model/profile-store.js';
import { unlessAborted } from '#runtime/abort.js';
import { FaultyWatch, type WatchSubject } from './faulty-watch.ts';

/** One call to a store that is about to happen. */
export interface StoreCall {
  readonly method: keyof ProfileStore;
  readonly kind: ProfileKind;
  /** Absent for a list and a watch. */
  readonly key?: ObjectKey;
  /** Of a list or a watch; absent: all. */
  readonly namespace?: string;
  /** Where a watch begins. */
  readonly resourceVersion?: string;
  readonly signal: AbortSignal;
}

/** Which watches are meant; all when absent. */
type WhichWatches = (subject: WatchSubject) => boolean;

/** A store, and what can befall the watches that run on it. */
export interface FaultyProfileStore extends ProfileStore {
  /** How many watches run: begun by a first `next`, and not ended. */
  readonly runningWatches: number;
  /** They end: with `reason` when there is one, else as a server ends a watch that is old. */
  cutWatches(options?: { readonly reason?: AgentError; readonly which?: WhichWatches }): void;
  /** They tell nothing any more, and do not end before they are cut or aborted. New ones do tell. */
  silenceWatches(options?: { readonly which?: WhichWatches }): void;
}

/**
 * A store that behaves as `store` does after `before` is done with the call: a `before` that throws
 * makes it fail, one that waits on a clock makes it slow, one that never settles makes it hang until
 * its signal aborts. The call reaches `store` only afterwards; that of a watch, with its first `next`.
 */
export function faultyProfileStore(
  store: ProfileStore,
  { before }: { readonly before: (call: StoreCall) => Promise<void> | void },
): FaultyProfileStore {
  const admit = (call: StoreCall) =>
    unlessAborted({ signal: call.signal, what: 'call' }, (async () => before(call))());
  const running = new Set<FaultyWatch>();
  return {
    ...objectCalls(store, admit),
    async list(kind, options) {
      await admit({ method: 'list', kind, ...options });
      return store.list(kind, options);
    },
    watch(kind, options) {
      const begin = async () => {
        await admit({ method: 'watch', kind, ...options });
        return store.watch(kind, options);
      };
      return new FaultyWatch({ kind, ...options, begin, running });
    },
    get runningWatches() {
      return running.size;
    },
    cutWatches({ reason, which = () => true } = {}) {
      for (const watch of running) if (which(watch.subject)) watch.cut(reason);
    },
    silenceWatches({ which = () => true } = {}) {
      for (const watch of running) if (which(watch.subject)) watch.silence();
    },
  };
}

function objectCalls(
  store: ProfileStore,
  admit: (call: StoreCall) => Promise<void>,
): Pick<ProfileStore, 'get' | 'create' | 'update' | 'delete'> {
  return {
    async get(kind, key, options) {
      await admit({ method: 'get', kind, key, ...options });
      return store.get(kind, key, options);
    },
    async create<K extends ProfileKind>(
      kind: K,
      object: ProfileKinds[K],
      options: { readonly signal: AbortSignal },
    ) {
      await admit({ method: 'create', kind, key: object.metadata, ...options });
      return store.create(kind, object, options);
    },
    async update<K extends ProfileKind>(
      kind: K,
      object: ProfileKinds[K],
      options: { readonly signal: AbortSignal },
    ) {
      await admit({ method: 'update', kind, key: object.metadata, ...options });
      return store.update(kind, object, options);
    },
    async delete(kind, key, options) {
      await admit({ method: 'delete', kind, key, ...options });
      return store.delete(kind, key, options);
    },
  };
}
