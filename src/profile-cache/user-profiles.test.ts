import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '#runtime/log.js';
import {
  aContainer,
  aLabelledContainer,
  aNetworkNeighborhood,
  anApplicationProfile,
  authored,
  CacheWorld,
  learned,
} from './testing/cache-world.ts';

describe('user-managed overlays', () => {
  it('lie on an empty base until the learned profile takes its place', async () => {
    const world = new CacheWorld().start();
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aContainer('a'));
    assert.deepEqual(world.allowed('a', '/bin/ug', '/bin/a'), ['/bin/ug']);
    assert.deepEqual(world.cache.getContainerProfileState('a'), {
      name: 'a-profile',
      status: 'completed',
      completion: 'complete',
    });
    assert.equal(world.cache.getContainerProfile('a')?.isEnforced, true);
    world.store.put(learned('a-profile', '/bin/a', ['ready', 'complete']));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/ug', '/bin/a'), ['/bin/ug', '/bin/a']);
    assert.equal(world.cache.getContainerProfileState('a').status, 'ready');
    world.remove('ContainerProfile', 'a-profile');
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/ug', '/bin/a'), ['/bin/ug']);
    await world.stop();
  });

  it('alone are not judged by while it is not known whether there is a learned profile', async () => {
    const world = new CacheWorld().start();
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    world.store.put(learned('a-profile', '/bin/a'));
    world.behave('ContainerProfile', 'a-profile', { fail: 'unavailable' });
    await world.add(aContainer('a'));
    assert.equal(world.cache.getContainerProfile('a')?.isEnforced, false);
    assert.match(world.cache.getContainerProfileState('a').error ?? '', /could not be read/);
    world.behave('ContainerProfile', 'a-profile', {});
    await world.ticks();
    assert.equal(world.cache.getContainerProfile('a')?.isEnforced, true);
    assert.deepEqual(world.allowed('a', '/bin/ug', '/bin/a'), ['/bin/ug', '/bin/a']);
    await world.stop();
  });

  it('that are absent, fail or hang at adding are picked up later', async () => {
    const world = new CacheWorld().start();
    for (const id of ['a', 'b', 'c']) world.store.put(learned(`${id}-profile`, '/bin/own'));
    for (const id of ['b', 'c']) {
      world.store.put(anApplicationProfile(`ug-${id}-workload`, '/bin/first'));
    }
    world.behave('ApplicationProfile', 'ug-b-workload', { fail: 'unavailable' });
    world.behave('ApplicationProfile', 'ug-c-workload', { hang: true });
    await world.add(aContainer('a'), aContainer('b'), aContainer('c'));
    await world.clock.advance(5_000);
    for (const id of ['a', 'b', 'c']) {
      world.store.put(anApplicationProfile(`ug-${id}-workload`, '/bin/ug'));
      assert.deepEqual(world.allowed(id, '/bin/own', '/bin/ug'), ['/bin/own']);
    }
    world.store.behaveWell();
    await world.ticks();
    for (const id of ['a', 'b', 'c']) {
      assert.deepEqual(world.allowed(id, '/bin/own', '/bin/ug'), ['/bin/own', '/bin/ug']);
    }
    await world.stop();
  });

  it('go when they are deleted, and only then', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/own'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aContainer('a'));
    world.behave('ApplicationProfile', 'ug-a-workload', { fail: 'unavailable' });
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug2'));
    await world.ticks(5);
    assert.deepEqual(world.allowed('a', '/bin/own', '/bin/ug'), ['/bin/own', '/bin/ug']);
    world.remove('ApplicationProfile', 'ug-a-workload');
    await world.ticks();
    assert.deepEqual(
      world.allowed('a', '/bin/ug'),
      ['/bin/ug'],
      'nobody could ask whether it is gone',
    );
    world.behave('ApplicationProfile', 'ug-a-workload', { fail: 'not-found' });
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/own', '/bin/ug'), ['/bin/own']);
    await world.stop();
  });

  it('that do not name every container are merged, counted, and warned about once a version', async () => {
    const warnings: unknown[] = [];
    const log = {
      ...silentLogger,
      warn: (message: string, fields: unknown) => warnings.push([message, fields]),
    };
    const world = new CacheWorld({}, { log }).start();
    world.publish('a', {
      uid: 'a-uid',
      containerStatuses: [
        { name: 'web', containerId: 'a', state: 'running' },
        { name: 'sidecar', containerId: 's', state: 'running' },
      ],
    });
    world.store.put(learned('a-profile', '/bin/own'));
    const first = world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    world.store.put(aNetworkNeighborhood('ug-b-workload'));
    await world.add(aContainer('a'), aContainer('b'));
    world.store.put(learned('a-profile', '/bin/own2'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/own2', '/bin/ug'), ['/bin/own2', '/bin/ug']);
    assert.deepEqual(world.cache.counters.overlayLoads, {
      application: { full: 0, partial: 2 },
      network: { full: 1, partial: 0 },
    });
    assert.deepEqual(warnings, [
      [
        'overlay does not name every container of the pod',
        {
          kind: 'ApplicationProfile',
          namespace: 'shop',
          name: 'ug-a-workload',
          resourceVersion: first,
          missing: ['sidecar'],
        },
      ],
      [
        'profile of a legacy kind is merged',
        {
          kind: 'NetworkNeighborhood',
          namespace: 'shop',
          name: 'ug-b-workload',
          resourceVersion: '3',
        },
      ],
    ]);
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.ticks();
    assert.equal(warnings.length, 3);
    await world.stop();
  });
});

describe('an overlay that cannot be understood', () => {
  const malformed = () => {
    const overlay = anApplicationProfile('ug-a-workload', '');
    return { ...overlay, spec: { containers: [{ name: 'web', execs: [{ path: 5 as never }] }] } };
  };

  it('costs a container neither its profile nor its other overlays, and is named', async () => {
    const warnings: unknown[] = [];
    const log = { ...silentLogger, warn: (...warning: unknown[]) => warnings.push(warning) };
    const world = new CacheWorld({}, { log }).start();
    world.store.put(learned('a-profile', '/bin/own'));
    world.store.put(aNetworkNeighborhood('ug-a-workload'));
    const version = world.store.put(malformed());
    await world.add(aContainer('a'));
    assert.deepEqual(world.allowed('a', '/bin/own'), ['/bin/own']);
    assert.ok(world.cache.getContainerProfile('a')?.profile.wasAddressIn('egress', '10.0.0.10'));
    const told = `version ${version} cannot be understood: spec.containers.0.execs.0.path: expected text, got 5`;
    assert.equal(world.cache.container('a')?.sources[1]?.error, told);
    await world.ticks(3);
    assert.deepEqual(warnings[0], [
      'profile cannot be understood',
      {
        ...{ containerId: 'a', kind: 'ApplicationProfile', namespace: 'shop' },
        ...{ name: 'ug-a-workload', role: 'managed-application', resourceVersion: version },
        reason: 'spec.containers.0.execs.0.path: expected text, got 5',
      },
    ]);
    assert.equal(warnings.length, 2, 'once, and once for the legacy kind');
    await world.stop();
  });

  it('leaves the version before it in use, and the view shows that one', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/own'));
    const version = world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aContainer('a'));
    world.store.put(malformed());
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/own', '/bin/ug'), ['/bin/own', '/bin/ug']);
    const shown = world.cache.container('a')?.sources[1];
    assert.equal(shown?.resourceVersion, version);
    assert.match(shown?.error ?? '', /cannot be understood/);
    const calls = world.store.calls.length;
    await world.ticks(3);
    assert.equal(world.store.calls.length, calls, 'it is not read again and again');
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/mended'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/ug', '/bin/mended'), ['/bin/mended']);
    await world.stop();
  });
});

describe('user-defined profiles', () => {
  it('written for the container replace the learned one, and come before one for the pod', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/learned', ['ready', 'partial']));
    world.store.put(authored('mine-web', '/bin/web'));
    world.store.put(authored('mine', '/bin/pod'));
    world.store.put(anApplicationProfile('mine', '/bin/ap'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    await world.add(aLabelledContainer('a', 'mine'));
    const all = ['/bin/learned', '/bin/web', '/bin/pod', '/bin/ap', '/bin/ug'];
    assert.deepEqual(world.allowed('a', ...all), ['/bin/web', '/bin/ug']);
    assert.deepEqual(world.cache.getContainerProfileState('a'), {
      name: 'mine-web',
      status: 'completed',
      completion: 'complete',
    });
    world.remove('ContainerProfile', 'mine-web');
    await world.ticks();
    assert.deepEqual(world.allowed('a', ...all), ['/bin/pod', '/bin/ug']);
    world.store.put(learned('a-profile', '/bin/learned'));
    world.remove('ContainerProfile', 'mine');
    await world.ticks();
    assert.deepEqual(world.allowed('a', ...all), ['/bin/learned', '/bin/ap', '/bin/ug']);
    await world.stop();
  });

  it('are reloaded when they are edited', async () => {
    const world = new CacheWorld().start();
    world.store.put(authored('mine', '/bin/sleep'));
    await world.add(aLabelledContainer('a', 'mine'));
    world.store.put(authored('mine', '/bin/ls'));
    await world.ticks();
    assert.deepEqual(world.allowed('a', '/bin/sleep', '/bin/ls'), ['/bin/ls']);
    await world.stop();
  });

  it('are kept while they cannot be read', async () => {
    const world = new CacheWorld().start();
    world.store.put(authored('mine', '/bin/sleep'));
    world.store.put(learned('a-profile', '/bin/learned'));
    await world.add(aLabelledContainer('a', 'mine'));
    world.behave('ContainerProfile', 'mine', { fail: 'unavailable' });
    await world.ticks(3);
    assert.deepEqual(world.allowed('a', '/bin/sleep', '/bin/learned'), ['/bin/sleep']);
    await world.stop();
  });

  it('that were learned are refused, and the view says so', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('mine', '/bin/mine'));
    await world.add(aLabelledContainer('a', 'mine'));
    assert.equal(world.standing('a'), 'pending no-profile');
    const source = world.cache.list()[0]?.sources.find(({ name }) => name === 'mine');
    assert.match(source?.refusal ?? '', /learned/);
    await world.stop();
  });

  it('in one document for all containers give each its section', async () => {
    const world = new CacheWorld().start();
    const grouped = {
      ...authored('mine', ''),
      spec: {
        architectures: ['amd64'],
        containers: [{ name: 'web', execs: [{ path: '/bin/cat' }] }],
        initContainers: [{ name: 'web', execs: [{ path: '/bin/id' }] }],
      },
    };
    world.store.put(grouped);
    await world.add(aLabelledContainer('a', 'mine'));
    const instanceId = { ...aContainer('b').instanceId, containerType: 'initContainers' } as const;
    await world.add({ ...aLabelledContainer('b', 'mine'), instanceId });
    await world.add({ ...aLabelledContainer('c', 'mine'), name: 'unnamed' });
    assert.deepEqual(world.allowed('a', '/bin/cat', '/bin/id'), ['/bin/cat']);
    assert.deepEqual(world.allowed('b', '/bin/cat', '/bin/id'), ['/bin/id']);
    assert.equal(world.standing('c'), 'pending no-profile');
    await world.stop();
  });

  it('are followed when the label becomes known only later, and nothing known is forgotten', async () => {
    const world = new CacheWorld().start();
    world.store.put(learned('a-profile', '/bin/learned'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug'));
    world.store.put(anApplicationProfile('mine', '/bin/ap'));
    await world.add(aContainer('a'));
    world.identify(aLabelledContainer('a', 'mine'));
    world.behave('ApplicationProfile', 'ug-a-workload', { fail: 'unavailable' });
    await world.ticks();
    const all = ['/bin/learned', '/bin/ug', '/bin/ap'];
    assert.deepEqual(world.allowed('a', ...all), all);
    await world.stop();
  });
});
