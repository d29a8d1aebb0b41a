import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  aContainer,
  aLabelledContainer,
  anApplicationProfile,
  authored,
  CacheWorld,
  learned,
} from './testing/cache-world.ts';

/** Ticks so rare that nothing here can be their doing. */
const WATCHED = { refreshIntervalMs: 100_000_000 };

describe('a change in the store', () => {
  it('reaches the container at once: learning completed, an overlay came and went, all was deleted', async () => {
    const world = new CacheWorld(WATCHED).start();
    await world.add(aContainer('a'));
    const steps: [() => void, string, readonly string[] | undefined][] = [
      [() => {}, 'pending no-profile', undefined],
      [
        () => world.store.put(learned('a-profile', '/bin/a', ['ready', 'complete'])),
        'cached profile-found',
        ['/bin/a'],
      ],
      [() => world.store.put(learned('a-profile', '/bin/a')), 'cached profile-changed', ['/bin/a']],
      [
        () => world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug')),
        'cached profile-changed',
        ['/bin/a', '/bin/ug'],
      ],
      [
        () => world.remove('ApplicationProfile', 'ug-a-workload'),
        'cached profile-changed',
        ['/bin/a'],
      ],
      [() => world.remove('ContainerProfile', 'a-profile'), 'pending profile-deleted', undefined],
    ];
    for (const [step, standing, allowed] of steps) {
      step();
      await world.clock.advance(0);
      assert.equal(world.standing('a'), standing);
      assert.deepEqual(world.allowed('a', '/bin/a', '/bin/ug'), allowed);
    }
    await world.stop();
  });

  it('is read once for all containers that need it, and not by the others', async () => {
    const world = new CacheWorld(WATCHED).start();
    world.store.put(learned('common', '/bin/a'));
    world.store.put(learned('z-profile', '/bin/z'));
    const twins = ['a', 'b', 'c'].map((id) => aContainer(id, { profileName: 'common' }));
    await world.add(...twins, aContainer('z'));
    assert.equal(world.store.calls.length, 2);
    world.store.put(learned('common', '/bin/b'));
    await world.clock.advance(0);
    assert.equal(world.store.calls.length, 3);
    for (const { id } of twins) assert.deepEqual(world.allowed(id, '/bin/b'), ['/bin/b']);
    await world.stop();
  });

  it('costs a container nothing whose profile another one has already', async () => {
    const world = new CacheWorld(WATCHED).start();
    world.store.put(learned('common', '/bin/a'));
    await world.add(aContainer('a', { profileName: 'common' }));
    const calls = world.cache.counters.storeCallCount;
    await world.add(aContainer('b', { profileName: 'common' }));
    assert.deepEqual(world.allowed('b', '/bin/a'), ['/bin/a']);
    assert.equal(world.cache.counters.storeCallCount, calls);
    await world.stop();
  });

  it('that comes while the object is read is not missed', async () => {
    const world = new CacheWorld(WATCHED).start();
    world.store.put(learned('a-profile', '/bin/1'));
    await world.add(aContainer('a'));
    world.behave('ContainerProfile', 'a-profile', { delayMs: 1_000 });
    world.store.put(learned('a-profile', '/bin/2'));
    await world.clock.advance(500);
    world.store.put(learned('a-profile', '/bin/3'));
    await world.clock.advance(2_000);
    assert.deepEqual(world.allowed('a', '/bin/1', '/bin/2', '/bin/3'), ['/bin/3']);
    assert.equal(world.store.mostUnderWay, 1);
    await world.stop();
  });

  it('is not believed to be a deletion before a GET says so', async () => {
    const world = new CacheWorld(WATCHED).start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    world.behave('ContainerProfile', 'a-profile', { fail: 'unavailable' });
    world.remove('ContainerProfile', 'a-profile');
    await world.clock.advance(600_000);
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    world.behave('ContainerProfile', 'a-profile', {});
    await world.clock.advance(30_000);
    assert.equal(world.standing('a'), 'pending profile-deleted');
    await world.stop();
  });

  it('is found in a namespace of its own, and nothing is followed where no container is', async () => {
    const world = new CacheWorld(WATCHED).start();
    const host = aContainer('host', { namespace: 'host', profileName: 'host-profile' });
    const { pod: _none, ...podless } = host;
    await world.add(podless, aContainer('a'));
    assert.equal(world.cache.statistics.holdings().feeds, 6);
    const profile = learned('host-profile', '/bin/init');
    world.store.put({ ...profile, metadata: { ...profile.metadata, namespace: 'host' } });
    await world.clock.advance(0);
    assert.deepEqual(world.allowed('host', '/bin/init'), ['/bin/init']);
    world.cache.containerRemoved('host');
    await world.clock.advance(0);
    assert.equal(world.cache.statistics.holdings().feeds, 3);
    assert.equal(world.store.watches('ContainerProfile', 'host').length, 0);
    await world.stop();
  });

  it('leaves nothing behind when the last container has gone', async () => {
    const world = new CacheWorld(WATCHED).start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aContainer('a'), aLabelledContainer('b', 'mine'));
    world.cache.containerRemoved('a');
    world.cache.containerRemoved('b');
    await world.clock.advance(10_000);
    const { lives, feeds, objects, compiled, strings, sizeBytes } =
      world.cache.statistics.holdings();
    assert.deepEqual([lives, feeds, objects, compiled, strings, sizeBytes], [0, 0, 0, 0, 0, 0]);
    assert.equal(world.store.watches().length, 0);
    await world.stop();
  });
});

describe('a store that is not at its best', () => {
  it('is asked for again soon, then ever more rarely', async () => {
    const world = new CacheWorld(WATCHED).start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.behave('ContainerProfile', 'a-profile', { fail: 'unavailable' });
    await world.add(aContainer('a'));
    assert.equal(world.standing('a'), 'pending store-failed');
    const callsAfter = async (ms: number) => {
      await world.clock.advance(ms);
      return world.store.calls.length;
    };
    assert.equal(await callsAfter(740), 1);
    assert.equal(await callsAfter(20), 2);
    assert.equal(await callsAfter(1_500), 3);
    assert.equal(await callsAfter(600_000), 3 + 3 + 25);
    world.store.behaveWell();
    await world.clock.advance(30_000);
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    await world.stop();
  });

  it('is left alone for as long as it asked for, by all containers, and eviction goes on', async () => {
    const world = new CacheWorld({ refreshIntervalMs: 10_000 }).start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.store.put(learned('b-profile', '/bin/b'));
    await world.add(aContainer('c'));
    world.behave('ContainerProfile', 'a-profile', { fail: 'unavailable', retryAfterMs: 60_000 });
    await world.add(aContainer('a'));
    const calls = world.cache.counters.storeCallCount;
    await world.add(aContainer('b'));
    const status = { name: 'web', containerId: 'c', state: 'terminated' } as const;
    world.publish('c', { uid: 'c-uid', containerStatuses: [status] });
    await world.clock.advance(50_000);
    assert.equal(world.cache.counters.storeCallCount, calls);
    assert.equal(world.standing('b'), 'pending store-failed');
    assert.equal(world.standing('c'), undefined);
    world.store.behaveWell();
    await world.clock.advance(20_000);
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    assert.deepEqual(world.allowed('b', '/bin/b'), ['/bin/b']);
    await world.stop();
  });

  it('that neither lists nor watches is read one by one', async () => {
    const world = new CacheWorld();
    world.store.mode = 'no-feeds';
    world.start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aLabelledContainer('a', 'mine'));
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    world.store.put(authored('mine', '/bin/mine'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/a', '/bin/mine'), ['/bin/mine']);
    await world.stop();
  });

  it('that lists without versions and whose watches stay silent is listed at every tick', async () => {
    const world = new CacheWorld();
    world.store.mode = 'public';
    world.start();
    await world.add(aContainer('a'));
    await world.ticks(3);
    world.store.put(learned('a-profile', '/bin/a'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    const before = world.store.lists.length;
    await world.ticks(10);
    assert.equal(world.store.lists.length, before + 30);
    assert.equal(world.store.calls.length, 1);
    await world.stop();
  });

  it('whose first list hangs holds up an adding for a second, and no longer', async () => {
    const world = new CacheWorld(WATCHED).start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.store.behaveList('NetworkNeighborhood', 'shop', { hang: true });
    await world.add(aContainer('a'));
    assert.equal(world.standing('a'), 'waiting reading-sources');
    await world.clock.advance(1_000);
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    assert.deepEqual(world.store.calls.toSorted(), [
      'ContainerProfile shop/a-profile',
      'NetworkNeighborhood shop/ug-a-workload',
    ]);
    await world.stop();
  });

  it('asks nothing of it for a steady hour but a list every ten minutes', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'), aContainer('b'));
    await world.clock.advance(1_000);
    const before = world.cache.counters.storeCallCount;
    await world.clock.advance(3_600_000);
    assert.ok(world.cache.counters.storeCallCount - before <= 3 * 2 * 6);
    assert.equal(world.store.calls.length, 1);
    await world.stop();
  });
});
