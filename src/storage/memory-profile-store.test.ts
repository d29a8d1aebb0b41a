import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from './memory-profile-store.ts';
import { describeConsolidationContract } from './testing/consolidation-contract.ts';
import { describeProfileStoreContract } from './testing/profile-store-contract.ts';

const open = async () => ({
  store: new MemoryProfileStore({ clock: new VirtualClock(), random: seededRandom(1) }),
  close: async () => {},
});

describeProfileStoreContract('MemoryProfileStore', open);
describeConsolidationContract('MemoryProfileStore', open);
