import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toValidDnsSubdomain, toValidLabelValue } from './label-value.ts';

describe('label value', () => {
  for (const [text, value] of [
    ['', ''],
    ['Web_1.2', 'Web_1.2'],
    ['apps/V1', 'apps-v1'],
    ['-a-', 'a'],
    ['__a__', 'a'],
    ['///', ''],
    ['😀a', 'a'],
    ['x'.repeat(64), 'x'.repeat(63)],
    [`${'x'.repeat(62)}/y`, 'x'.repeat(62)],
  ] as const) {
    it(`of "${text}"`, () => assert.equal(toValidLabelValue(text), value));
  }

  it('is valid whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100, unit: 'binary' }), (text) => {
        assert.match(toValidLabelValue(text), /^([a-zA-Z0-9]([-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)?$/);
      }),
    );
  });
});

describe('DNS subdomain', () => {
  for (const [text, name] of [
    ['a.b-c', 'a.b-c'],
    ['My_App', 'my-app'],
    ['.a.', 'a'],
    ['a', 'a'],
    [`${'x'.repeat(252)}..`, 'x'.repeat(252)],
  ] as const) {
    it(`of "${text}"`, () => assert.equal(toValidDnsSubdomain(text), name));
  }

  it('refuses a text with nothing to keep', () => {
    assert.throws(() => toValidDnsSubdomain('_/_'), { code: 'invalid', message: /"_\/_"/ });
  });
});
