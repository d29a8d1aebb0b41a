import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearestName } from './nearest-name.ts';

describe('nearestName', () => {
  const known = ['comm', 'pcomm', 'exepath', 'path', 'pid', 'ppid'];
  for (const [name, nearest] of [
    ['exePath', 'exepath'],
    ['expath', 'exepath'],
    ['ccomm', 'comm'],
    ['pidd', 'pid'],
    ['pppid', 'ppid'],
    ['q', undefined],
    ['containerImageDigest', undefined],
    ['', undefined],
  ] as const) {
    it(`finds ${nearest ?? 'nothing'} for "${name}"`, () => {
      assert.equal(nearestName(name, known), nearest);
    });
  }
});
