import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { activationOf } from './event-activation.ts';
import { createRuleEnvironment } from './rule-environment.ts';
import { StoppingContainers } from './stopping-containers.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aHost } from './testing/hosts.ts';
import { aCluster, aContainerSpec } from './testing/known-surroundings.ts';
import { anExec } from './testing/subjects.ts';

const environment = createRuleEnvironment();
const WHO = { containerName: 'web', namespace: 'shop', podName: 'web-1' };
const WINDOW_MS = 5 * 60_000;
const HOOKS = {
  command: ['/bin/start', '--config'],
  preStopCommand: ['/bin/drain', '30'],
  postStartCommand: ['/bin/warm'],
};
const POD = {
  containers: [aContainerSpec({ name: 'other', command: ['/bin/other'] }), aContainerSpec(HOOKS)],
  initContainers: [
    aContainerSpec({ command: ['/bin/second'] }),
    aContainerSpec({ name: 'setup', command: ['/bin/prepare'] }),
  ],
  ephemeralContainers: [],
};

function aWorld(profiles = new FixedProfiles().set('c1', { execs: [{ path: '/bin/ls' }] })) {
  const clock = new VirtualClock();
  const host = aHost(profiles, { surroundings: aCluster(POD), clock });
  host.enter('c1', WHO);
  const ask = (question: string) =>
    environment.compile(`cp.${question}`, 'bool').evaluate(activationOf(anExec()), host);
  return { clock, host, ask, executed: (path: string) => ask(`was_executed('c1', '${path}')`) };
}

describe('what a pod’s spec has a container execute', () => {
  for (const [path, expected] of [
    ['/bin/ls', true],
    ['/bin/start', true],
    ['--config', true],
    ['/bin/warm', true],
    ['/bin/drain', true],
    ['/bin/other', false],
    ['/bin/second', false],
    ['/bin/sh', false],
  ] as const) {
    it(`is ${expected ? '' : 'not '}${path}`, () => {
      assert.equal(aWorld().executed(path), expected);
    });
  }

  it('is allowed with any arguments', () => {
    assert.equal(aWorld().ask("was_executed_with_args('c1', '/bin/start', ['x'])"), true);
    assert.equal(aWorld().ask("was_executed_with_args('c1', '/bin/no', ['x'])"), false);
  });

  it('is looked up in the other lists when the containers have none of the name', () => {
    const { host, executed } = aWorld();
    host.enter('c1', { ...WHO, containerName: 'setup' });
    assert.equal(executed('/bin/prepare'), true);
  });

  it('is not asked without a profile, for another container, or when the pod is not known', () => {
    assert.equal(aWorld(new FixedProfiles()).executed('/bin/start'), false);
    const { host, ask, executed } = aWorld(new FixedProfiles().set('c1', {}).set('c2', {}));
    assert.equal(ask("was_executed('c2', '/bin/start')"), false);
    host.enter('c1', { ...WHO, podName: 'web-2' });
    assert.equal(executed('/bin/start'), false);
    host.enter('c1');
    assert.equal(executed('/bin/start'), false);
  });
});

describe('a container that is being stopped', () => {
  it('may execute everything for five minutes from the hook on', async () => {
    const { clock, executed } = aWorld();
    assert.equal(executed('/bin/sh'), false);
    assert.equal(executed('/bin/drain'), true);
    assert.equal(executed('/bin/sh'), true);
    await clock.advance(WINDOW_MS - 1);
    assert.equal(executed('/bin/sh'), true);
    await clock.advance(1);
    assert.equal(executed('/bin/sh'), false);
  });

  it('may do so even without a profile, and only it', () => {
    const profiles = new FixedProfiles().set('c1', {});
    const { ask, executed } = aWorld(profiles);
    executed('/bin/drain');
    profiles.clear();
    assert.equal(executed('/bin/sh'), true);
    assert.equal(ask("was_executed('c2', '/bin/sh')"), false);
    assert.equal(ask("was_path_opened('c1', '/bin/sh')"), false);
  });

  it('is forgotten when a thousand others were asked about since', () => {
    const stopping = new StoppingContainers(new VirtualClock());
    for (let i = 0; i < 1_000; i += 1) stopping.add(`c${i}`);
    assert.equal(stopping.has('c0'), true);
    stopping.add('one more');
    assert.equal(stopping.has('c0'), true);
    assert.equal(stopping.has('c1'), false);
    assert.equal(stopping.has('one more'), true);
  });
});

describe('a profile that is given', () => {
  it('is judged by instead of the one that is looked up, also when it is none', () => {
    const { host, executed } = aWorld();
    const other = new FixedProfiles().set('x', { execs: [{ path: '/bin/sh' }] });
    host.enter('c1', WHO, { entry: other.getContainerProfile('x') });
    assert.equal(executed('/bin/sh'), true);
    assert.equal(executed('/bin/ls'), false);
    host.enter('c1', WHO, { entry: undefined });
    assert.equal(executed('/bin/ls'), false);
    assert.equal(host.judging, undefined);
    host.enter('c1', WHO);
    assert.equal(executed('/bin/ls'), true);
  });
});
