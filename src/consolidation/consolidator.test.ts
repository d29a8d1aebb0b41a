import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import { type Logger, silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { aReport, minuteMs, stateOf } from '#storage/testing/sample-profiles.js';
import type { ConsolidatingStore } from './consolidating-store.ts';
import { Consolidator, type ConsolidatorOptions } from './consolidator.ts';

const KIND = 'ContainerProfile';
const { signal } = new AbortController();
const key = (name: string): ObjectKey => ({ namespace: 'shop', name });

function setUp(options: Partial<ConsolidatorOptions> = {}) {
  const clock = new VirtualClock(minuteMs(0));
  const store = new MemoryProfileStore({ clock, random: seededRandom(1) });
  const consolidated: string[] = [];
  const consolidator = new Consolidator({
    store,
    clock,
    log: silentLogger,
    onConsolidated: ({ name }) => consolidated.push(name),
    ...options,
  });
  const feed = (profile: string, from = 0) =>
    store.create(KIND, aReport([from, from + 10], { profile }), { signal });
  return { clock, store, consolidated, consolidator, feed };
}

/** A store whose profiles all wait, and which counts the passes. */
function waitingStore(names: readonly string[], consolidate: (name: string) => Promise<void>) {
  let passes = 0;
  const store: ConsolidatingStore = {
    async pendingProfiles() {
      passes += 1;
      return names.map(key);
    },
    async consolidateProfile({ name }) {
      await consolidate(name);
      return 'updated';
    },
  };
  return { store, passes: () => passes };
}

describe('Consolidator', () => {
  it('merges what waits for every profile, and tells of those that it wrote', async () => {
    const { consolidator, consolidated, feed, store } = setUp();
    await feed('b');
    await feed('a');
    const tally = await consolidator.once();
    assert.deepEqual(tally, { completed: 0, updated: 2, unchanged: 0, failed: 0 });
    assert.deepEqual(consolidated, ['a', 'b']);
    assert.equal(stateOf(await store.get(KIND, key('a'), { signal })), 'ready/complete');
    assert.deepEqual((await consolidator.once()).updated, 0);
  });

  it('is not stopped by a profile that fails, and tries it again', async () => {
    const warnings: unknown[] = [];
    const log: Logger = { ...silentLogger, warn: (_message, fields) => warnings.push(fields) };
    let isBroken = true;
    const { store } = waitingStore(['a', 'b', 'c'], async (name) => {
      if (name === 'b' && isBroken) throw new AgentError('internal', 'profile b is damaged');
    });
    const { consolidator, consolidated } = setUp({ store, log });
    assert.deepEqual(await consolidator.once(), {
      completed: 0,
      updated: 2,
      unchanged: 0,
      failed: 1,
    });
    assert.deepEqual(warnings, [{ ...key('b'), error: 'profile b is damaged', code: 'internal' }]);
    isBroken = false;
    await consolidator.once();
    assert.deepEqual(consolidated, ['a', 'c', 'a', 'b', 'c']);
    assert.deepEqual(consolidator.tally, { completed: 0, updated: 5, unchanged: 0, failed: 1 });
  });

  it('is not stopped by a listener that throws', async () => {
    const { store } = waitingStore(['a', 'b'], async () => {});
    const { consolidator } = setUp({
      store,
      onConsolidated: () => {
        throw new Error('listener');
      },
    });
    assert.equal((await consolidator.once()).updated, 2);
  });

  it('lets others work when profiles take long', async () => {
    const order: string[] = [];
    const { consolidator, clock } = setUp({
      store: {
        pendingProfiles: async () => ['a', 'b', 'c'].map(key),
        consolidateProfile: async ({ name }) => {
          order.push(name);
          clock.schedule(0, () => order.push('other work'));
          // Time passes without a wait: this is what a long merge looks like from outside.
          await clock.advance(name === 'c' ? 0 : 20);
          return 'updated';
        },
      },
    });
    const pass = consolidator.once();
    await clock.advance(200);
    await pass;
    assert.deepEqual(order.slice(0, 4), ['a', 'other work', 'b', 'other work']);
    assert.equal(clock.pending, 0);
  });

  it('works at once, then at every interval, until it is aborted', async () => {
    const { store, passes } = waitingStore([], async () => {});
    const { consolidator, clock } = setUp({ store, intervalMs: 1_000 });
    const controller = new AbortController();
    const running = consolidator.run({ signal: controller.signal });
    await clock.advance(0);
    assert.equal(passes(), 1);
    await clock.advance(2_500);
    assert.equal(passes(), 3);
    controller.abort();
    await running;
    assert.equal(clock.pending, 0);
  });

  it('makes one early pass of many nudges, and goes on at its interval from there', async () => {
    const { store, passes } = waitingStore([], async () => {});
    const { consolidator, clock } = setUp({ store, intervalMs: 10_000 });
    const controller = new AbortController();
    const running = consolidator.run({ signal: controller.signal });
    await clock.advance(5_000);
    for (let count = 0; count < 50; count += 1) consolidator.nudge();
    await clock.advance(1_000);
    assert.equal(passes(), 2);
    await clock.advance(8_000);
    assert.equal(passes(), 2);
    await clock.advance(2_000);
    assert.equal(passes(), 3);
    controller.abort();
    await running;
  });

  it('does not forget a nudge that comes during a pass', async () => {
    let release = () => {};
    const { store, passes } = waitingStore(
      ['a'],
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    const { consolidator, clock } = setUp({ store, intervalMs: 10_000 });
    const controller = new AbortController();
    const running = consolidator.run({ signal: controller.signal });
    await clock.advance(0);
    consolidator.nudge();
    release();
    await clock.advance(500);
    assert.equal(passes(), 2);
    release();
    controller.abort();
    await running;
  });

  it('survives a store that cannot say what waits', async () => {
    let calls = 0;
    const { consolidator, clock } = setUp({
      intervalMs: 1_000,
      store: {
        pendingProfiles: async () => {
          calls += 1;
          throw new AgentError('unavailable', 'store is busy');
        },
        consolidateProfile: async () => 'unchanged',
      },
    });
    await assert.rejects(consolidator.once(), { code: 'unavailable' });
    const controller = new AbortController();
    const running = consolidator.run({ signal: controller.signal });
    await clock.advance(2_000);
    assert.equal(calls, 4);
    controller.abort();
    await running;
  });

  it('gives up chains that nothing continued for as long as it was told', async () => {
    const { consolidator, clock, feed, store } = setUp({ expireAfterMs: 3_600_000 });
    await feed('web');
    const state = async () => stateOf(await store.get(KIND, key('web'), { signal }));
    await clock.advanceTo(minuteMs(70));
    await consolidator.once();
    assert.equal(await state(), 'ready/complete');
    await clock.advanceTo(minuteMs(70) + 1);
    await consolidator.once();
    assert.equal(await state(), 'completed/partial');
  });

  it('keeps chains for ever when it was told no time', async () => {
    const { consolidator, clock, feed, store } = setUp();
    await feed('web');
    await consolidator.once();
    await clock.advance(1e12);
    await consolidator.once();
    assert.equal(stateOf(await store.get(KIND, key('web'), { signal })), 'ready/complete');
  });

  it('stops between profiles when a pass is aborted', async () => {
    const controller = new AbortController();
    const { consolidator, consolidated, feed, store } = setUp({
      onConsolidated: ({ name }) => {
        consolidated.push(name);
        controller.abort();
      },
    });
    await feed('a');
    await feed('b');
    await assert.rejects(consolidator.once(controller), { code: 'aborted' });
    assert.deepEqual(consolidated, ['a']);
    assert.deepEqual(await store.pendingProfiles({ signal }), [key('b')]);
  });
});
