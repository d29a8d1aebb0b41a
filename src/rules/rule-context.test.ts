import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { appliesIn, type RuleContext } from './rule-context.ts';

describe('appliesIn', () => {
  const cases: readonly (readonly [tags: readonly string[], in_: readonly RuleContext[]])[] = [
    [[], ['kubernetes']],
    [['anomaly'], ['kubernetes']],
    [['context:kubernetes'], ['kubernetes']],
    [['context:standalone'], ['standalone']],
    [['context:container'], ['kubernetes', 'standalone']],
    [['context:host'], []],
    [['context:host', 'context:standalone'], ['standalone']],
  ];
  for (const [tags, contexts] of cases) {
    it(`puts [${tags.join(', ')}] in [${contexts.join(', ')}]`, () => {
      const all: readonly RuleContext[] = ['kubernetes', 'standalone'];
      assert.deepEqual(
        all.filter((context) => appliesIn(context, tags)),
        contexts,
      );
    });
  }
});
