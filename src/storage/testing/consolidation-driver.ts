import type {
  ConsolidatingStore,
  ConsolidationResult,
} from '#consolidation/consolidating-store.js';
import type { ContainerProfile } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';
import { stateOf } from './sample-profiles.ts';

/** A store that merges reports by itself. */
export type MergingStore = ProfileStore & ConsolidatingStore;

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

/** A store, what it is fed with, and what one reads from it. */
export function driver(store: MergingStore) {
  const profile = () => store.get(KIND, KEY, { signal });
  return {
    profile,
    feed: async (...reports: readonly ContainerProfile[]) => {
      for (const report of reports) await store.create(KIND, report, { signal });
    },
    consolidate: (expiredBeforeMs?: number): Promise<ConsolidationResult> =>
      store.consolidateProfile(KEY, { signal, expiredBeforeMs }),
    pending: (expiredBeforeMs?: number) => store.pendingProfiles({ signal, expiredBeforeMs }),
    state: async () => stateOf(await profile()),
    opens: async () => ((await profile())?.spec.opens ?? []).map(({ path }) => path).sort(),
  };
}
