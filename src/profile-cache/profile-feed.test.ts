import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { CacheCounters } from './counters.ts';
import { ProfileFeed } from './profile-feed.ts';
import { StoreCalls } from './store-calls.ts';
import { learned, NAMESPACE } from './testing/cache-world.ts';
import { ScriptedProfileStore } from './testing/scripted-profile-store.ts';

const KIND = 'ContainerProfile';
/** Waits of a back-off are three quarters of their step. */
const MIDDLE: Random = { next: () => 0.5, hex32: () => '0'.repeat(32) };

/** A feed of one namespace on a store and a clock that the test holds. */
class FeedWorld {
  readonly clock = new VirtualClock(0);
  readonly store = new ScriptedProfileStore(this.clock);
  readonly counters = new CacheCounters();
  readonly changed: string[] = [];
  readonly calls = new StoreCalls({ clock: this.clock, counters: this.counters, budgetMs: 5_000 });
  readonly feed: ProfileFeed;
  readonly #stop = new AbortController();
  #changes = 0;
  #ran: Promise<void> | undefined;

  constructor() {
    this.feed = new ProfileFeed(
      { kind: KIND, namespace: NAMESPACE },
      {
        store: this.store,
        calls: this.calls,
        clock: this.clock,
        random: MIDDLE,
        log: silentLogger,
        counters: this.counters,
        onChange: (name) => this.changed.push(name),
        nextChange: () => {
          this.#changes += 1;
          return this.#changes;
        },
      },
    );
  }

  async start(): Promise<this> {
    this.#ran = this.feed.run(this.#stop.signal);
    await this.clock.advance(0);
    return this;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ran;
    assert.equal(this.clock.pending, 0, 'a timer was left');
    assert.equal(this.store.watches().length, 0, 'a watch was left');
  }

  versionOf(name: string): string | undefined {
    return this.feed.about(name).meta?.resourceVersion;
  }

  /** Ticks come every 30 s. */
  async ticks(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick += 1) {
      await this.clock.advance(30_000);
      this.feed.check(false);
    }
    await this.clock.advance(0);
  }
}

describe('ProfileFeed', () => {
  it('knows what the list told, and what the watch tells afterwards', async () => {
    const world = new FeedWorld();
    world.store.put(learned('a', '/bin/a'));
    assert.equal(world.feed.isUsable, false);
    await world.start();
    assert.equal(world.feed.isUsable, true);
    assert.equal(world.versionOf('a'), '1');
    world.store.put(learned('b', '/bin/b'));
    world.store.put(learned('a', '/bin/a2'));
    world.store.remove(KIND, { namespace: NAMESPACE, name: 'b' });
    await world.clock.advance(0);
    assert.equal(world.versionOf('a'), '3');
    assert.equal(world.versionOf('b'), undefined);
    assert.deepEqual(world.changed, ['a', 'b', 'a', 'b']);
    assert.deepEqual([world.store.lists.length, world.store.watchOpenings.length], [1, 1]);
    await world.stop();
  });

  it('gives each change a later number, and an absent object that of the last list', async () => {
    const world = await new FeedWorld().start();
    const absent = world.feed.about('a').change;
    world.store.put(learned('a', '/bin/a'));
    await world.clock.advance(0);
    const added = world.feed.about('a').change;
    assert.ok(added > absent);
    world.store.remove(KIND, { namespace: NAMESPACE, name: 'a' });
    await world.clock.advance(0);
    assert.ok(world.feed.about('a').change > added);
    await world.stop();
  });

  it('leaves out reports, and keeps of the metadata what it needs', async () => {
    const world = new FeedWorld();
    const object = learned('a', '/bin/a');
    const { annotations } = object.metadata;
    const big = { ...annotations, 'kubescape.io/wlid': 'w'.repeat(1_000) };
    const report = { ...annotations, 'kubescape.io/report-series-id': 's' };
    world.store.put({ ...object, metadata: { ...object.metadata, annotations: big } });
    world.store.put({
      ...object,
      metadata: { ...object.metadata, name: 'a-1', annotations: report },
    });
    await world.start();
    assert.deepEqual(world.feed.about('a').meta?.annotations, annotations);
    assert.equal(world.feed.about('a-1').meta, undefined);
    await world.stop();
  });

  it('resumes a watch that ended where it was, without a list', async () => {
    const world = await new FeedWorld().start();
    await world.clock.advance(60_000);
    world.store.watches()[0]?.end();
    world.store.put(learned('a', '/bin/a'));
    await world.clock.advance(0);
    assert.equal(world.versionOf('a'), '1');
    assert.deepEqual([world.store.lists.length, world.store.watchOpenings.length], [1, 2]);
    await world.stop();
  });

  it('waits before it resumes a watch that failed, and longer each time', async () => {
    const world = new FeedWorld();
    world.store.behaveWatch(KIND, NAMESPACE, { fail: 'unavailable' });
    await world.start();
    await world.clock.advance(740);
    assert.equal(world.store.watchOpenings.length, 1);
    await world.clock.advance(20);
    assert.equal(world.store.watchOpenings.length, 2);
    await world.clock.advance(1_480);
    assert.equal(world.store.watchOpenings.length, 2);
    await world.clock.advance(40);
    assert.equal(world.store.watchOpenings.length, 3);
    assert.equal(world.store.lists.length, 1);
    assert.equal(world.feed.isUsable, true, 'what it knew is still the best there is');
    await world.stop();
  });

  it('lists anew when the store does not remember that far back', async () => {
    const world = await new FeedWorld().start();
    world.store.put(learned('a', '/bin/a'));
    world.store.watches()[0]?.fail({ fail: 'expired' });
    await world.clock.advance(2_000);
    assert.equal(world.versionOf('a'), '1');
    assert.equal(world.counters.lists.expired, 1);
    await world.stop();
  });

  it('finds by a list what vanished while it could not watch', async () => {
    const world = new FeedWorld();
    world.store.put(learned('a', '/bin/a'));
    await world.start();
    world.store.behaveWatch(KIND, NAMESPACE, { fail: 'unavailable' });
    world.store.watches()[0]?.fail({ fail: 'unavailable' });
    await world.clock.advance(0);
    world.store.remove(KIND, { namespace: NAMESPACE, name: 'a' });
    await world.ticks(1);
    assert.equal(world.versionOf('a'), undefined);
    assert.deepEqual(world.changed, ['a', 'a']);
    await world.stop();
  });

  it('does not list while the watch speaks, but every ten minutes', async () => {
    const world = await new FeedWorld().start();
    await world.ticks(19);
    assert.equal(world.store.lists.length, 1);
    await world.ticks(1);
    assert.equal(world.store.lists.length, 2);
    assert.equal(world.counters.lists.old, 1);
    await world.stop();
  });

  it('lists at every tick while the watch is silent', async () => {
    const world = await new FeedWorld().start();
    world.store.mode = 'public';
    for (const watch of world.store.watches()) watch.silence();
    await world.ticks(2);
    assert.equal(world.store.lists.length, 1);
    await world.ticks(3);
    assert.equal(world.store.lists.length, 4);
    world.store.put(learned('a', '/bin/a'));
    await world.ticks(1);
    assert.equal(world.versionOf('a'), '1');
    await world.stop();
  });

  it('gives a watch that it opened in place of a silent one its time to speak', async () => {
    const world = await new FeedWorld().start();
    for (const watch of world.store.watches()) watch.silence();
    await world.ticks(3);
    assert.deepEqual([world.store.lists.length, world.store.watchOpenings.length], [2, 2]);
    await world.ticks(1);
    assert.deepEqual([world.store.lists.length, world.store.watchOpenings.length], [2, 2]);
    await world.ticks(10);
    assert.deepEqual([world.store.lists.length, world.store.watchOpenings.length], [2, 2]);
    await world.stop();
  });

  it('takes what the watch tells while it lists for the better news', async () => {
    const world = await new FeedWorld().start();
    for (const watch of world.store.watches()) watch.silence();
    world.store.behaveWatch(KIND, NAMESPACE, { delayMs: 1_000 });
    await world.ticks(3);
    world.store.behaveList(KIND, NAMESPACE, { delayMs: 4_000 });
    await world.ticks(1);
    assert.equal(world.store.tallies.list.underWay, 1);
    assert.equal(world.store.watches().length, 1, 'the watch goes on beside the list');
    world.store.put(learned('a', '/v/1'));
    await world.clock.advance(3_000);
    assert.equal(world.versionOf('a'), '1');
    await world.clock.advance(2_000);
    assert.equal(world.store.tallies.list.underWay, 0);
    assert.equal(world.versionOf('a'), '1', 'the list was made before');
    await world.stop();
  });

  it('lists at the next tick when somebody was told something else', async () => {
    const world = await new FeedWorld().start();
    world.store.put(learned('a', '/bin/a'));
    await world.clock.advance(0);
    const before = world.feed.about('a').change;
    world.feed.doubt();
    await world.ticks(1);
    assert.equal(world.store.lists.length, 2);
    assert.ok(world.feed.about('a').change > before, 'an answer from before the list is outdated');
    assert.deepEqual(world.changed, ['a']);
    await world.ticks(3);
    assert.equal(world.store.lists.length, 2);
    await world.stop();
  });

  it('cannot be used while the store refuses to list, and can be once it does', async () => {
    const world = new FeedWorld();
    world.store.mode = 'no-feeds';
    await world.start();
    assert.equal(world.feed.isUsable, false);
    assert.equal(world.feed.hasAnswered, true);
    world.store.mode = 'feeds';
    await world.ticks(1);
    assert.equal(world.feed.isUsable, true);
    await world.stop();
  });

  it('leaves the store alone for as long as it asked for', async () => {
    const world = new FeedWorld();
    world.store.behaveList(KIND, NAMESPACE, { fail: 'unavailable', retryAfterMs: 100_000 });
    await world.start();
    world.store.behaveWell();
    await world.ticks(3);
    assert.equal(world.store.lists.length, 1);
    await world.clock.advance(11_000);
    assert.equal(world.store.lists.length, 2);
    assert.equal(world.feed.isUsable, true);
    await world.stop();
  });

  it('gives up a list that takes longer than its budget', async () => {
    const world = new FeedWorld();
    world.store.behaveList(KIND, NAMESPACE, { hang: true });
    await world.start();
    await world.clock.advance(4_999);
    assert.equal(world.feed.hasAnswered, false);
    await world.clock.advance(1);
    assert.equal(world.feed.hasAnswered, true);
    assert.equal(world.store.tallies.list.underWay, 0);
    await world.stop();
  });
});
