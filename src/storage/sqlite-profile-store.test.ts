import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectKey } from '#model/profile-store.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { openSqliteProfileStore } from './sqlite-profile-store.ts';
import { describeConsolidationContract } from './testing/consolidation-contract.ts';
import type { OpenObjectStore } from './testing/object-rig.ts';
import { describeObjectStoreContract } from './testing/object-store-contract.ts';
import { describeProfileStoreContract } from './testing/profile-store-contract.ts';
import { aProfile, aReport, stateOf } from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';
import { describeProfileStoreWatchContract } from './testing/watch-contract.ts';
import type { OpenWatchedStore } from './testing/watch-driver.ts';
import { describeWatchReplayContract } from './testing/watch-replay-contract.ts';

const KIND = 'ContainerProfile';
const { signal } = new AbortController();

function openStore(path: string) {
  const sources = { clock: new VirtualClock(1e12), random: seededRandom(1), log: silentLogger };
  return openSqliteProfileStore({ path, ...sources });
}

const open = async () => {
  const store = openStore(':memory:');
  return { store, close: async () => store.close() };
};

const openWatched: OpenWatchedStore = async (options) => {
  const clock = new VirtualClock(1e12);
  const sources = { clock, random: seededRandom(1), log: silentLogger, ...options };
  const store = openSqliteProfileStore({ path: ':memory:', ...sources });
  const consolidate = (key: ObjectKey) => store.consolidateProfile(key, { signal });
  return { clock, consolidate, store, close: async () => store.close() };
};

const openObjects: OpenObjectStore = async (options) => {
  const clock = new VirtualClock(1e12);
  const sources = { clock, random: seededRandom(1), log: silentLogger, ...options };
  const store = openSqliteProfileStore({ path: ':memory:', ...sources });
  return { clock, store, close: async () => store.close() };
};

describeObjectStoreContract('SqliteProfileStore', openObjects);
describeProfileStoreContract('SqliteProfileStore', open);
describeConsolidationContract('SqliteProfileStore', open);
describeProfileStoreWatchContract('SqliteProfileStore', openWatched);
describeWatchReplayContract('SqliteProfileStore', openWatched);

describe('SqliteProfileStore', () => {
  it('has everything again after it was opened anew, and goes on counting versions', () =>
    withFolder(async (folder) => {
      const path = `${folder}/deep/profiles.db`;
      const first = openStore(path);
      await first.create(KIND, aReport([0, 10]), { signal });
      await first.consolidateProfile({ namespace: 'shop', name: 'web' }, { signal });
      await first.create(KIND, aReport([10, 20], { state: 'completed/complete' }), { signal });
      const gone = await first.create(KIND, aProfile({ name: 'gone' }), { signal });
      await first.delete(KIND, gone.metadata, { signal });
      const before = await first.list(KIND, { signal });
      first.close();

      const second = openStore(path);
      assert.deepEqual(await second.list(KIND, { signal }), before);
      const [pending] = await second.pendingProfiles({ signal });
      assert.equal(pending?.name, 'web');
      await second.consolidateProfile({ namespace: 'shop', name: 'web' }, { signal });
      const merged = await second.get(KIND, { namespace: 'shop', name: 'web' }, { signal });
      assert.equal(stateOf(merged), 'completed/complete');
      assert.ok(
        Number(merged?.metadata.resourceVersion) > Number(gone.metadata.resourceVersion),
        'a version of an object that was deleted is not given again',
      );
      second.close();
    }));

  it('answers unavailable once it is closed', async () => {
    const store = openStore(':memory:');
    store.close();
    store.close();
    await assert.rejects(store.list(KIND, { signal }), { code: 'unavailable', message: /closed/ });
    await assert.rejects(store.create(KIND, aProfile(), { signal }), { code: 'unavailable' });
  });

  it('keeps a write of one process from another until it is whole', () =>
    withFolder(async (folder) => {
      const one = openStore(`${folder}/profiles.db`);
      const other = openStore(`${folder}/profiles.db`);
      const created = await one.create(KIND, aProfile(), { signal });
      assert.deepEqual(await other.get(KIND, created.metadata, { signal }), created);
      await other.update(KIND, { ...created, spec: {} }, { signal });
      await assert.rejects(one.update(KIND, created, { signal }), { code: 'conflict' });
      one.close();
      other.close();
    }));
});
