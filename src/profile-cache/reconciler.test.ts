import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import {
  aContainer,
  aNetworkNeighborhood,
  anApplicationProfile,
  CacheWorld,
  learned,
} from './testing/cache-world.ts';

/** A world with one container that has a profile. */
async function cachedWorld(): Promise<CacheWorld> {
  const world = new CacheWorld().start();
  world.store.put(learned('a-profile', '/bin/a'));
  await world.add(aContainer('a'));
  return world;
}

describe('refresh', () => {
  it('changes nothing while the versions of all sources are the same', async () => {
    const world = await cachedWorld();
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.ticks();
    const entry = world.cache.getContainerProfile('a');
    const changes = world.changes.length;
    await world.ticks(5);
    assert.equal(world.cache.getContainerProfile('a'), entry);
    assert.equal(world.changes.length, changes);
    await world.stop();
  });

  it('takes a new version, and tells', async () => {
    const world = await cachedWorld();
    world.store.put(learned('a-profile', '/bin/b'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/a', '/bin/b'), ['/bin/b']);
    assert.equal(world.changes.at(-1)?.reason, 'profile-changed');
    await world.stop();
  });

  it('returns an entry to pending when its only source was deleted, and finds a new one', async () => {
    const world = await cachedWorld();
    world.remove('ContainerProfile', 'a-profile');
    await world.ticks();
    assert.equal(world.cache.getContainerProfile('a'), undefined);
    assert.equal(world.standing('a'), 'pending profile-deleted');
    assert.equal(world.cache.counters.evictions.profile_deleted, 1);
    await world.ticks();
    assert.match(world.cache.getContainerProfileState('a').error ?? '', /was deleted/);
    world.store.put(learned('a-profile', '/bin/new'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/a', '/bin/new'), ['/bin/new']);
    await world.stop();
  });

  it('keeps what is cached of a source that cannot be read, and takes the others', async () => {
    const world = await cachedWorld();
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.ticks();
    for (const fail of ['unavailable', 'internal', 'invalid', 'aborted'] as const) {
      world.behave('ApplicationProfile', 'ug-a-workload', { fail });
      world.store.put(learned('a-profile', `/bin/${fail}`));
      await world.ticks();
      const expected = [`/bin/${fail}`, '/bin/ug'];
      assert.deepEqual(world.allowed('a', ...expected), expected);
    }
    world.behave('ContainerProfile', 'a-profile', { fail: 'unavailable' });
    world.behave('ApplicationProfile', 'ug-a-workload', {});
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug2'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/aborted', '/bin/ug', '/bin/ug2'), [
      '/bin/aborted',
      '/bin/ug2',
    ]);
    await world.stop();
  });

  it('keeps the entry while the store is down', async () => {
    const world = await cachedWorld();
    world.behave('ContainerProfile', 'a-profile', { fail: 'unavailable' });
    await world.ticks(10);
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    await world.stop();
  });

  it('keeps the entry when an overlay appears while the profile itself cannot be read', async () => {
    const world = await cachedWorld();
    world.behave('ContainerProfile', 'a-profile', { fail: 'unavailable' });
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.ticks();
    const both = ['/bin/a', '/bin/ug'];
    assert.deepEqual(world.allowed('a', ...both), both, 'what was compiled need not be read again');
    world.store.put(aNetworkNeighborhood('ug-a-workload'));
    await world.ticks();
    const isNamed = () =>
      world.cache.getContainerProfile('a')?.profile.wasAddressIn('egress', '10.0.0.10');
    assert.equal(isNamed(), false, 'neighbors are merged with those of the profile');
    assert.deepEqual(world.allowed('a', ...both), both);
    world.behave('ContainerProfile', 'a-profile', {});
    await world.ticks();
    assert.equal(isNamed(), true);
    await world.stop();
  });

  it('keeps the entry when the new version cannot be understood, and warns once', async () => {
    const warnings: string[] = [];
    const log = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const world = new CacheWorld({}, { log }).start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    const broken = learned('a-profile', '');
    world.store.put({ ...broken, spec: { execs: [{ path: 5 as unknown as string }] } });
    await world.ticks(3);
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    assert.deepEqual(warnings, ['profile cannot be understood']);
    await world.stop();
  });

  it('drops an answer that comes after its budget, so that it never replaces a newer one', async () => {
    const world = await cachedWorld();
    world.store.put(learned('a-profile', '/bin/old'));
    world.behave('ContainerProfile', 'a-profile', { delayMs: 40_000, isDeaf: true });
    await world.ticks();
    world.behave('ContainerProfile', 'a-profile', {});
    world.store.put(learned('a-profile', '/bin/new'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/old', '/bin/new'), ['/bin/new']);
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/old', '/bin/new'), ['/bin/new']);
    await world.stop();
  });

  it('leaves a container removed that was removed during its refresh', async () => {
    const world = await cachedWorld();
    world.behave('ContainerProfile', 'a-profile', { delayMs: 3_000, isDeaf: true });
    world.store.put(learned('a-profile', '/bin/b'));
    await world.clock.advance(1_000);
    world.cache.containerRemoved('a');
    await world.clock.advance(4_000);
    assert.deepEqual(world.allowed('a', '/bin/a', '/bin/b'), ['/bin/a']);
    await world.clock.advance(6_000);
    assert.deepEqual(world.cache.list(), []);
    await world.stop();
  });
});

describe('tick', () => {
  it('comes at the interval, moved by up to a tenth either way', async () => {
    const world = new CacheWorld({}, { random: seededRandom(7) });
    world.store.mode = 'no-feeds';
    world.start();
    await world.add(aContainer('a'));
    const waits: number[] = [];
    for (let last = world.clock.now(); waits.length < 20; last = world.clock.now()) {
      const calls = world.store.calls.length;
      while (world.store.calls.length === calls) await world.clock.advance(10);
      waits.push(world.clock.now() - last);
    }
    assert.ok(Math.min(...waits) >= 27_000 && Math.min(...waits) < 29_000, `${waits}`);
    assert.ok(Math.max(...waits) <= 33_010 && Math.max(...waits) > 31_000, `${waits}`);
    await world.stop();
  });

  it('evicts, adds and retries others at once while a refresh hangs', async () => {
    const world = await cachedWorld();
    world.store.put(learned('b-profile', '/bin/b'));
    world.store.put(learned('c-profile', '/bin/c'));
    await world.add(aContainer('b'), aContainer('pending'));
    world.behave('ContainerProfile', 'a-profile', { hang: true });
    world.behave('ContainerProfile', 'b-profile', { hang: true });
    for (const name of ['a-profile', 'b-profile']) world.store.put(learned(name, '/bin/new'));
    world.store.put(learned('pending-profile', '/bin/p'));
    const status = { name: 'web', containerId: 'b', state: 'terminated' } as const;
    world.publish('b', { uid: 'b-uid', containerStatuses: [status] });
    await world.ticks();
    await world.add(aContainer('c'));
    assert.equal(world.standing('b'), 'leaving terminated');
    assert.equal(world.standing('c'), 'cached profile-found');
    assert.equal(world.standing('pending'), 'cached profile-found');
    await world.clock.advance(5_000);
    assert.equal(world.store.underWay, 0, 'the hung calls were given up');
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    await world.stop();
  });

  it('bounds adding by the budget of one call, however many hang', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/b'));
    world.behave('ContainerProfile', 'a-profile', { hang: true });
    world.behave('ApplicationProfile', 'ug-a-workload', { hang: true });
    await world.add(aContainer('a'));
    await world.clock.advance(4_999);
    assert.equal(world.standing('a'), 'waiting reading-sources');
    await world.clock.advance(1);
    assert.equal(world.standing('a'), 'pending store-failed');
    await world.stop();
  });

  it('never has two calls under way for one source, though ticks, nudges and hung calls meet', async () => {
    const world = new CacheWorld({ refreshIntervalMs: 1_000 }).start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    world.behave('ContainerProfile', 'a-profile', { hang: true });
    for (let turn = 0; turn < 20; turn += 1) {
      world.cache.nudge();
      world.store.put(learned('a-profile', `/bin/${turn}`));
      world.cache.learningEnded('a');
      await world.clock.advance(700);
    }
    assert.equal(world.store.mostUnderWay, 1);
    await world.stop();
  });

  it('refreshes many containers a few at a time where the store has no feeds', async () => {
    const world = new CacheWorld();
    world.store.mode = 'no-feeds';
    world.start();
    const many = Array.from({ length: 20 }, (_, at) => aContainer(`c${at}`));
    for (const { profileName } of many) world.store.put(learned(profileName, '/bin/old'));
    await world.add(...many);
    for (const { profileName } of many) {
      world.store.put(learned(profileName, '/bin/new'));
      world.behave('ContainerProfile', profileName, { hang: true });
    }
    world.behave('ContainerProfile', 'c19-profile', {});
    await world.ticks();
    assert.equal(world.store.underWay, 8);
    await world.clock.advance(15_000);
    assert.deepEqual(world.allowed('c19', '/bin/new'), ['/bin/new']);
    await world.stop();
  });
});

describe('nudge', () => {
  it('refreshes everything at once, and once more when a refresh is under way', async () => {
    const world = await cachedWorld();
    world.behave('ContainerProfile', 'a-profile', { delayMs: 1_000 });
    world.cache.nudge();
    await world.clock.advance(500);
    world.store.put(learned('a-profile', '/bin/b'));
    world.cache.nudge();
    await world.clock.advance(1_600);
    assert.deepEqual(world.allowed('a', '/bin/a', '/bin/b'), ['/bin/b']);
    await world.stop();
  });

  it('is heard during a tick, too', async () => {
    const world = await cachedWorld();
    await world.add(aContainer('b'));
    world.onChange = ({ to }) => {
      if (to === 'leaving') world.cache.nudge();
    };
    const status = { name: 'web', containerId: 'b', state: 'terminated' } as const;
    world.publish('b', { uid: 'b-uid', containerStatuses: [status] });
    const lists = world.store.lists.length;
    await world.ticks();
    assert.equal(world.store.lists.length, lists + 3, 'every feed lists once');
    await world.stop();
  });
});

describe('learningEnded', () => {
  it('brings a completed profile to its entry without waiting for a tick', async () => {
    const world = new CacheWorld({ refreshIntervalMs: 600_000 }).start();
    world.store.put(learned('a-profile', '/bin/a', ['ready', 'complete']));
    await world.add(aContainer('a'));
    world.cache.learningEnded('a');
    await world.clock.advance(30_000);
    assert.equal(world.cache.getContainerProfile('a')?.isEnforced, false);
    world.store.put(learned('a-profile', '/bin/a'));
    await world.clock.advance(5_000);
    assert.equal(world.cache.getContainerProfile('a')?.isEnforced, true);
    const calls = world.store.calls.length;
    await world.clock.advance(60_000);
    assert.equal(world.store.calls.length, calls, 'nothing more is asked once it is final');
    await world.stop();
  });

  it('counts also before the container is identified', async () => {
    const world = new CacheWorld({ refreshIntervalMs: 600_000 }).start();
    world.store.put(learned('a-profile', '/bin/a', ['completed', 'partial']));
    world.cache.containerAdded('a');
    world.cache.learningEnded('a');
    world.cache.containerAdded('box');
    world.cache.learningEnded('box');
    await world.clock.advance(1_500);
    world.identify(aContainer('a'));
    world.identify(aContainer('box', { kind: 'sandbox' }));
    await world.clock.advance(50_000);
    assert.equal(world.standing('a'), 'pending partial-profile');
    assert.equal(world.standing('box'), undefined);
    assert.ok(world.store.calls.every((call) => call.includes('a-')));
    await world.clock.advance(20_000);
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.stop();
  });
});

describe('evict', () => {
  it('takes out a container that Terminated, with a grace, whether it is cached or pending', async () => {
    const world = await cachedWorld();
    await world.add(aContainer('b'));
    for (const id of ['a', 'b']) {
      const status = {
        name: 'web',
        containerId: `containerd://${id}`,
        state: 'terminated',
      } as const;
      world.publish(id, { uid: `${id}-uid`, containerStatuses: [status] });
    }
    await world.ticks();
    assert.equal(world.standing('b'), 'leaving terminated');
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    await world.clock.advance(10_000);
    assert.deepEqual(world.cache.list(), []);
    assert.equal(world.cache.counters.evictions.pod_stopped, 2);
    await world.stop();
  });

  it('keeps a container of a pod that is unknown, waiting, without statuses, or another one', async () => {
    const world = await cachedWorld();
    const waiting = { name: 'web', containerId: '', state: 'waiting' } as const;
    const ended = { name: 'web', containerId: '', state: 'terminated' } as const;
    const statuses = [
      undefined,
      { uid: 'a-uid', containerStatuses: [] },
      { uid: 'a-uid', containerStatuses: [waiting] },
      { uid: 'another', containerStatuses: [ended] },
      { uid: 'a-uid', containerStatuses: [{ ...ended, name: 'other' }, waiting] },
    ];
    for (const status of statuses) {
      world.publish('a', status);
      await world.ticks(3);
      assert.equal(world.standing('a'), 'cached profile-found');
    }
    await world.stop();
  });

  it('takes out one that is absent from published statuses at two ticks, not at one', async () => {
    const world = await cachedWorld();
    const other = { name: 'web', containerId: 'former', state: 'terminated' } as const;
    const own = { name: 'web', containerId: 'a', state: 'running' } as const;
    world.publish('a', { uid: 'a-uid', containerStatuses: [other] });
    await world.ticks();
    world.cache.nudge();
    await world.clock.advance(0);
    assert.equal(world.standing('a'), 'cached profile-found');
    world.publish('a', { uid: 'a-uid', containerStatuses: [own] });
    await world.ticks();
    world.publish('a', { uid: 'a-uid', containerStatuses: [other] });
    await world.ticks();
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.ticks();
    assert.equal(world.standing('a'), 'leaving absent-from-pod');
    await world.stop();
  });

  it('fills in a pod UID that was missing, and matches by name and UID from then on', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a'));
    const pod = { name: 'a-pod', namespace: 'shop', uid: '', labels: {} };
    await world.add(aContainer('a', { pod }));
    const ended = { name: 'web', containerId: '', state: 'terminated' } as const;
    const own = { name: 'web', containerId: 'a', state: 'running' } as const;
    world.publish('a', { uid: 'a-uid', containerStatuses: [ended] });
    await world.ticks();
    assert.equal(world.standing('a'), 'cached profile-found');
    world.publish('a', { uid: 'a-uid', containerStatuses: [own] });
    await world.ticks();
    world.publish('a', { uid: 'a-uid', containerStatuses: [ended] });
    await world.ticks();
    assert.equal(world.standing('a'), 'leaving terminated');
    await world.stop();
  });

  it('goes on with the others when the status of one pod cannot be judged', async () => {
    const world = await cachedWorld();
    await world.add(aContainer('b'));
    world.publish('a', { uid: 'a-uid' } as never);
    const status = { name: 'web', containerId: 'b', state: 'terminated' } as const;
    world.publish('b', { uid: 'b-uid', containerStatuses: [status] });
    await world.ticks();
    assert.equal(world.standing('a'), 'cached profile-found');
    assert.equal(world.standing('b'), 'leaving terminated');
    await world.stop();
  });
});
