import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathPrefilterFrom } from './path-prefilter.ts';

describe('pathPrefilterFrom', () => {
  const cases: readonly (readonly [state: object, path: string, skips: boolean])[] = [
    [{ includePrefixes: ['/etc'] }, '/etc/passwd', false],
    [{ includePrefixes: ['/etc'] }, '/etc', false],
    [{ includePrefixes: ['/etc'] }, '/etcetera', true],
    [{ includePrefixes: ['/etc/'] }, '/etc', false],
    [{ includePrefixes: ['/etc', '/usr'] }, '/tmp/a', true],
    [{ includePrefixes: ['/'] }, '/anything', false],
    [{ includePrefixes: ['/etc'] }, '', false],
    [{ ignorePrefixes: ['/tmp'] }, '/tmp/a', true],
    [{ ignorePrefixes: ['/tmp'] }, '/tmpfile', false],
    [{ includePrefixes: ['/etc'], ignorePrefixes: ['/etc/default'] }, '/etc/default/grub', true],
  ];
  for (const [state, path, skips] of cases) {
    it(`${skips ? 'skips' : 'keeps'} "${path}" given ${JSON.stringify(state)}`, () => {
      assert.equal(pathPrefilterFrom({ ...state })?.skips(path), skips);
    });
  }

  it('makes no prefilter of a state without prefixes or with malformed ones', () => {
    assert.equal(pathPrefilterFrom({}), undefined);
    assert.equal(pathPrefilterFrom({ enforceArgs: true }), undefined);
    assert.equal(pathPrefilterFrom({ includePrefixes: '/etc' }), undefined);
    assert.equal(pathPrefilterFrom({ includePrefixes: ['/etc'], ignorePrefixes: [1] }), undefined);
  });
});
