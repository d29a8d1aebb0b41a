import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TextTree } from './text-tree.ts';

const text = fc.oneof(
  fc.string({ unit: fc.constantFrom('/', 'a', 'b'), maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 3 }),
);
const entries = fc.array(fc.record({ text, isPrefix: fc.boolean() }), { maxLength: 20 });

function sorted(items: Iterable<number>): readonly number[] {
  return [...new Set(items)].sort((a, b) => a - b);
}

describe('TextTree', () => {
  it('finds the items of all prefixes of a text, of the text itself, and those for every text', () => {
    fc.assert(
      fc.property(entries, fc.array(text), (added, asked) => {
        const tree = new TextTree<number>([-1], sorted);
        added.forEach((one, index) => {
          if (one.isPrefix) tree.addPrefix(one.text, index);
          else tree.addExact(one.text, index);
        });
        for (const question of [...asked, ...added.map((one) => one.text)]) {
          const expected = added.flatMap((one, index) => {
            const isFound = one.isPrefix ? question.startsWith(one.text) : question === one.text;
            return isFound ? [index] : [];
          });
          assert.deepEqual(tree.find(question), sorted([-1, ...expected]), question);
        }
      }),
    );
  });

  it('gives one array for all texts that meet the same', () => {
    const tree = new TextTree<number>([], sorted);
    tree.addPrefix('/etc/', 1);
    assert.equal(tree.find('/etc/a'), tree.find('/etc/b/c'));
    assert.equal(tree.find('/tmp'), tree.find('/usr/x'));
  });
});
