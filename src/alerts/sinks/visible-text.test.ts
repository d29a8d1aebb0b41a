import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { visibleJson, visibleText } from './visible-text.ts';

/** Anything that a terminal could act on, or that reorders or hides text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(fc.constantFrom('\u001b[2J', '\n', '\u202e', '\u009b', '\ud800', '\\', '"', 'é'))
    .map((parts) => parts.join('')),
);

describe('visibleText', () => {
  const cases: readonly (readonly [text: string, shown: string])[] = [
    ['plain /usr/bin/été ⋯ 漢', 'plain /usr/bin/été ⋯ 漢'],
    ['a\nb\tc\r', 'a\\nb\\tc\\r'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['\u009b2J\u007f', '\\x9b2J\\x7f'],
    ['x\u202etxt.exe', 'x\\u{202e}txt.exe'],
    ['\u2028\u200b\ud800', '\\u{2028}\\u{200b}\\u{d800}'],
    ['C:\\n', 'C:\\\\n'],
  ];
  for (const [text, shown] of cases) {
    it(`shows ${JSON.stringify(text)} as ${shown}`, () => assert.equal(visibleText(text), shown));
  }

  it('clips long text and says so', () => {
    assert.equal(visibleText('a'.repeat(300), 10), `${'a'.repeat(10)}…`);
  });

  it('shows different texts differently', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        assert.equal(visibleText(a, 1_000) === visibleText(b, 1_000), a === b);
      }),
    );
  });

  it('leaves nothing unsafe, whatever the text', () => {
    fc.assert(fc.property(anyText, (text) => assert.doesNotMatch(visibleText(text), UNSAFE)));
  });
});

describe('visibleJson', () => {
  it('means the same and has nothing unsafe in it', () => {
    fc.assert(
      fc.property(anyText, fc.array(anyText), (value, list) => {
        const object = { value, list };
        const json = visibleJson(JSON.stringify(object));
        assert.deepEqual(JSON.parse(json), object);
        assert.doesNotMatch(json, UNSAFE);
      }),
    );
  });
});
