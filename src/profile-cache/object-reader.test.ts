import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { WorkSlices } from '#runtime/work-slices.js';
import { CacheCounters } from './counters.ts';
import { ObjectReader } from './object-reader.ts';
import { StoreCalls } from './store-calls.ts';
import { learned, NAMESPACE } from './testing/cache-world.ts';
import { ScriptedProfileStore } from './testing/scripted-profile-store.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: NAMESPACE, name: 'a' };

function aWorld() {
  const clock = new VirtualClock(0);
  const store = new ScriptedProfileStore(clock);
  const counters = new CacheCounters();
  const calls = new StoreCalls({ clock, counters, budgetMs: 5_000 });
  const world = { clock, store, counters, calls, latest: 0 };
  const slices = new WorkSlices(clock);
  const reader = new ObjectReader({ store, calls, slices, latestChange: () => world.latest });
  const read = (since: number, signal = new AbortController().signal) =>
    reader.read(KIND, KEY, { since, signal });
  return Object.assign(world, { read });
}

describe('ObjectReader', () => {
  it('shares one call among all who ask at the same time', async () => {
    const world = aWorld();
    world.store.put(learned('a', '/bin/a'));
    const answers = [world.read(0), world.read(0), world.read(0)];
    await world.clock.advance(0);
    const [one, other] = await Promise.all(answers);
    assert.equal(one?.object, other?.object);
    assert.equal(world.store.calls.length, 1);
  });

  it('asks again for who needs to see a later change, after the call under way', async () => {
    const world = aWorld();
    world.store.put(learned('a', '/v/1'));
    world.store.behave(KIND, KEY, { delayMs: 1_000 });
    const early = world.read(0);
    await world.clock.advance(0);
    world.store.put(learned('a', '/v/2'));
    world.latest = 7;
    const late = world.read(7);
    await world.clock.advance(2_000);
    assert.equal((await early).object?.metadata.resourceVersion, '1');
    assert.deepEqual([(await late).object?.metadata.resourceVersion, (await late).asOf], ['2', 7]);
    assert.equal(world.store.mostUnderWay, 1);
  });

  it('asks again for who needs a later answer even if the call under way fails', async () => {
    const world = aWorld();
    world.store.behave(KIND, KEY, { delayMs: 1_000, fail: 'unavailable' });
    const early = assert.rejects(world.read(0), { code: 'unavailable' });
    await world.clock.advance(0);
    world.latest = 1;
    const late = world.read(1);
    world.store.behaveWell();
    await world.clock.advance(1_000);
    await early;
    assert.equal((await late).object, undefined);
  });

  it('ends a call that nobody waits for any more, and no other', async () => {
    const world = aWorld();
    world.store.behave(KIND, KEY, { hang: true });
    const [one, other] = [new AbortController(), new AbortController()];
    const reads = [world.read(0, one.signal), world.read(0, other.signal)].map((read) =>
      assert.rejects(read, { code: 'aborted' }),
    );
    one.abort();
    await world.clock.advance(0);
    assert.equal(world.store.underWay, 1);
    other.abort();
    await Promise.all(reads);
    assert.equal(world.store.underWay, 0);
    assert.equal(world.clock.pending, 0);
  });

  it('takes "not found" for an answer', async () => {
    const world = aWorld();
    world.store.behave(KIND, KEY, { fail: 'not-found' });
    const read = world.read(0);
    await world.clock.advance(0);
    assert.equal((await read).object, undefined);
  });

  it('makes no call while the store wants rest, for as long as it said', async () => {
    const world = aWorld();
    world.store.behave(KIND, KEY, { fail: 'unavailable', retryAfterMs: 20_000 });
    const first = assert.rejects(world.read(0), { code: 'unavailable' });
    await world.clock.advance(0);
    await first;
    await assert.rejects(world.read(0), { code: 'unavailable', retryAfterMs: 20_000 });
    assert.equal(world.store.calls.length, 1);
    await world.clock.advance(20_000);
    world.store.behaveWell();
    const read = world.read(0);
    await world.clock.advance(0);
    await read;
    assert.equal(world.store.calls.length, 2);
    assert.equal(world.counters.storeCallCount, 2, 'what was not asked is not counted');
  });
});
