import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import { Refusal } from './status.ts';

const LABELS = { app: 'web', tier: 'front', n: '7', empty: '', 'example.com/x': 'y' };

describe('parseLabelSelector', () => {
  for (const [selector, expected] of [
    ['app=web', true],
    ['app==web', true],
    ['app=db', false],
    ['app!=db', true],
    ['app!=web', false],
    ['none!=x', true],
    ['app in (web, db)', true],
    ['app in (db)', false],
    ['none in (db)', false],
    ['app notin (web)', false],
    ['none notin (web)', true],
    ['app', true],
    ['none', false],
    ['!none', true],
    ['! app', false],
    ['n>6,n<8', true],
    ['n>7', false],
    ['app>1', false],
    ['empty=', true],
    ['app=', false],
    ['empty in (,x)', true],
    ['app=web,tier in (front),!none', true],
    ['app=web,tier=back', false],
    ['example.com/x=y', true],
    ['in=web', false],
    ['notin', false],
  ] as const) {
    it(`says ${expected} to ${selector}`, () =>
      assert.equal(parseLabelSelector(selector)?.(LABELS), expected));
  }

  it('asks nothing when it is empty', () => {
    assert.equal(parseLabelSelector(''), undefined);
    assert.equal(parseLabelSelector('  '), undefined);
  });

  for (const selector of [
    '=web',
    'app in web',
    'app in (web',
    'app in',
    'a b',
    'app=web,',
    ',',
    'app=a/b',
    '-a',
    'app=(x)',
    '!',
    '!a=b',
    'n>x',
    'a=b=c',
    'A/B/c=d',
    'app !web',
  ]) {
    it(`refuses ${selector}`, () =>
      assert.throws(
        () => parseLabelSelector(selector),
        (error: Refusal) => error.status.code === 400,
      ));
  }

  it('takes any text or refuses it as BadRequest', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!(),<> /.in') }), (text) => {
        try {
          parseLabelSelector(text)?.(LABELS);
        } catch (reason) {
          assert.ok(reason instanceof Refusal && reason.status.code === 400);
        }
      }),
    );
  });
});

describe('parseFieldSelector', () => {
  const parse = (text: string) => parseFieldSelector(text, ['metadata.name', 'spec.nodeName']);

  it('reads both operators, several requirements and escapes', () => {
    assert.deepEqual(parse('metadata.name=a,spec.nodeName!=b'), [
      { field: 'metadata.name', value: 'a', isEqual: true },
      { field: 'spec.nodeName', value: 'b', isEqual: false },
    ]);
    assert.deepEqual(parse('metadata.name==a\\,b\\=c\\\\'), [
      { field: 'metadata.name', value: 'a,b=c\\', isEqual: true },
    ]);
    assert.deepEqual(parse(''), []);
    assert.deepEqual(parse('metadata.name='), [
      { field: 'metadata.name', value: '', isEqual: true },
    ]);
  });

  it('names what is supported when it is asked for something else', () => {
    assert.throws(
      () => parse('status.phase=x'),
      /field label not supported: status\.phase \(supported: metadata\.name, spec\.nodeName\)/,
    );
    for (const text of [
      'metadata.name',
      '=a',
      'metadata.name=a=b',
      '!metadata.name=a',
      'metadata.name=\\x',
    ]) {
      assert.throws(() => parse(text), Refusal, text);
    }
  });
});
