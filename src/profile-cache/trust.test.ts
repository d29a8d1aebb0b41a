import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { EVERYTHING, NOTHING } from '#profile/profile-needs.js';
import type { ProfileVerifier } from './ports.ts';
import {
  aContainer,
  aLabelledContainer,
  aNetworkNeighborhood,
  anApplicationProfile,
  authored,
  CacheWorld,
  learned,
} from './testing/cache-world.ts';

/** Trusts nothing that allows `/bin/evil`, and notes what it was asked about. */
class Suspicious implements ProfileVerifier {
  readonly asked: string[] = [];
  isBroken = false;

  verify(...[kind, object]: Parameters<ProfileVerifier['verify']>): Promise<string | undefined> {
    this.asked.push(`${kind} ${object.metadata.name}`);
    if (this.isBroken) return Promise.reject(new AgentError('unavailable', 'no key server'));
    const isEvil = JSON.stringify(object.spec).includes('/bin/evil');
    return Promise.resolve(isEvil ? 'its signature is of another text' : undefined);
  }
}

const EXECS = ['/bin/a', '/bin/ug', '/bin/evil', '/bin/good'];

async function overlaidWorld(onTampered: 'keep' | 'absent') {
  const verifier = new Suspicious();
  const world = new CacheWorld({ onTampered }, { verifier }).start();
  world.store.put(learned('a-profile', '/bin/a'));
  world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
  await world.add(aContainer('a'));
  return { world, verifier };
}

describe('a tampered overlay', () => {
  it('is told of once a version, and the last trusted version stays', async () => {
    const { world } = await overlaidWorld('keep');
    const version = world.store.put(anApplicationProfile('ug-a-workload', '/bin/evil'));
    await world.ticks(3);
    assert.deepEqual(world.allowed('a', ...EXECS), ['/bin/a', '/bin/ug']);
    assert.deepEqual(world.tampered, [
      {
        containerId: 'a',
        origin: {
          role: 'managed-application',
          kind: 'ApplicationProfile',
          namespace: 'shop',
          name: 'ug-a-workload',
          resourceVersion: version,
        },
        reason: 'its signature is of another text',
      },
    ]);
    assert.match(world.cache.container('a')?.sources[1]?.error ?? '', /signature/);
    assert.equal(world.cache.counters.tampered, 1);
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/evil'));
    await world.ticks();
    assert.equal(world.tampered.length, 2);
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/good'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', ...EXECS), ['/bin/a', '/bin/good']);
    await world.stop();
  });

  it('has its last trusted version laid over whatever is learned later, and for whatever rules need', async () => {
    const verifier = new Suspicious();
    const world = new CacheWorld({}, { verifier }).start();
    world.store.put(aNetworkNeighborhood('ug-a-workload'));
    await world.add(aContainer('a'));
    const evil = aNetworkNeighborhood('ug-a-workload');
    const containers = [{ name: 'web', egress: [], comment: '/bin/evil' }];
    world.store.put({ ...evil, spec: { containers } });
    await world.ticks();
    world.store.put(learned('a-profile', '/bin/a'));
    world.cache.needsChanged({ ...EVERYTHING, opens: NOTHING.opens });
    await world.ticks();
    const profile = world.cache.getContainerProfile('a')?.profile;
    assert.equal(profile?.wasExecuted('/bin/a'), true);
    assert.equal(profile?.wasAddressIn('egress', '10.0.0.10'), true);
    const calls = world.store.calls.length;
    await world.ticks(5);
    assert.equal(world.store.calls.length, calls, 'nothing is asked again and again');
    await world.stop();
  });

  it('is not read again when everything is listed anew', async () => {
    const { world } = await overlaidWorld('keep');
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/evil'));
    await world.ticks();
    const calls = world.store.calls.length;
    world.cache.nudge();
    await world.ticks(2);
    assert.equal(world.store.calls.length, calls);
    await world.stop();
  });

  it('counts as absent where that is chosen', async () => {
    const { world } = await overlaidWorld('absent');
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/evil'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', ...EXECS), ['/bin/a']);
    assert.equal(world.tampered.length, 1);
    assert.match(world.cache.container('a')?.sources[1]?.refusal ?? '', /signature/);
    await world.stop();
  });

  it('is never used by a container that comes later, and told of for that one too', async () => {
    for (const onTampered of ['keep', 'absent'] as const) {
      const { world } = await overlaidWorld(onTampered);
      world.store.put(anApplicationProfile('ug-a-workload', '/bin/evil'));
      await world.add(aContainer('b', { workloadName: 'a-workload', profileName: 'a-profile' }));
      assert.deepEqual(world.allowed('b', ...EXECS), ['/bin/a']);
      assert.deepEqual(world.tampered.map(({ containerId }) => containerId).toSorted(), ['a', 'b']);
      await world.stop();
    }
  });
});

describe('a verifier', () => {
  it('is asked about what people wrote, and not about what was learned', async () => {
    const verifier = new Suspicious();
    const world = new CacheWorld({}, { verifier }).start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.store.put(authored('mine', '/bin/mine'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aLabelledContainer('a', 'mine'));
    assert.deepEqual(verifier.asked.toSorted(), [
      'ApplicationProfile ug-a-workload',
      'ContainerProfile mine',
    ]);
    await world.stop();
  });

  it('that fails counts as a failed call: what was known stays, and it is asked again', async () => {
    const { world, verifier } = await overlaidWorld('absent');
    verifier.isBroken = true;
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/good'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', ...EXECS), ['/bin/a', '/bin/ug']);
    assert.deepEqual(world.tampered, []);
    verifier.isBroken = false;
    await world.ticks();
    assert.deepEqual(world.allowed('a', ...EXECS), ['/bin/a', '/bin/good']);
    await world.stop();
  });

  it('that never answers is waited for no longer than the store, and holds up nothing else', async () => {
    const verifier: ProfileVerifier = { verify: () => new Promise(() => {}) };
    const world = new CacheWorld({}, { verifier }).start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aContainer('a'));
    await world.clock.advance(5_000);
    assert.deepEqual(world.allowed('a', ...EXECS), ['/bin/a']);
    assert.match(world.cache.container('a')?.sources[1]?.error ?? '', /longer than 5000 ms/);
    await world.stop();
    assert.equal(world.hasEnded, true);
  });
});

describe('replicas with an overlay that is tampered with later', () => {
  it('each keep the last trusted version, whatever becomes of the others', async () => {
    const verifier = new Suspicious();
    const world = new CacheWorld({}, { verifier }).start();
    const replica = { profileName: 'common', workloadName: 'common' };
    world.store.put(learned('common', '/bin/a'));
    world.store.put(anApplicationProfile('ug-common', '/bin/ug'));
    await world.add(aContainer('a', replica));
    await world.add(aContainer('b', replica));
    world.store.put(anApplicationProfile('ug-common', '/bin/evil'));
    await world.clock.advance(0);
    world.cache.containerRemoved('a');
    await world.ticks();
    world.cache.needsChanged({ ...EVERYTHING, opens: NOTHING.opens });
    world.store.put(learned('common', '/bin/good'));
    await world.ticks();
    assert.deepEqual(world.allowed('b', ...EXECS), ['/bin/ug', '/bin/good']);
    await world.stop();
  });
});
