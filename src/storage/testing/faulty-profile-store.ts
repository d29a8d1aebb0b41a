import { AgentError } from '#model/agent-error.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey, ProfileStore } from '#model/profile-store.js';

/** One call to a store that is about to happen. */
export interface StoreCall {
  readonly method: keyof ProfileStore;
  readonly kind: ProfileKind;
  /** Absent for a list. */
  readonly key?: ObjectKey;
  readonly signal: AbortSignal;
}

/**
 * A store that behaves as `store` does after `before` is done with the call: a `before` that throws
 * makes it fail, one that waits on a clock makes it slow, one that never settles makes it hang until
 * its signal aborts. The call reaches `store` only afterwards.
 */
export function faultyProfileStore(
  store: ProfileStore,
  { before }: { readonly before: (call: StoreCall) => Promise<void> | void },
): ProfileStore {
  const admit = (call: StoreCall) => untilAborted(call.signal, async () => before(call));
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
    async list(kind, options) {
      await admit({ method: 'list', kind, signal: options.signal });
      return store.list(kind, options);
    },
  };
}

/** Settles with `work`, or rejects with `aborted` as soon as `signal` aborts. */
async function untilAborted(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  let unhook = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = () =>
      reject(new AgentError('aborted', 'call was aborted', { cause: signal.reason }));
    unhook = () => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    await Promise.race([aborted, work()]);
  } finally {
    unhook();
  }
}
