import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ApplicationProfile, PROFILE_API_VERSION } from '#model/profile.js';
import { overlayUnion } from './overlay-union.ts';

function overlay(
  containers: ApplicationProfile['spec']['containers'],
  resourceVersion?: string,
): ApplicationProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ApplicationProfile',
    metadata: { name: 'ug-web', namespace: 'shop', ...(resourceVersion && { resourceVersion }) },
    spec: { containers: containers ?? [] },
  };
}

describe('overlayUnion', () => {
  it('adds what is new to the container of that name, and keeps what is there and its version', () => {
    const ls = { path: '/bin/ls', args: ['ls'] };
    const id = { path: '/bin/id', args: ['id'] };
    const union = overlayUnion(
      overlay([{ name: 'web', execs: [ls], rulePolicies: { R1: { processAllowed: ['a'] } } }], '7'),
      overlay([
        { name: 'web', execs: [ls, id], rulePolicies: { R1: { processAllowed: ['b'] } } },
        { name: 'sidecar', syscalls: ['bpf'] },
      ]),
    );
    assert.equal(union.metadata.resourceVersion, '7');
    assert.deepEqual(union.spec.containers, [
      { name: 'web', execs: [ls, id], rulePolicies: { R1: { processAllowed: ['a', 'b'] } } },
      { name: 'sidecar', syscalls: ['bpf'] },
    ]);
  });

  it('reads a list that is null as empty, and changes neither side', () => {
    const existing = overlay([{ name: 'web', opens: null }]);
    const before = JSON.stringify(existing);
    const union = overlayUnion(existing, overlay([{ name: 'web', opens: [{ path: '/a' }] }]));
    assert.deepEqual(union.spec.containers, [{ name: 'web', opens: [{ path: '/a' }] }]);
    assert.equal(JSON.stringify(existing), before);
  });

  it('gives the first when the second is in it', () => {
    const whole = overlay([{ name: 'web', capabilities: ['NET_RAW', 'CHOWN'] }]);
    assert.deepEqual(
      overlayUnion(whole, overlay([{ name: 'web', capabilities: ['CHOWN'] }])),
      whole,
    );
  });
});
