import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseProfile } from './profile-manifest.ts';

const APPLICATION_PROFILE = {
  apiVersion: 'spdx.softwarecomposition.kubescape.io/v1beta1',
  kind: 'ApplicationProfile',
  metadata: { name: 'ug-deployment-web', namespace: 'shop' },
  spec: {
    containers: [{ name: 'web', execs: [{ path: '/bin/ls', args: ['ls'] }], syscalls: null }],
  },
};

describe('parseProfile', () => {
  it('keeps what it read, fields that it does not look at included', () => {
    const parsed = parseProfile({ ...APPLICATION_PROFILE, status: { x: 1 } }, 'a.yaml');
    assert.deepEqual(JSON.parse(JSON.stringify(parsed)), {
      ...APPLICATION_PROFILE,
      status: { x: 1 },
    });
  });

  it('puts an object without a namespace into default', () => {
    const { metadata } = parseProfile(
      { ...APPLICATION_PROFILE, metadata: { name: 'x' } },
      'a.yaml',
    );
    assert.equal(metadata.namespace, 'default');
  });

  for (const [what, object, message] of [
    [
      'another kind',
      { ...APPLICATION_PROFILE, kind: 'Pod' },
      'kind: expected ContainerProfile or ApplicationProfile or NetworkNeighborhood, got "Pod"',
    ],
    [
      'another API version',
      { ...APPLICATION_PROFILE, apiVersion: 'v1' },
      `apiVersion: expected ${APPLICATION_PROFILE.apiVersion}, got "v1"`,
    ],
    [
      'no API version',
      { kind: 'ApplicationProfile' },
      `apiVersion: expected ${APPLICATION_PROFILE.apiVersion}, got nothing`,
    ],
    [
      'no metadata',
      { ...APPLICATION_PROFILE, metadata: undefined },
      'metadata: expected an object, got nothing',
    ],
    [
      'an empty name',
      { ...APPLICATION_PROFILE, metadata: { name: '' } },
      'metadata.name: expected a text that is not empty',
    ],
    [
      'a path that is no text',
      { ...APPLICATION_PROFILE, spec: { containers: [{ name: 'web', opens: [{ path: 7 }] }] } },
      'spec.containers.0.opens.0.path: expected a text, got 7',
    ],
    [
      'an open without a path',
      { ...APPLICATION_PROFILE, spec: { containers: [{ name: 'web', opens: [{}] }] } },
      'spec.containers.0.opens.0.path: expected a value, got nothing',
    ],
    [
      'capabilities that are no list',
      { ...APPLICATION_PROFILE, kind: 'ContainerProfile', spec: { capabilities: 'ALL' } },
      'spec.capabilities: expected a list, got "ALL"',
    ],
    ['no object at all', 'hello', 'the document: expected an object, got "hello"'],
  ] as const) {
    it(`refuses ${what}: ${message}`, () => {
      assert.throws(() => parseProfile(object, 'a.yaml'), {
        code: 'invalid',
        message: `a.yaml: ${message}`,
      });
    });
  }
});
