import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { splitTetragonArguments } from './tetragon-arguments.ts';

/** How Tetragon joins them. */
function joined(args: readonly string[]): string {
  return args.map((arg) => (arg.includes(' ') ? `"${arg}"` : arg)).join(' ');
}

describe('the arguments in a line of Tetragon', () => {
  it('come apart at blanks, but not within quotes', () => {
    assert.deepEqual(splitTetragonArguments('-c "echo a b" x'), ['-c', 'echo a b', 'x']);
    assert.deepEqual(splitTetragonArguments(''), []);
  });

  it('keep quotes that enclose nothing', () => {
    assert.deepEqual(splitTetragonArguments('"a b'), ['"a', 'b']);
    assert.deepEqual(splitTetragonArguments('a"b c'), ['a"b', 'c']);
    assert.deepEqual(splitTetragonArguments('"say "hi" now" x'), ['say "hi', 'now"', 'x']);
  });

  it('come apart as they were joined, whatever they hold but quotes', () => {
    const arg = fc.string({ minLength: 1 }).filter((text) => !text.includes('"'));
    fc.assert(
      fc.property(fc.array(arg), (args) => {
        assert.deepEqual(splitTetragonArguments(joined(args)), args);
      }),
    );
  });

  it('take no longer for quotes that never end', () => {
    const args = splitTetragonArguments('"a '.repeat(300_000));
    assert.equal(args.length, 300_000);
  });
});
