import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { RE2JS } from 're2js';
import { LinearPatterns } from './linear-patterns.ts';
import { MAX_STEPS, STEPS_EXCEEDED, StepBudget } from './step-budget.ts';

describe('LinearPatterns', () => {
  it('matches anywhere in the text unless the pattern is anchored', () => {
    const patterns = new LinearPatterns(new StepBudget());
    assert.equal(patterns.test('/proc/[0-9]+/fd/[0-9]+', 'x/proc/12/fd/3y'), true);
    assert.equal(patterns.test('^fd$', 'a fd b'), false);
  });

  it('refuses what RE2 has not: look-around and back references', () => {
    const patterns = new LinearPatterns(new StepBudget());
    for (const pattern of ['(', '(?=a)', '(a)\\1', 'a{1001}', 'a'.repeat(1_001)]) {
      assert.throws(() => patterns.test(pattern, 'a'), { name: 'AgentError', code: 'invalid' });
      assert.throws(() => patterns.tester(pattern), { name: 'AgentError', code: 'invalid' });
    }
    assert.equal(patterns.size, 0);
  });

  it('refuses a short pattern whose repetitions make a large one', () => {
    const patterns = new LinearPatterns(new StepBudget());
    for (const pattern of ['.{1000}.{1000}', '(?:a[b-z]{10}){500}', '\\pL{500}']) {
      assert.throws(() => patterns.test(pattern, 'a'), { code: 'invalid', message: /too large/ });
    }
  });

  it('compiles a pattern that does not change once, as long as there are not too many of them', () => {
    const compile = mock.method(RE2JS, 'compile');
    try {
      const patterns = new LinearPatterns(new StepBudget(), 2);
      const testers = ['a', 'b', 'a', 'c', 'c', 'a'].map((one) => patterns.tester(one));
      const compiled = compile.mock.calls.map(({ arguments: [pattern] }) => pattern);
      assert.deepEqual(compiled, ['a', 'b', 'c', 'c'], 'c is beyond the capacity');
      assert.deepEqual(
        testers.map((matches) => matches('xa')),
        [true, false, true, false, false, true],
      );
    } finally {
      compile.mock.restore();
    }
  });

  it('keeps no more patterns than its capacity, the last used ones', () => {
    const budget = new StepBudget();
    const patterns = new LinearPatterns(budget, 2);
    const stepsFor = (pattern: string) => {
      const before = budget.left;
      patterns.test(pattern, '');
      return before - budget.left;
    };
    for (const pattern of ['a', 'b', 'a', 'c']) stepsFor(pattern);
    assert.equal(patterns.size, 2);
    assert.equal(stepsFor('a'), 1);
    assert.ok(stepsFor('b') > 1_000, 'b was still compiled');
  });

  it('keeps a pattern that does not change apart from the others', () => {
    const patterns = new LinearPatterns(new StepBudget(), 1);
    const matches = patterns.tester('^a+$');
    patterns.test('b', 'b');
    assert.deepEqual([matches('aa'), matches('ab')], [true, false]);
    assert.equal(patterns.size, 1);
  });

  it('takes steps in proportion to the text and the size of the pattern', () => {
    const stepsFor = (pattern: string, length: number) => {
      const budget = new StepBudget();
      new LinearPatterns(budget).tester(pattern)('x'.repeat(length));
      return MAX_STEPS - budget.left;
    };
    assert.ok(stepsFor('a', 4_000) > 7 * stepsFor('a', 500));
    assert.ok(stepsFor('a{100}', 4_000) > 40 * stepsFor('a', 4_000));
    assert.throws(() => stepsFor('a{1000}', 4_000), STEPS_EXCEEDED);
  });

  it('takes time in proportion to the text where backtracking doubles with each character', () => {
    const matches = new LinearPatterns(new StepBudget()).tester('^(a+)+$');
    const fastest = (length: number) => {
      const text = `${'a'.repeat(length)}!`;
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 7; round += 1) {
        const start = process.hrtime.bigint();
        for (let time = 0; time < 10; time += 1) matches(text);
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
