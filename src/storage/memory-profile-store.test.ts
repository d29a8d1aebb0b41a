import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from './memory-profile-store.ts';
import { describeConsolidationContract } from './testing/consolidation-contract.ts';
import { describeObjectStoreContract } from './testing/object-store-contract.ts';
import { describeProfileStoreContract } from './testing/profile-store-contract.ts';
import { describeProfileStoreWatchContract } from './testing/watch-contract.ts';
import type { OpenWatchedStore } from './testing/watch-driver.ts';
import { describeWatchReplayContract } from './testing/watch-replay-contract.ts';

const open = async (
  options: { readonly historyChanges?: number; readonly historyBytes?: number } = {},
) => {
  const clock = new VirtualClock();
  const store = new MemoryProfileStore({ clock, random: seededRandom(1), ...options });
  return { clock, store, close: async () => {} };
};

const openWatched: OpenWatchedStore = async (options) => {
  const opened = await open(options);
  return { ...opened, consolidate: (key) => opened.store.consolidateProfile(key, { signal }) };
};

const { signal } = new AbortController();

describeProfileStoreContract('MemoryProfileStore', open);
describeConsolidationContract('MemoryProfileStore', open);
describeProfileStoreWatchContract('MemoryProfileStore', openWatched);
describeWatchReplayContract('MemoryProfileStore', openWatched);
describeObjectStoreContract('MemoryProfileStore', open);
