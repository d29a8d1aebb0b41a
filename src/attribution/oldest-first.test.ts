import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { OldestFirst } from './oldest-first.ts';

type What = 'add' | 'delete' | 'clear' | 'ask';

function take(set: OldestFirst<number>, plain: Set<number>, [what, member]: [What, number]): void {
  if (what === 'ask') assert.equal(set.oldest, [...plain][0]);
  else if (what === 'clear') for (const each of [set, plain]) each.clear();
  else for (const each of [set, plain]) each[what](member);
  assert.deepEqual([set.size, set.has(member)], [plain.size, plain.has(member)]);
}

it('knows its oldest member, whoever comes and leaves', () => {
  const what = fc.constantFrom<What>('add', 'add', 'delete', 'clear', 'ask');
  const steps = fc.array(fc.tuple(what, fc.nat(9)), { maxLength: 100, size: 'max' });
  fc.assert(
    fc.property(steps, (taken) => {
      const set = new OldestFirst<number>();
      const plain = new Set<number>();
      for (const each of taken) take(set, plain, each);
      assert.deepEqual([...set], [...plain]);
      assert.equal(set.oldest, [...plain][0]);
    }),
  );
});
