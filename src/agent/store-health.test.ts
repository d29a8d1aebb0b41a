import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import { Health } from '#runtime/health.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { faultyProfileStore } from '#storage/testing/faulty-profile-store.js';
import { describeProfileStoreContract } from '#storage/testing/profile-store-contract.js';
import { describeProfileStoreWatchContract } from '#storage/testing/watch-contract.js';
import { WatchReader } from '#storage/testing/watch-reader.js';
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
  const watch = () => new WatchReader(store, 'ContainerProfile', { resourceVersion: '' });
  return { faults, faulty, names, store, watch };
}

describeProfileStoreContract('watched for health', async () => {
  const memory = new MemoryProfileStore({ clock: new VirtualClock(), random: seededRandom(1) });
  return { store: reportingStore(memory, new Health(() => 0)), close: async () => {} };
});

describeProfileStoreWatchContract('watched for health', async ({ historyChanges }) => {
  const clock = new VirtualClock();
  const memory = new MemoryProfileStore({ clock, random: seededRandom(1), historyChanges });
  const store = reportingStore(memory, new Health(() => 0));
  const consolidate = (key: ObjectKey) => memory.consolidateProfile(key, { signal });
  return { clock, consolidate, store, close: async () => {} };
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

  it('sets a condition while the store is damaged, for reading and for writing', async () => {
    const { faults, names, store } = setUp();
    faults.set('get', 'internal').set('delete', 'internal');
    await assert.rejects(store.get('ContainerProfile', KEY, { signal }), { code: 'internal' });
    await assert.rejects(store.delete('ContainerProfile', KEY, { signal }), { code: 'internal' });
    assert.deepEqual(names(), ['store-read', 'store-write']);
    faults.clear();
    await store.get('ContainerProfile', KEY, { signal });
    assert.deepEqual(names(), ['store-write']);
  });

  it('sets a condition when a watch finds the store damaged', async () => {
    const { faulty, names, watch } = setUp();
    watch();
    await settle();
    faulty.cutWatches({ reason: new AgentError('internal', 'damaged') });
    await settle();
    assert.deepEqual(names(), ['store-read']);
  });

  it('sets a condition when a watch cannot be had, and clears it when one tells something', async () => {
    const { faults, names, watch } = setUp();
    faults.set('watch', 'unavailable');
    watch();
    await settle();
    assert.deepEqual(names(), ['store-read']);
    faults.clear();
    const reader = watch();
    await settle();
    assert.deepEqual([reader.events.length, names()], [1, []]);
    reader.abort();
  });

  it('sets a condition when a watch breaks, but not when it ends, expires or is aborted', async () => {
    const { faulty, names, watch } = setUp();
    watch();
    await settle();
    faulty.cutWatches({ reason: new AgentError('unavailable', 'connection lost') });
    await settle();
    assert.deepEqual(names(), ['store-read']);
    const ended = watch();
    await settle();
    faulty.cutWatches();
    watch();
    await settle();
    faulty.cutWatches({ reason: new AgentError('expired', 'list anew') });
    watch().abort();
    await settle();
    assert.deepEqual([ended.end, names()], ['done', []]);
  });

  it('does not take the end of a watch for an answer', async () => {
    const { faults, faulty, names, store, watch } = setUp();
    watch();
    await settle();
    faults.set('get', 'unavailable');
    await assert.rejects(store.get('ContainerProfile', KEY, { signal }));
    faulty.cutWatches();
    await settle();
    assert.deepEqual(names(), ['store-read']);
  });
});
