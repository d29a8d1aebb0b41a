import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CelEnvironment } from './cel-environment.ts';

const environment = new CelEnvironment<undefined>({
  types: [],
  variables: { text: 'string', part: 'string', by: 'string', count: 'int' },
  functions: [],
});

function value(source: string, variables: object = {}): unknown {
  return environment.compile(source, 'any').evaluate(variables, undefined);
}

function message(source: string): string {
  const result = value(source);
  assert.ok(result instanceof Error, `${source} gave ${String(result)}`);
  return result.message;
}

describe('functions on texts', () => {
  const results: readonly (readonly [source: string, result: unknown])[] = [
    ["'h😀llo'.charAt(1)", '😀'],
    ["'h😀llo'.charAt(5)", ''],
    ["size('h😀llo') == 5 && 'h😀llo'.size() == 5", true],
    ["'/usr/😀/bin'.indexOf('bin')", 7n],
    ["'a-b-c'.indexOf('-', 2)", 3n],
    ["'a-b-c'.indexOf('-', 9)", -1n],
    ["'a-b-c'.indexOf('', 2)", 2n],
    ["'😀-😀-'.lastIndexOf('-')", 3n],
    ["'a-b-c'.lastIndexOf('-', 2)", 1n],
    ["'abc'.lastIndexOf('')", 3n],
    ["'h😀llo'.substring(1, 3)", '😀l'],
    ["'hello'.substring(5)", ''],
    ["'ÄaZ'.lowerAscii() + 'äaz'.upperAscii()", 'ÄazäAZ'],
    ["'\\u00a0\\t x y \\n'.trim()", 'x y'],
    ["'\\ufeffx'.trim()", '\ufeffx'],
    ["'a.b.c'.replace('.', '$&')", 'a$&b$&c'],
    ["'a.b.c'.replace('.', '', 1)", 'ab.c'],
    ["'a.b.c'.replace('.', '-', 0)", 'a.b.c'],
    ["'a.b.c'.replace('.', '-', -1)", 'a-b-c'],
    ["'ab'.replace('', '-')", '-a-b-'],
    ["'a.b.c'.split('.')", ['a', 'b', 'c']],
    ["'a.b.c'.split('.', 2)", ['a', 'b.c']],
    ["'a😀'.split('')", ['a', '😀']],
    ["'a'.split('.', 0)", []],
    ["['a', 'b'].join()", 'ab'],
    ["[dyn('a'), 'b'].join(', ')", 'a, b'],
    ["'h😀llo'.reverse()", 'oll😀h'],
    ['strings.quote(\'say "hi"\\n\\\\ 😀\')', '"say \\"hi\\"\\n\\\\ 😀"'],
    ["'%s of %d%%: %.1f %e'.format(['x', 7u, 0.25, 1234.5])", 'x of 7%: 0.2 1.234500e+03'],
    ["'%b %o %x %X %x'.format([5, 8, 255, 255, 'hi'])", '101 10 ff FF 6869'],
    ["'%s'.format([[1, 'a', true, null]])", '[1, a, true, null]'],
    ["'%s'.format([{'b': 1, 'a': [2u]}])", '{a: [2], b: 1}'],
  ];
  for (const [source, result] of results) {
    it(`give for ${source} what cel-go gives`, () => assert.deepEqual(value(source), result));
  }

  const failures: readonly (readonly [source: string, message: RegExp])[] = [
    ["'abc'.charAt(4)", /^line 1, column 1: index out of range: 4$/],
    ["'abc' == 'x' || 'abc'.charAt(-1) == ''", /^line 1, column 17: index out of range: -1$/],
    ["'abc'.indexOf('a', -1)", /index out of range: -1/],
    ["'abc'.lastIndexOf('a', -2)", /index out of range: -2/],
    ["'abc'.substring(4)", /index out of range: 4/],
    ["'abc'.substring(2, 1)", /invalid substring range: start 2, end 1/],
    ["'abc'.substring(0, 4)", /index out of range: 4/],
    ["[dyn('a'), 1].join()", /not a list of strings/],
    ["'%d'.format(['a'])", /only integers/],
    ["'%d %d'.format([1])", /index 1 out of range/],
    ["'%q'.format([1])", /unknown clause %q/],
    ["'%.99f'.format([1.0])", /precision is too large/],
    ["'%x'.format([1.5])", /only integers, strings and bytes/],
  ];
  for (const [source, expected] of failures) {
    it(`fail with the place for ${source}`, () => assert.match(message(source), expected));
  }

  it('replace, split and join fit together, whatever the text', () => {
    const words = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(words, fc.string({ minLength: 1, maxLength: 2 }), words, (text, part, by) => {
        const variables = { text, part, by };
        const joined = value('text.split(part).join(by)', variables);
        assert.equal(value('text.replace(part, by)', variables), joined);
        assert.equal(value('text.split(part).join(part)', variables), text);
      }),
    );
  });

  it('find a part where substring begins with it', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 10 });
    fc.assert(
      fc.property(letters, letters, fc.bigInt(0n, 9n), (text, part, count) => {
        const at = value('text.indexOf(part, count)', { text, part, count });
        const characters = [...text];
        const wanted = [...part];
        const starts = characters.flatMap((_, start) =>
          wanted.every((one, index) => characters[start + index] === one) ? [start] : [],
        );
        const first = starts.find((start) => start >= Number(count));
        assert.equal(at, part === '' ? count : BigInt(first ?? -1));
      }),
    );
  });
});
