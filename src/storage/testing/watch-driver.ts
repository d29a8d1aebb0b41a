import type { ProfileKind } from '#model/profile.js';
import type { ObjectKey, ProfileStore, WatchOptions } from '#model/profile-store.js';
import type { VirtualClock } from '#runtime/virtual-clock.js';
import { anApplicationProfile, aProfile } from './sample-profiles.ts';
import { WatchReader } from './watch-reader.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

/** A store that can be watched, as a contract needs it. */
export interface WatchedStore {
  readonly store: ProfileStore;
  /** The store's own. */
  readonly clock: VirtualClock;
  /**
   * Settles when every watch has told what there is to tell; when absent, turning the clock by nothing is
   * enough. Stores that are reached over a wire say here how they know.
   */
  readonly settle?: () => Promise<void>;
  /** Merges the reports of a profile, if the store does that. */
  readonly consolidate?: (key: ObjectKey) => Promise<unknown>;
  close(): Promise<void>;
}

/** Opens an empty store that remembers so many changes. */
export type OpenWatchedStore = (options: {
  readonly historyChanges: number;
}) => Promise<WatchedStore>;

/** A store, and what the tests say to it and ask it. */
export type WatchRig = WatchedStore & ReturnType<typeof driverOf>;

/** The same, with short words for what is done to ContainerProfiles. */
export function watchRig(opened: WatchedStore): WatchRig {
  return { ...opened, ...driverOf(opened) };
}

function driverOf({ store, clock, settle = () => clock.advance(0) }: WatchedStore) {
  let others = 0;
  return {
    create: (metadata: Partial<ObjectKey> = {}) =>
      store.create(KIND, aProfile(metadata), { signal }),
    remove: (key: ObjectKey = KEY) => store.delete(KIND, key, { signal }),
    /** Writes that no watch of ContainerProfiles hears of. */
    writeOthers: async (count: number) => {
      for (let at = 0; at < count; at += 1) {
        others += 1;
        const object = anApplicationProfile({ name: `other-${others}` });
        await store.create('ApplicationProfile', object, { signal });
      }
    },
    version: async () => (await store.list(KIND, { signal })).resourceVersion,
    watch: (options: Partial<WatchOptions> = {}, kind: ProfileKind = KIND) =>
      new WatchReader(store, kind, { resourceVersion: '', ...options }),
    /** Lets every watch tell what there is to tell. */
    settle,
  };
}
