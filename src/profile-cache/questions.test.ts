import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerProfile, IdentifiedCallStack } from '#model/profile.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import { NOTHING } from '#profile/profile-needs.js';
import { aContainer, anApplicationProfile, CacheWorld, learned } from './testing/cache-world.ts';

const ETC: ProfileNeeds = { ...NOTHING, opens: { all: false, selectors: [{ prefix: '/etc/' }] } };
const LOGS: ProfileNeeds = { ...NOTHING, opens: { all: false, selectors: [{ prefix: '/var/' }] } };

function withOpens(name: string, ...paths: readonly string[]): ContainerProfile {
  const profile = learned(name, '/bin/a');
  return { ...profile, spec: { ...profile.spec, opens: paths.map((path) => ({ path })) } };
}

function opened(world: CacheWorld, id: string): readonly string[] {
  const profile = world.cache.getContainerProfile(id)?.profile;
  return ['/etc/passwd', '/var/log/app'].filter((path) => profile?.wasPathOpened(path));
}

describe('what rules need', () => {
  it('decides what is kept, and a change of it is followed at once', async () => {
    const world = new CacheWorld({}, { needs: ETC }).start();
    world.store.put(withOpens('common', '/etc/passwd', '/var/log/app'));
    const twins = ['a', 'b'].map((id) => aContainer(id, { profileName: 'common' }));
    await world.add(...twins);
    assert.deepEqual(opened(world, 'a'), ['/etc/passwd']);
    assert.deepEqual(world.cache.container('a')?.entries?.opens, { stored: 2, kept: 1 });
    assert.deepEqual(world.cache.container('a')?.entries?.execs, { stored: 1, kept: 0 });
    world.cache.needsChanged(LOGS);
    await world.clock.advance(0);
    for (const { id } of twins) assert.deepEqual(opened(world, id), ['/var/log/app']);
    assert.equal(world.store.calls.length, 2, 'one more read for both');
    assert.equal(world.cache.statistics.holdings().compiled, 1, 'nothing is left of the old one');
    world.cache.needsChanged(LOGS);
    await world.clock.advance(0);
    assert.equal(world.store.calls.length, 2, 'the same needs are no news');
    await world.stop();
  });

  it('leaves the old profile, which says what it holds, while the object cannot be read', async () => {
    const world = new CacheWorld({}, { needs: ETC }).start();
    world.store.put(withOpens('a-profile', '/etc/passwd', '/var/log/app'));
    await world.add(aContainer('a'));
    world.behave('ContainerProfile', 'a-profile', { fail: 'unavailable' });
    world.cache.needsChanged(LOGS);
    await world.ticks();
    assert.deepEqual(opened(world, 'a'), ['/etc/passwd']);
    assert.equal(world.cache.getContainerProfile('a')?.profile.needs, ETC);
    world.behave('ContainerProfile', 'a-profile', {});
    await world.ticks();
    assert.deepEqual(opened(world, 'a'), ['/var/log/app']);
    await world.stop();
  });

  it('changed while a profile is read counts for what is read', async () => {
    const world = new CacheWorld({}, { needs: ETC }).start();
    world.store.put(withOpens('a-profile', '/etc/passwd', '/var/log/app'));
    world.behave('ContainerProfile', 'a-profile', { delayMs: 1_000 });
    await world.add(aContainer('a'));
    world.cache.needsChanged(LOGS);
    await world.clock.advance(1_000);
    assert.deepEqual(opened(world, 'a'), ['/var/log/app']);
    await world.stop();
  });
});

describe('explain', () => {
  it('names the source of what is allowed, and what comes nearest to what is not', async () => {
    const world = new CacheWorld().start();
    const version = world.store.put(withOpens('a-profile', '/etc/passwd'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aContainer('a'));
    const asked = (path: string) => world.cache.explain('a', { surface: 'execs', path });
    const names = (path: string) => asked(path)?.allowedBy.map(({ origin }) => origin.name);
    assert.deepEqual(names('/bin/a'), ['a-profile']);
    assert.deepEqual(names('/bin/ug'), ['ug-a-workload']);
    assert.equal(asked('/bin/a')?.allowedBy[0]?.origin.resourceVersion, version);
    assert.deepEqual(names('/bin/other'), []);
    assert.equal(asked('/bin/other')?.nearest?.entry, '/bin/a');
    assert.equal(world.cache.explain('nobody', { surface: 'execs', path: '/bin/a' }), undefined);
    await world.stop();
  });
});

describe('getCallStackTree', () => {
  const stack = (lineno: string): IdentifiedCallStack['callStack'] => ({
    root: {
      frame: { fileID: '', lineno: '' },
      children: [{ frame: { fileID: 'main', lineno }, children: [] }],
    },
  });

  it('finds the stacks of the profile, shared like the rest', async () => {
    const world = new CacheWorld().start();
    const profile = learned('common', '/bin/a');
    const identifiedCallStacks = [{ callID: 'open', callStack: stack('7') }];
    world.store.put({ ...profile, spec: { ...profile.spec, identifiedCallStacks } });
    await world.add(...['a', 'b'].map((id) => aContainer(id, { profileName: 'common' })));
    const tree = world.cache.getCallStackTree('a');
    assert.deepEqual(tree?.callIds, ['open']);
    assert.equal(tree?.hasStack('open', [{ fileID: 'main', lineno: '7' }]), true);
    assert.equal(tree?.hasStack('open', [{ fileID: 'main', lineno: '8' }]), false);
    assert.equal(tree, world.cache.getCallStackTree('b'));
    assert.equal(world.cache.getCallStackTree('nobody'), undefined);
    await world.stop();
  });
});
