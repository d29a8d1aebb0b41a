import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANNOTATION } from '#model/annotations.js';
import {
  type ContainerProfile,
  type ContainerProfileSpec,
  PROFILE_API_VERSION,
} from '#model/profile.js';
import { DEFAULT_COLLAPSE } from '#profile/collapse/collapse-settings.js';
import { settledProfile } from './settled-profile.ts';

function aProfile(spec: ContainerProfileSpec): ContainerProfile {
  const metadata = { name: 'p', namespace: 'shop', annotations: { [ANNOTATION.status]: 'ready' } };
  return { apiVersion: PROFILE_API_VERSION, kind: 'ContainerProfile', metadata, spec };
}

const OPENS = ['/t/1', '/t/2', '/t/3'].map((path) => ({ path, flags: ['O_RDONLY'] }));

describe('settledProfile', () => {
  it('collapses by the settings given, and counts what is left', () => {
    const settings = { ...DEFAULT_COLLAPSE, openThreshold: 2 };
    const pathsAndSize = (profile: ContainerProfile) => [
      ...(profile.spec.opens ?? []).map(({ path }) => path),
      profile.metadata.annotations?.[ANNOTATION.resourceSize],
    ];
    const profile = aProfile({ opens: OPENS });
    assert.deepEqual(pathsAndSize(settledProfile(profile)), ['/t/1', '/t/2', '/t/3', '3']);
    assert.deepEqual(pathsAndSize(settledProfile(profile, settings)), ['/t/⋯', '1']);
  });

  it('has one checksum and one text for one content, whatever the order', () => {
    const once = settledProfile(aProfile({ syscalls: ['b', 'a'], opens: OPENS }));
    const other = settledProfile(aProfile({ opens: [...OPENS].reverse(), syscalls: ['a', 'b'] }));
    assert.equal(JSON.stringify(other), JSON.stringify(once));
    assert.equal(JSON.stringify(settledProfile(once)), JSON.stringify(once));
  });

  it('calls more than 40,000 entries too large, and keeps them', () => {
    const syscalls = Array.from({ length: 40_001 }, (_, i) => `s${i}`);
    const { metadata, spec } = settledProfile(aProfile({ syscalls }));
    assert.equal(metadata.annotations?.[ANNOTATION.status], 'too-large');
    assert.equal(spec.syscalls?.length, 40_001);
    const fits = settledProfile(aProfile({ syscalls: syscalls.slice(1) }));
    assert.equal(fits.metadata.annotations?.[ANNOTATION.status], 'ready');
  });
});
