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
    ['another kind', { ...APPLICATION_PROFILE, kind: 'Pod' }, /^a\.yaml: kind: /],
    ['another API version', { ...APPLICATION_PROFILE, apiVersion: 'v1' }, /^a\.yaml: apiVersion: /],
    ['no metadata', { ...APPLICATION_PROFILE, metadata: undefined }, /^a\.yaml: metadata: /],
    [
      'a path that is no text',
      { ...APPLICATION_PROFILE, spec: { containers: [{ name: 'web', opens: [{ path: 7 }] }] } },
      /^a\.yaml: spec\.containers\.0\.opens\.0\.path: .*string/,
    ],
    ['no object at all', 'hello', /^a\.yaml: the document: /],
  ] as const) {
    it(`refuses ${what} and names the field`, () => {
      assert.throws(() => parseProfile(object, 'a.yaml'), { code: 'invalid', message });
    });
  }
});
