import type { ProfileKind, ProfileKinds } from '../src/model/profile.ts';
import type {
  ObjectKey,
  ObjectList,
  ProfileStore,
  WatchEvent,
  WatchOptions,
} from '../src/model/profile-store.ts';
import type { Clock } from '../src/runtime/clock.ts';

/** The calls by which a cache reads. */
export type ReadableStore = Pick<ProfileStore, 'get' | 'list' | 'watch'>;
/** Calls that were made, by verb. Opening a watch is one call; what comes through it is none. */
export type CallCounts = Record<keyof ReadableStore, number>;

/** Counts what is asked of a store, and can close watches as API servers do. */
export class CountingStore implements ReadableStore {
  readonly calls: CallCounts = { get: 0, list: 0, watch: 0 };
  readonly #store: ReadableStore;
  readonly #clock: Clock;
  readonly #watchLifeMs: number;

  constructor(store: ReadableStore, clock: Clock, watchLifeMs = Number.POSITIVE_INFINITY) {
    this.#store = store;
    this.#clock = clock;
    this.#watchLifeMs = watchLifeMs;
  }

  /** Counts from nothing again. */
  reset(): void {
    Object.assign(this.calls, { get: 0, list: 0, watch: 0 });
  }

  get<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    options: { readonly signal: AbortSignal },
  ): Promise<ProfileKinds[K] | undefined> {
    this.calls.get += 1;
    return this.#store.get(kind, key, options);
  }

  list(kind: ProfileKind, options: Parameters<ProfileStore['list']>[1]): Promise<ObjectList> {
    this.calls.list += 1;
    return this.#store.list(kind, options);
  }

  async *watch(kind: ProfileKind, options: WatchOptions): AsyncGenerator<WatchEvent> {
    this.calls.watch += 1;
    if (!Number.isFinite(this.#watchLifeMs)) {
      yield* this.#store.watch(kind, options);
      return;
    }
    const closing = new AbortController();
    const cancel = this.#clock.schedule(this.#watchLifeMs, () => closing.abort());
    const signal = AbortSignal.any([options.signal, closing.signal]);
    try {
      yield* this.#store.watch(kind, { ...options, signal });
    } catch (reason) {
      // Closed by the server: a clean end. Everything else is the caller's.
      if (!closing.signal.aborted || options.signal.aborted) throw reason;
    } finally {
      cancel();
    }
  }
}
