import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, anApplicationProfile, CacheWorld, learned } from './testing/cache-world.ts';

const PARTIAL = ['completed', 'partial'] as const;

describe('partial profiles', () => {
  it('are taken for a container that ran before the agent', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a', PARTIAL));
    await world.add(aContainer('a', { preExisting: true }));
    const entry = world.cache.getContainerProfile('a');
    assert.equal(entry?.state.completion, 'partial');
    assert.equal(entry?.isEnforced, true);
    await world.stop();
  });

  it('count as absent for a container that started under our eyes', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a', PARTIAL));
    await world.add(aContainer('a'));
    await world.ticks(10);
    assert.equal(world.standing('a'), 'pending partial-profile');
    assert.match(world.cache.getContainerProfileState('a').error ?? '', /earlier life/);
    world.store.put(learned('a-profile', '/bin/a'));
    await world.ticks();
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.stop();
  });

  it('leave an overlay of such a container to lie on an empty base', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/a', PARTIAL));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aContainer('a'));
    assert.deepEqual(world.allowed('a', '/bin/a', '/bin/ug'), ['/bin/ug']);
    await world.stop();
  });

  it('of a life that crashed do not reach the next one, though they are stored after its start', async () => {
    const world = new CacheWorld().start();
    await world.add(aContainer('a'));
    assert.equal(world.standing('a'), 'pending no-profile');
    await world.clock.advance(20_000);
    world.store.put(learned('a-profile', '/bin/crash', PARTIAL));
    await world.ticks();
    assert.equal(world.standing('a'), 'pending partial-profile');
    world.store.put(learned('a-profile', '/bin/crash', ['ready', 'complete']));
    await world.ticks();
    assert.equal(world.standing('a'), 'cached profile-found');
    world.store.put(learned('a-profile', '/bin/crash', PARTIAL));
    await world.ticks();
    assert.equal(world.standing('a'), 'pending partial-profile');
    await world.stop();
  });

  it('are taken when they appear after the own learning ended: events were lost', async () => {
    const world = new CacheWorld().start();
    await world.add(aContainer('a'));
    world.store.put(learned('a-profile', '/bin/a', ['ready', 'complete']));
    await world.ticks();
    world.cache.learningEnded('a');
    await world.clock.advance(20_000);
    assert.equal(world.cache.getContainerProfile('a')?.isEnforced, false);
    world.store.put(learned('a-profile', '/bin/a', PARTIAL));
    await world.clock.advance(5_000);
    const entry = world.cache.getContainerProfile('a');
    assert.equal(entry?.state.completion, 'partial');
    assert.equal(entry?.isEnforced, true);
    await world.stop();
  });

  it('of an earlier life are not taken in the moment between the end of learning and its outcome', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/crash', PARTIAL));
    await world.add(aContainer('a'));
    world.cache.learningEnded('a');
    await world.clock.advance(30_000);
    assert.equal(world.standing('a'), 'pending partial-profile');
    world.store.put(learned('a-profile', '/bin/a'));
    await world.clock.advance(5_000);
    assert.deepEqual(world.allowed('a', '/bin/crash', '/bin/a'), ['/bin/a']);
    await world.stop();
  });

  it('are taken when learning ended and the store came to nothing newer', async () => {
    const world = new CacheWorld({ refreshIntervalMs: 600_000 }).start();
    world.store.put(learned('a-profile', '/bin/a', PARTIAL));
    await world.add(aContainer('a'));
    world.cache.learningEnded('a');
    await world.clock.advance(59_000);
    assert.equal(world.standing('a'), 'pending partial-profile');
    await world.clock.advance(6_000);
    assert.equal(world.standing('a'), 'cached profile-found');
    await world.stop();
  });

  it('are taken a while after the learning period they name, though nobody told of its end', async () => {
    const world = new CacheWorld().start();
    const profile = learned('a-profile', '/bin/a', PARTIAL);
    const labels = (period: string) => ({ 'kubescape.io/learning-period': period });
    world.store.put({ ...profile, metadata: { ...profile.metadata, labels: labels('5m') } });
    const other = learned('b-profile', '/bin/b', PARTIAL);
    world.store.put({ ...other, metadata: { ...other.metadata, labels: labels('long') } });
    await world.add(aContainer('a'), aContainer('b'));
    await world.clock.advance(5 * 60_000);
    assert.equal(world.standing('a'), 'pending partial-profile');
    await world.clock.advance(60_000);
    assert.equal(world.standing('a'), 'cached profile-found');
    assert.equal(world.standing('b'), 'pending partial-profile');
    await world.stop();
  });

  it('stay out when the store changed but learning has not ended', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/one', PARTIAL));
    await world.add(aContainer('a'));
    world.store.put(learned('a-profile', '/bin/two', PARTIAL));
    world.cache.nudge();
    await world.ticks(5);
    assert.equal(world.standing('a'), 'pending partial-profile');
    await world.stop();
  });

  it('are measured by what was read after the end of learning, not by an answer from before', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/one', PARTIAL));
    await world.add(aContainer('a'));
    world.behave('ContainerProfile', 'a-profile', { delayMs: 2_000 });
    await world.ticks();
    world.store.put(learned('a-profile', '/bin/two', PARTIAL));
    world.cache.learningEnded('a');
    await world.clock.advance(20_000);
    assert.equal(world.standing('a'), 'pending partial-profile');
    await world.stop();
  });

  it('are not measured by what was known before a call that failed', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/one', PARTIAL));
    await world.add(aContainer('a'));
    world.behave('ContainerProfile', 'a-profile', { fail: 'unavailable' });
    world.cache.learningEnded('a');
    await world.clock.advance(100);
    world.store.put(learned('a-profile', '/bin/two', PARTIAL));
    world.behave('ContainerProfile', 'a-profile', {});
    await world.clock.advance(20_000);
    assert.equal(world.standing('a'), 'pending partial-profile');
    await world.stop();
  });
});
