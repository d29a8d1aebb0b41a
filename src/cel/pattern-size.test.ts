import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { patternSize } from './pattern-size.ts';

describe('patternSize', () => {
  it('counts characters, classes and escapes once', () => {
    assert.equal(patternSize('ab[c-z]\\d.'), 5);
  });

  it('writes repetitions out, also of groups and inside of them', () => {
    assert.equal(patternSize('a{7}'), 7);
    assert.ok(patternSize('(ab{10}){20}') >= 220);
    assert.ok(patternSize('((a{10}){10}){10}') >= 1_000);
  });

  it('takes no brace in a class or after a backslash for a repetition', () => {
    assert.equal(patternSize('[a{9}]'), 1);
    assert.equal(patternSize('a\\{9}'), 4);
  });

  it('is not far below the size of the program, whatever the pattern', () => {
    const piece = fc.oneof(
      fc.constantFrom('a', '[a-z]', '\\d', '.', '(?:ab|c)', '(a)', '[^{}]', '\\pL', '[[:alpha:]]'),
    );
    const repeated = fc
      .tuple(piece, fc.constantFrom('', '*', '+?', '{3}', '{0,9}', '{5,}', '{2,4}?'))
      .map((both) => both.join(''));
    const pattern = fc
      .tuple(fc.array(repeated, { maxLength: 6 }), fc.constantFrom('', '{4}', '*'))
      .map(([parts, times]) => `(${parts.join('')})${times}`);
    fc.assert(
      fc.property(pattern, (text) => {
        const size = RE2JS.compile(text).programSize();
        assert.ok(4 * patternSize(text) + 10 >= size, `${text}: ${patternSize(text)} of ${size}`);
      }),
    );
  });
});
