import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { collapseSettingsFrom, DEFAULT_COLLAPSE } from './collapse-settings.ts';

describe('collapseSettingsFrom', () => {
  it('gives the defaults for what is absent, null or 0', () => {
    for (const spec of [undefined, null, {}, { openDynamicThreshold: 0, collapseConfigs: [] }]) {
      assert.deepEqual(collapseSettingsFrom(spec), DEFAULT_COLLAPSE);
    }
  });

  it('takes every field, and the prefixes in place of the default ones', () => {
    const spec = {
      openDynamicThreshold: 1,
      endpointDynamicThreshold: 2,
      execDynamicThreshold: 3,
      networkIPGroupThreshold: 4,
      networkCIDRFloorBits: 32,
      collapseConfigs: [{ prefix: '/srv', threshold: 5 }],
    };
    assert.deepEqual(collapseSettingsFrom(spec), {
      openThreshold: 1,
      endpointThreshold: 2,
      execThreshold: 3,
      networkIpGroupThreshold: 4,
      networkCidrFloorBits: 32,
      prefixes: [{ prefix: '/srv', threshold: 5 }],
    });
  });

  const WRONG: readonly (readonly [field: string, spec: unknown])[] = [
    ['spec', []],
    ['spec.openDynamicThreshold', { openDynamicThreshold: -1 }],
    ['spec.endpointDynamicThreshold', { endpointDynamicThreshold: '5' }],
    ['spec.execDynamicThreshold', { execDynamicThreshold: 1.5 }],
    ['spec.networkIPGroupThreshold', { networkIPGroupThreshold: 2 ** 31 }],
    ['spec.networkCIDRFloorBits', { networkCIDRFloorBits: 33 }],
    ['spec.collapseConfigs', { collapseConfigs: {} }],
    ['spec.collapseConfigs[0].prefix', { collapseConfigs: [{ prefix: 'etc', threshold: 1 }] }],
    ['spec.collapseConfigs[0].threshold', { collapseConfigs: [{ prefix: '/', threshold: 0 }] }],
    ['spec.collapseConfigs[0].threshold', { collapseConfigs: [{ prefix: '/' }] }],
    [
      'spec.collapseConfigs[1].prefix',
      { collapseConfigs: ['/a', '/a'].map((prefix) => ({ prefix, threshold: 1 })) },
    ],
  ];
  for (const [field, spec] of WRONG) {
    it(`names ${field} when it is wrong: ${JSON.stringify(spec)}`, () => {
      assert.throws(
        () => collapseSettingsFrom(spec),
        (error) =>
          error instanceof AgentError &&
          error.code === 'invalid' &&
          error.message.includes(`: ${field}: expected`),
      );
    });
  }
});
