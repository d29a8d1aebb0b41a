import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { requiredLiteral } from './required-literal.ts';

describe('requiredLiteral', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['/proc/[0-9]+/fd', '/proc/'],
    ['^/etc/shadow$', '/etc/shadow'],
    ['memfd', 'memfd'],
    ['abc?', 'ab'],
    ['abc*', 'ab'],
    ['abc{0,2}', 'ab'],
    ['abc+', 'abc'],
    ['a*', undefined],
    ['a|b', undefined],
    ['(?i)ETC', undefined],
    ['(a)b', undefined],
    ['[.]so', undefined],
    ['x𝒳?', 'x'],
    ['', undefined],
    ['^', undefined],
    ['^^a', undefined],
  ];
  for (const [pattern, literal] of cases) {
    it(`is ${literal ?? 'none'} for ${pattern || 'an empty pattern'}`, () =>
      assert.equal(requiredLiteral(pattern), literal));
  }

  it('stands in every text that matches', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      'ab',
      '.',
      '?',
      '*',
      '+',
      '{0}',
      '{1,2}',
      '[ab]',
      '(',
      ')',
      '|',
      '^',
      '$',
      '\\.',
    );
    const pattern = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 5 });
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 5 }), (source, texts) => {
        const literal = requiredLiteral(source);
        const compiled = compiledOrNone(source);
        if (literal === undefined || compiled === undefined) return;
        for (const one of texts) {
          if (compiled.matcher(one).find()) assert.ok(one.includes(literal), `${source} ${one}`);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

function compiledOrNone(source: string): RE2JS | undefined {
  try {
    return RE2JS.compile(source);
  } catch {
    return undefined;
  }
}
