import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '../memory-profile-store.ts';
import { faultyProfileStore, type StoreCall } from './faulty-profile-store.ts';
import { describeProfileStoreContract } from './profile-store-contract.ts';
import { aProfile } from './sample-profiles.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

function setUp(before: (call: StoreCall) => Promise<void> | void) {
  const clock = new VirtualClock();
  const inner = new MemoryProfileStore({ clock, random: seededRandom(1) });
  return { clock, inner, store: faultyProfileStore(inner, { before }) };
}

describeProfileStoreContract('faultyProfileStore without faults', async () => ({
  store: setUp(() => {}).store,
  close: async () => {},
}));

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
    assert.deepEqual(calls, [
      'create ContainerProfile shop web',
      'update ContainerProfile shop web',
      'get ContainerProfile shop web',
      'list ContainerProfile  ',
      'delete ContainerProfile shop web',
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
