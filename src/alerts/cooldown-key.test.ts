import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cooldownKeyOf } from './cooldown-key.ts';
import { aFinding } from './testing/findings.ts';

describe('cooldownKeyOf', () => {
  it('is the same for repeats, and differs as soon as rule, container or unique id do', () => {
    // Of these, concatenations would be alike.
    const part = fc.stringMatching(/^[ab "[,\]]{0,3}$/);
    const parts = fc.tuple(part, part, part);
    const keyOf = ([id, containerId, uniqueId]: readonly [string, string, string]) =>
      cooldownKeyOf(
        aFinding({ rule: { id }, container: { id: containerId }, finding: { uniqueId } }),
      );
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const isSame = one.every((each, i) => each === other[i]);
        assert.equal(keyOf(one) === keyOf(other), isSame);
      }),
      { numRuns: 1_000 },
    );
  });

  it('stays short however long a unique id is', () => {
    const key = cooldownKeyOf(aFinding({ finding: { uniqueId: 'x'.repeat(1_000_000) } }));
    assert.ok(key.length < 200);
  });
});
