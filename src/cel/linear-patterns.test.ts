import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LinearPatterns } from './linear-patterns.ts';

describe('LinearPatterns', () => {
  it('matches anywhere in the text unless the pattern is anchored', () => {
    const patterns = new LinearPatterns();
    assert.equal(patterns.test('/proc/[0-9]+/fd/[0-9]+', 'x/proc/12/fd/3y'), true);
    assert.equal(patterns.test('^fd$', 'a fd b'), false);
  });

  it('refuses what RE2 has not: look-around and back references', () => {
    const patterns = new LinearPatterns();
    for (const pattern of ['(', '(?=a)', '(a)\\1', 'a{1001}', 'a'.repeat(1_001)]) {
      assert.throws(() => patterns.test(pattern, 'a'), { name: 'AgentError', code: 'invalid' });
    }
    assert.equal(patterns.size, 0);
  });

  it('keeps no more patterns than its capacity, the last used ones', () => {
    const patterns = new LinearPatterns(2);
    for (const pattern of ['a', 'b', 'a', 'c']) patterns.check(pattern);
    assert.equal(patterns.size, 2);
    assert.equal(patterns.test('a', 'xax'), true);
  });

  it('takes time in proportion to the text where backtracking doubles with each character', () => {
    const patterns = new LinearPatterns();
    const fastest = (length: number) => {
      const text = `${'a'.repeat(length)}!`;
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 7; round += 1) {
        const start = process.hrtime.bigint();
        for (let time = 0; time < 10; time += 1) patterns.test('^(a+)+$', text);
        best = Math.min(best, Number(process.hrtime.bigint() - start));
      }
      return best;
    };
    fastest(11);
    const ratio = fastest(22) / fastest(11);
    // Backtracking would give 2^11 = 2048; linear gives 2.
    assert.ok(ratio < 60, `twice the text took ${ratio} times as long`);
  });
});
