import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError, type ErrorCode } from '#model/agent-error.js';
import { Health } from '#runtime/health.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { faultyProfileStore } from '#storage/testing/faulty-profile-store.js';
import { describeProfileStoreContract } from '#storage/testing/profile-store-contract.js';
import { reportingStore } from './store-health.ts';

const { signal } = new AbortController();
const KEY = { namespace: 'shop', name: 'web' };

function setUp() {
  const health = new Health(() => 0);
  const faults = new Map<string, ErrorCode>();
  const memory = new MemoryProfileStore({ clock: new VirtualClock(), random: seededRandom(1) });
  const faulty = faultyProfileStore(memory, {
    before: ({ method }) => {
      const code = faults.get(method);
      if (code) throw new AgentError(code, 'disk full');
    },
  });
  const store = reportingStore(faulty, health);
  const names = () => health.conditions().map(({ name }) => name);
  return { faults, names, store };
}

describeProfileStoreContract('watched for health', async () => {
  const memory = new MemoryProfileStore({ clock: new VirtualClock(), random: seededRandom(1) });
  return { store: reportingStore(memory, new Health(() => 0)), close: async () => {} };
});

describe('reportingStore', () => {
  it('sets a condition while writing fails, which reading does not clear', async () => {
    const { faults, names, store } = setUp();
    faults.set('delete', 'unavailable');
    await assert.rejects(store.delete('ContainerProfile', KEY, { signal }), {
      message: 'disk full',
    });
    await store.get('ContainerProfile', KEY, { signal });
    assert.deepEqual(names(), ['store-write']);
  });

  it('clears it with the next answer', async () => {
    const { faults, names, store } = setUp();
    faults.set('get', 'unavailable');
    await assert.rejects(store.get('ContainerProfile', KEY, { signal }));
    assert.deepEqual(names(), ['store-read']);
    faults.clear();
    await store.get('ContainerProfile', KEY, { signal });
    assert.deepEqual(names(), []);
  });

  it('takes an answer that one does not like for an answer', async () => {
    const { faults, names, store } = setUp();
    faults.set('delete', 'not-found');
    await assert.rejects(store.delete('ContainerProfile', KEY, { signal }), { code: 'not-found' });
    assert.deepEqual(names(), []);
  });
});
