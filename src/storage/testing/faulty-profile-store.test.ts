import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '../memory-profile-store.ts';
import { faultyProfileStore, type StoreCall } from './faulty-profile-store.ts';
import { describeProfileStoreContract } from './profile-store-contract.ts';
import { aProfile } from './sample-profiles.ts';
import { describeProfileStoreWatchContract } from './watch-contract.ts';
import { WatchReader } from './watch-reader.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

function setUp(before: (call: StoreCall) => Promise<void> | void, historyChanges?: number) {
  const clock = new VirtualClock();
  const inner = new MemoryProfileStore({ clock, random: seededRandom(1), historyChanges });
  return { clock, inner, store: faultyProfileStore(inner, { before }) };
}

describeProfileStoreContract('faultyProfileStore without faults', async () => ({
  store: setUp(() => {}).store,
  close: async () => {},
}));

describeProfileStoreWatchContract(
  'faultyProfileStore without faults',
  async ({ historyChanges }) => {
    const { clock, inner, store } = setUp(() => {}, historyChanges);
    const consolidate = (key: ObjectKey) => inner.consolidateProfile(key, { signal });
    return { clock, consolidate, store, close: async () => {} };
  },
);

describe('faultyProfileStore', () => {
  it('says which call it is about', async () => {
    const calls: string[] = [];
    const { store } = setUp(({ method, kind, key }) => {
      calls.push([method, kind, key?.namespace, key?.name].join(' '));
    });
    const created = await store.create(KIND, aProfile(), { signal });
    await store.update(KIND, created, { signal });
    await store.get(KIND, KEY, { signal });
    await store.list(KIND, { signal });
    await store.delete(KIND, KEY, { signal });
    const watch = store.watch(KIND, { signal, resourceVersion: '' });
    for await (const _event of watch) break;
    assert.deepEqual(calls, [
      'create ContainerProfile shop web',
      'update ContainerProfile shop web',
      'get ContainerProfile shop web',
      'list ContainerProfile  ',
      'delete ContainerProfile shop web',
      'watch ContainerProfile  ',
    ]);
  });

  it('fails the calls that it is told to fail, and leaves the store alone', async () => {
    const { store, inner } = setUp(({ method }) => {
      if (method === 'create') throw new AgentError('unavailable', 'store is down');
    });
    await assert.rejects(store.create(KIND, aProfile(), { signal }), { code: 'unavailable' });
    assert.equal(await inner.get(KIND, KEY, { signal }), undefined);
  });

  it('is slow by the clock', async () => {
    const { clock, store } = setUp((call) => clock.sleep(50, call.signal));
    let isDone = false;
    const call = store.list(KIND, { signal }).then(() => {
      isDone = true;
    });
    await clock.advance(49);
    assert.equal(isDone, false);
    await clock.advance(1);
    await call;
  });

  it('hangs until the call is aborted', async () => {
    const { store } = setUp(() => new Promise(() => {}));
    const controller = new AbortController();
    const call = store.get(KIND, KEY, { signal: controller.signal });
    controller.abort();
    await assert.rejects(call, { code: 'aborted' });
  });
});

describe('the watches of a faulty store', () => {
  const watching = (before: (call: StoreCall) => Promise<void> | void = () => {}) => {
    const rig = setUp(before);
    const watch = (namespace: string) =>
      new WatchReader(rig.store, KIND, { resourceVersion: '', namespace });
    const create = (namespace: string, name = 'web') =>
      rig.store.create(KIND, aProfile({ namespace, name }), { signal });
    return { ...rig, create, watch, settle: () => rig.clock.advance(0) };
  };

  it('fail when their call is told to fail', async () => {
    const { settle, store, watch } = watching(({ method }) => {
      if (method === 'watch') throw new AgentError('unavailable', 'store is down');
    });
    const reader = watch('shop');
    await settle();
    assert.equal(reader.end, 'unavailable');
    assert.equal(store.runningWatches, 0);
  });

  it('end when they are cut, with or without a reason, and can be begun anew', async () => {
    const { create, settle, store, watch, clock } = watching();
    const readers = ['shop', 'bank'].map(watch);
    await settle();
    assert.equal(store.runningWatches, 2);
    store.cutWatches({ which: ({ namespace }) => namespace === 'shop' });
    await settle();
    assert.deepEqual(
      readers.map(({ end }) => end),
      ['done', undefined],
    );
    store.cutWatches({ reason: new AgentError('expired', 'list anew') });
    await settle();
    assert.equal(readers[1]?.end, 'expired');
    assert.deepEqual([store.runningWatches, clock.pending], [0, 0]);
    const again = watch('bank');
    await create('bank');
    await settle();
    assert.deepEqual(again.changes, ['added bank/web']);
    again.abort();
  });

  it('tell nothing while they are silent, until they are cut or aborted', async () => {
    const { create, settle, store, watch, clock } = watching();
    const [cut, aborted] = ['shop', 'shop'].map(watch);
    const heard = watch('bank');
    await settle();
    store.silenceWatches({ which: ({ namespace }) => namespace === 'shop' });
    await create('shop');
    await create('bank');
    await clock.advance(120_000);
    assert.deepEqual([cut?.events.length, cut?.end, heard.changes.length], [1, undefined, 1]);
    aborted?.abort();
    await settle();
    assert.equal(aborted?.end, 'aborted');
    const later = watch('shop');
    await create('shop', 'other');
    await settle();
    assert.equal(later.changes.length, 1, 'a new one is not silent');
    store.cutWatches();
    await settle();
    assert.deepEqual([cut?.end, later.end], ['done', 'done']);
    assert.equal(clock.pending, 0);
  });
});
