import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '#runtime/virtual-clock.js';
import { aContainer, anApplicationProfile, CacheWorld, learned } from './testing/cache-world.ts';

describe('ProfileCache: adding', () => {
  it('waits for the identity of a container, then reads its profile at the stable name', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.cache.containerAdded('a');
    await world.clock.advance(1_000);
    assert.equal(world.standing('a'), 'waiting identity-unknown');
    assert.deepEqual(world.store.calls, []);
    world.identify(aContainer('a'));
    await world.clock.advance(5_000);
    assert.deepEqual(world.allowed('a', '/bin/a', '/bin/b'), ['/bin/a']);
    assert.deepEqual(world.store.calls, ['ContainerProfile shop/a-profile']);
    assert.deepEqual(world.store.lists, [
      'ContainerProfile shop',
      'ApplicationProfile shop',
      'NetworkNeighborhood shop',
    ]);
    assert.deepEqual(
      world.changes.map(({ from, to, reason }) => [from, to, reason]),
      [
        [undefined, 'waiting', 'added'],
        ['waiting', 'cached', 'profile-found'],
      ],
    );
    assert.deepEqual(world.cache.getContainerProfileState('a'), {
      name: 'a-profile',
      status: 'completed',
      completion: 'complete',
    });
    await world.stop();
  });

  it('asks for an identity eagerly for a bounded time only, and once a tick from then on', async () => {
    const world = new CacheWorld({ identityTimeoutMs: 60_000 }).start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.cache.containerAdded('a');
    await world.clock.advance(61_000);
    assert.equal(world.standing('a'), 'waiting identity-timeout');
    assert.equal(world.clock.pending, 1, 'only the next tick is waited for');
    await world.ticks(3);
    world.identify(aContainer('a'));
    await world.ticks();
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.stop();
  });

  it('gives sandboxes and ignored containers no entry', async () => {
    const world = new CacheWorld({ isIgnored: ({ name }) => name === 'noise' }).start();
    world.cache.containerAdded('a');
    world.cache.learningEnded('a');
    await world.clock.advance(10);
    await world.add(aContainer('a', { kind: 'sandbox' }), aContainer('b', { name: 'noise' }));
    await world.clock.advance(40);
    assert.deepEqual(world.cache.list(), []);
    assert.deepEqual(world.store.calls, []);
    assert.equal(world.changes.at(-1)?.reason, 'ignored');
    assert.equal(world.clock.pending, 1, 'only the next tick is waited for');
    await world.stop();
  });

  it('begins with the containers that were added before it ran', async () => {
    const world = new CacheWorld();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'), aContainer('gone'));
    world.cache.containerRemoved('gone');
    assert.equal(world.clock.pending, 0);
    world.start();
    await world.clock.advance(0);
    assert.equal(world.standing('a'), 'cached profile-found');
    assert.equal(world.standing('gone'), undefined);
    await world.stop();
  });

  it('leaves a new life alone when the identity of the old one comes too late', async () => {
    const world = new CacheWorld({ isIgnored: ({ name }) => name === 'noise' });
    world.store.put(learned('a-profile', '/bin/a'));
    const answers = [aContainer('a', { name: 'noise' })];
    world.identityOf = (id) => {
      const late = answers.pop();
      if (!late) return aContainer(id);
      world.cache.containerRemoved(id);
      world.cache.containerAdded(id);
      return late;
    };
    world.start();
    world.cache.containerAdded('a');
    await world.clock.advance(100);
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.stop();
  });

  it('takes a second adding of the same life as nothing new', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    await world.add(aContainer('a'));
    assert.equal(world.store.calls.length, 1);
    assert.equal(world.store.lists.length, 3);
    await world.stop();
  });

  it('shares one projection between containers of the same profile and version', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('common', '/bin/a'));
    const twins = ['a', 'b', 'c'].map((id) => aContainer(id, { profileName: 'common' }));
    world.store.put(anApplicationProfile('ug-c-workload', '/bin/c'));
    await world.add(...twins);
    const [a, b, c] = twins.map(({ id }) => world.cache.getContainerProfile(id)?.profile);
    assert.ok(a);
    assert.equal(a, b);
    assert.notEqual(a, c);
    assert.deepEqual(world.allowed('a', '/bin/a', '/bin/c'), ['/bin/a']);
    assert.deepEqual(world.allowed('c', '/bin/a', '/bin/c'), ['/bin/a', '/bin/c']);
    world.store.put(learned('common', '/bin/new'));
    await world.ticks();
    const [newA, newB] = ['a', 'b'].map((id) => world.cache.getContainerProfile(id)?.profile);
    assert.notEqual(newA, a);
    assert.equal(newA, newB);
    await world.stop();
  });
});

describe('ProfileCache: pending', () => {
  it('retries at every tick until a profile appears, whatever the pods known here say', async () => {
    const world = new CacheWorld();
    world.store.mode = 'no-feeds';
    world.start();
    await world.add(aContainer('a'));
    assert.equal(world.standing('a'), 'pending no-profile');
    const status = { name: 'web', containerId: 'former', state: 'running' } as const;
    world.publish('a', { uid: 'a-uid', containerStatuses: [status] });
    await world.ticks(4);
    assert.equal(world.store.calls.length, 5 * 3);
    assert.equal(world.standing('a'), 'pending no-profile');
    world.publish('a', undefined);
    world.store.put(learned('a-profile', '/bin/a'));
    await world.ticks();
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.stop();
  });

  it('says why in the profile state, and for an unknown container too', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('b-profile', '/bin/b'));
    world.behave('ContainerProfile', 'b-profile', { fail: 'unavailable' });
    await world.add(aContainer('a'), aContainer('b'));
    world.cache.containerAdded('c');
    const stateOf = (id: string) => world.cache.getContainerProfileState(id);
    assert.deepEqual(stateOf('a'), {
      name: 'a-profile',
      error: 'there is no profile shop/a-profile yet',
    });
    assert.match(stateOf('b').error ?? '', /b-profile could not be read: .* failed as scripted/);
    assert.equal(stateOf('c').error, 'container c is not identified yet');
    assert.equal(stateOf('d').error, 'container d is not in the profile cache');
    await world.stop();
  });

  it('ends by removal', async () => {
    const world = new CacheWorld().start();
    await world.add(aContainer('a'));
    world.cache.containerRemoved('a');
    await world.clock.advance(10_000);
    assert.deepEqual(world.cache.list(), []);
    await world.stop();
  });

  it('waits for another version of a stored profile that cannot be understood', async () => {
    const world = new CacheWorld().start();
    const broken = learned('a-profile', '/bin/a');
    world.store.put({ ...broken, spec: { execs: [{ path: 5 as unknown as string }] } });
    await world.add(aContainer('a'));
    assert.equal(world.standing('a'), 'pending invalid-profile');
    world.store.put(broken);
    await world.ticks();
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.stop();
  });
});

describe('ProfileCache: learning not finished', () => {
  it('keeps a profile with its state and does not judge by it', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a', ['ready', 'complete']));
    await world.add(aContainer('a'));
    const entry = world.cache.getContainerProfile('a');
    assert.equal(entry?.isEnforced, false);
    assert.equal(entry?.state.status, 'ready');
    assert.equal(world.cache.hasFinalProfile({ namespace: 'shop', name: 'a-pod' }), false);
    world.store.put(learned('a-profile', '/bin/a'));
    await world.ticks();
    assert.equal(world.cache.getContainerProfile('a')?.isEnforced, true);
    assert.equal(world.cache.hasFinalProfile({ namespace: 'shop', name: 'a-pod' }), true);
    await world.stop();
  });

  it('judges by it when configured to', async () => {
    const world = new CacheWorld({ enforceWhileLearning: true }).start();
    world.store.put(learned('a-profile', '/bin/a', ['ready', 'complete']));
    world.store.put(learned('b-profile', '/bin/b', ['failed', 'complete']));
    await world.add(aContainer('a'), aContainer('b'));
    assert.equal(world.cache.getContainerProfile('a')?.isEnforced, true);
    assert.equal(world.cache.getContainerProfile('b')?.isEnforced, false);
    await world.stop();
  });

  it('judges by a profile that grew too large to be learned further', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a', ['too-large', 'complete']));
    await world.add(aContainer('a'));
    assert.equal(world.cache.getContainerProfile('a')?.isEnforced, true);
    await world.stop();
  });
});

describe('ProfileCache: removing', () => {
  it('keeps the entry readable for the grace and not longer, whatever is ignored by now', async () => {
    let isIgnoring = false;
    const world = new CacheWorld({ isIgnored: () => isIgnoring }).start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    isIgnoring = true;
    world.cache.containerRemoved('a');
    assert.equal(world.cache.hasFinalProfile({ namespace: 'shop', name: 'a-pod' }), false);
    await world.clock.advance(9_999);
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    assert.equal(world.standing('a'), 'leaving removed');
    await world.clock.advance(1);
    assert.equal(world.cache.getContainerProfile('a'), undefined);
    assert.deepEqual(world.cache.list(), []);
    await world.stop();
  });

  it('begins a new life for an id that is added again during the grace', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    world.cache.containerRemoved('a');
    await world.clock.advance(5_000);
    world.remove('ContainerProfile', 'a-profile');
    await world.add(aContainer('a'));
    assert.equal(world.standing('a'), 'pending no-profile');
    await world.clock.advance(10_000);
    assert.equal(world.standing('a'), 'pending no-profile');
    await world.stop();
  });

  it('does not resurrect a container that was removed while its profile was read', async () => {
    const world = new CacheWorld({ removalGraceMs: 0 }).start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.behave('ContainerProfile', 'a-profile', { delayMs: 2_000, isDeaf: true });
    await world.add(aContainer('a'));
    world.cache.containerRemoved('a');
    await world.clock.advance(5_000);
    assert.equal(world.cache.getContainerProfile('a'), undefined);
    assert.deepEqual(world.cache.list(), []);
    await world.stop();
  });

  it('does not give a new life what was read for the old one', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/old'));
    world.behave('ContainerProfile', 'a-profile', { delayMs: 2_000, isDeaf: true });
    await world.add(aContainer('a'));
    world.cache.containerRemoved('a');
    world.store.put(learned('a-profile', '/bin/new'));
    world.behave('ContainerProfile', 'a-profile', {});
    await world.add(aContainer('a'));
    await world.clock.advance(5_000);
    assert.deepEqual(world.allowed('a', '/bin/old', '/bin/new'), ['/bin/new']);
    await world.stop();
  });

  it('knows nothing of a container that was never added', async () => {
    const world = new CacheWorld().start();
    world.cache.containerRemoved('a');
    world.cache.nudge();
    assert.deepEqual(world.cache.list(), []);
    assert.equal(world.cache.hasFinalProfile({ namespace: 'shop', name: 'a-pod' }), false);
    await world.stop();
  });
});

describe('ProfileCache: ports that misbehave', () => {
  it('lets a listener add a container again while it leaves', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    world.onChange = ({ to }) => {
      if (to === 'leaving') world.cache.containerAdded('a');
    };
    world.cache.containerRemoved('a');
    await world.clock.advance(20_000);
    assert.equal(world.standing('a'), 'cached profile-found');
    world.onChange = () => {};
    world.cache.containerRemoved('a');
    await world.clock.advance(10_000);
    assert.deepEqual(Object.values(world.cache.statistics.holdings()), [0, 0, 0, 0, 0, 0]);
    await world.stop();
  });

  it('goes on with the other containers when one cannot be identified', async () => {
    const world = new CacheWorld({ refreshIntervalMs: 100_000_000 }).start();
    world.store.put(learned('common', '/v/1'));
    const ids = ['a', 'b', 'c', 'd'];
    await world.add(...ids.map((id) => aContainer(id, { profileName: 'common' })));
    const identityOf = world.identityOf.bind(world);
    world.identityOf = () => {
      world.identityOf = identityOf;
      throw new Error('no identity today');
    };
    for (const version of ['/v/2', '/v/3']) {
      world.store.put(learned('common', version));
      await world.clock.advance(0);
      const known = ids.filter((id) => world.allowed(id, version)?.length === 1);
      assert.ok(known.length >= 3, `${version} reached ${known}`);
    }
    for (const id of ids) assert.deepEqual(world.allowed(id, '/v/3'), ['/v/3']);
    await world.stop();
  });

  it('makes profiles, and holds nothing afterwards, while pods cannot be asked about', async () => {
    const world = new CacheWorld().start();
    world.podOf = () => {
      throw new Error('no pods today');
    };
    world.store.put(learned('a-profile', '/bin/a'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aContainer('a'));
    await world.ticks(3);
    assert.deepEqual(world.allowed('a', '/bin/a', '/bin/ug'), ['/bin/a', '/bin/ug']);
    world.cache.containerRemoved('a');
    await world.clock.advance(10_000);
    assert.deepEqual(Object.values(world.cache.statistics.holdings()), [0, 0, 0, 0, 0, 0]);
    await world.stop();
  });

  it('adds a container that a filter cannot judge', async () => {
    const isIgnored = () => {
      throw new Error('no filter today');
    };
    const world = new CacheWorld({ isIgnored }).start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.stop();
  });

  it('asks for many objects a few at a time', async () => {
    const world = new CacheWorld().start();
    const many = Array.from({ length: 100 }, (_, at) => aContainer(`c${at}`));
    for (const { profileName } of many) {
      world.store.put(learned(profileName, '/bin/a'));
      world.behave('ContainerProfile', profileName, { delayMs: 1_000 });
    }
    await world.add(...many);
    assert.equal(world.store.underWay, 32);
    await world.clock.advance(4_000);
    assert.equal(world.cache.statistics.census().container, 100);
    await world.stop();
  });
});

describe('ProfileCache: what would change a state', () => {
  it('is told for every state in which rules do not judge', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('b-profile', '/b', ['ready', 'complete']));
    world.store.put(learned('c-profile', '/c', ['failed', 'complete']));
    world.store.put(learned('d-profile', '/d'));
    world.store.put(anApplicationProfile('ug-d-workload', '/ug'));
    world.behave('ContainerProfile', 'd-profile', { fail: 'unavailable' });
    world.store.put(learned('e-profile', '/e'));
    world.behave('ContainerProfile', 'e-profile', { hang: true });
    world.cache.containerAdded('nobody');
    await world.add(...['a', 'b', 'c', 'd', 'e'].map((id) => aContainer(id)));
    const told = (id: string) => world.cache.container(id)?.wouldChange;
    assert.equal(told('nobody'), 'its identity, and then the first answers of the store');
    assert.equal(told('a'), 'a learned or user-defined profile, or an overlay');
    assert.equal(told('b'), 'the end of learning: the profile is not judged by before');
    assert.match(told('c') ?? '', /^a new version of its profile/);
    assert.equal(told('d'), 'an answer of the store about the learned profile');
    assert.equal(told('e'), 'the first answers of the store');
    await world.stop();
  });
});

describe('ProfileCache: running', () => {
  it('leaves no timer and no call behind, and its entries readable', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('b-profile', '/bin/b'));
    world.store.put(learned('a-profile', '/bin/a'));
    world.store.put(learned('d-profile', '/bin/d'));
    await world.add(aContainer('a'), aContainer('d'));
    world.behave('ContainerProfile', 'b-profile', { hang: true });
    await world.add(aContainer('b'));
    world.cache.containerAdded('unknown');
    world.cache.containerRemoved('d');
    world.cache.learningEnded('a');
    await world.clock.advance(100);
    await world.stop();
    assert.equal(world.clock.pending, 0);
    assert.equal(world.store.underWay, 0);
    assert.deepEqual(world.allowed('a', '/bin/a'), ['/bin/a']);
    assert.equal(world.standing('d'), undefined);
    const changes = world.changes.length;
    world.cache.containerAdded('late');
    world.cache.nudge();
    world.cache.learningEnded('a');
    world.cache.containerRemoved('a');
    await settle();
    assert.equal(world.clock.pending, 0);
    assert.equal(world.changes.length, changes + 1);
    await assert.rejects(world.cache.run({ signal: AbortSignal.abort() }), { code: 'internal' });
  });

  it('survives a listener that throws', async () => {
    const world = new CacheWorld().start();
    world.onChange = () => {
      throw new Error('listener');
    };
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.stop();
  });

  it('lists what each container waits for', async () => {
    const world = new CacheWorld().start();
    const version = world.store.put(learned('a-profile', '/bin/a'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    world.behave('ApplicationProfile', 'ug-a-workload', { fail: 'unavailable' });
    await world.add(aContainer('a'), aContainer('b'));
    await world.clock.advance(500);
    const [a, b] = world.cache.list();
    assert.equal(a?.profileName, 'a-profile');
    assert.equal(a?.containerName, 'web');
    assert.equal(a?.isEnforced, true);
    assert.equal(a?.lastRefreshMs, 1_000_000);
    assert.equal(a?.nextRetryMs, 1_000_750);
    assert.equal(b?.nextRetryMs, 1_030_000);
    assert.deepEqual(
      a?.sources.map((source) => [source.role, source.presence, source.resourceVersion]),
      [
        ['learned', 'present', version],
        ['managed-application', 'unknown', undefined],
        ['managed-network', 'absent', undefined],
      ],
    );
    assert.match(a?.sources[1]?.error ?? '', /failed as scripted/);
    assert.equal(b?.sinceMs, 1_000_000);
    assert.match(b?.wouldChange ?? '', /profile/);
    await world.stop();
  });
});
