import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { activationOf } from './event-activation.ts';
import { createRuleEnvironment } from './rule-environment.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aHost } from './testing/hosts.ts';
import { aCluster, aContainerSpec } from './testing/known-surroundings.ts';
import { anExec } from './testing/subjects.ts';

const environment = createRuleEnvironment();
const POD = {
  containers: [aContainerSpec({ mountPaths: ['/data', '/etc/certs'] })],
  initContainers: [aContainerSpec({ name: 'setup' })],
  ephemeralContainers: [aContainerSpec({ name: 'debug' })],
};

function ask(source: string, environ: Readonly<Record<string, string>> = {}) {
  const host = aHost(new FixedProfiles(), { surroundings: aCluster(POD, environ) });
  return environment.compile(source, 'bool').evaluate(activationOf(anExec()), host);
}

describe('functions on the cluster', () => {
  const mounts = 'k8s.get_container_mount_paths(event.namespace, event.podName, ';
  const cases: readonly (readonly [source: string, expected: boolean])[] = [
    [`${mounts}event.containerName) == ['/data', '/etc/certs']`, true],
    [`${mounts}'web').exists(path, '/data/x'.startsWith(path))`, true],
    [`${mounts}'setup').size() == 0`, true],
    ["k8s.get_container_by_name('shop', 'web-1', 'web')", true],
    ["k8s.get_container_by_name('shop', 'web-1', 'setup')", true],
    ["k8s.get_container_by_name('shop', 'web-1', 'debug')", true],
    ["k8s.get_container_by_name('shop', 'web-1', 'we')", false],
    ["k8s.get_container_by_name('shop', 'web-2', 'web')", false],
    ["k8s.is_api_server_address('10.96.0.1')", true],
    ["k8s.is_api_server_address('10.96.0.2')", false],
    ["k8s.is_api_server_address('')", false],
    ["net.is_private_ip('10.1.2.3') && !net.is_private_ip('9.9.9.9')", true],
  ];
  for (const [source, expected] of cases) {
    it(`answer ${expected} to ${source}`, () => assert.equal(ask(source), expected));
  }

  for (const container of ["'web-2', 'web'", "'web-1', 'none'"]) {
    it(`fail, and do not answer, when no mounts of ${container} are known`, () => {
      const answer = ask(`k8s.get_container_mount_paths('shop', ${container}).size() == 0`);
      assert.ok(answer instanceof AgentError);
    });
  }
});

describe('functions on a process', () => {
  const hook = 'process.get_ld_hook_var(event.pid)';
  const hooks: readonly (readonly [environ: Readonly<Record<string, string>>, name: string])[] = [
    [{ PATH: '/bin' }, ''],
    [{ LD_LIBRARY_PATH: '/tmp' }, 'LD_LIBRARY_PATH'],
    [{ LD_LIBRARY_PATH: '/tmp', LD_AUDIT: 'a.so' }, 'LD_AUDIT'],
    [{ LD_LIBRARY_PATH: '/tmp', LD_AUDIT: 'a.so', LD_PRELOAD: 'b.so' }, 'LD_PRELOAD'],
    [{ LD_PRELOAD: '', LD_AUDIT: 'a.so' }, 'LD_AUDIT'],
  ];
  for (const [environ, name] of hooks) {
    it(`name the hook "${name}" of ${JSON.stringify(environ)}`, () => {
      assert.equal(ask(`${hook} == '${name}'`, environ), true);
    });
  }

  it('name no hook of a process that has ended', () => {
    assert.equal(ask("process.get_ld_hook_var(9u) == ''", { LD_PRELOAD: 'b.so' }), true);
  });

  it('give the environment, and fail when it cannot be read', () => {
    assert.equal(ask("process.get_process_env(1234)['PATH'] == '/bin'", { PATH: '/bin' }), true);
    assert.ok(ask('process.get_process_env(9).size() == 0') instanceof AgentError);
  });

  it('take the types of number that the public library takes', () => {
    for (const source of ['process.get_process_env(1u)', 'process.get_ld_hook_var(1)']) {
      assert.throws(() => environment.compile(`${source} == ''`, 'bool'), { code: 'invalid' });
    }
  });
});
