import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer } from '#model/testing/sample-container.js';
import { appliesIn, contextOf, RULE_CONTEXTS, type RuleContext } from './rule-context.ts';
import { aStandaloneContainer } from './testing/subjects.ts';

describe('appliesIn', () => {
  const cases: readonly (readonly [tags: readonly string[], in_: readonly RuleContext[]])[] = [
    [[], ['kubernetes']],
    [['anomaly'], ['kubernetes']],
    [['context:kubernetes'], ['kubernetes']],
    [['context:standalone'], ['standalone']],
    [['context:container'], ['kubernetes', 'standalone', 'ecs']],
    [['context:ecs'], ['ecs']],
    [['context:host'], ['host']],
    [
      ['context:host', 'context:container'],
      ['kubernetes', 'standalone', 'ecs', 'host'],
    ],
    [['context:moon'], []],
  ];
  for (const [tags, contexts] of cases) {
    it(`puts [${tags.join(', ')}] in [${contexts.join(', ')}]`, () => {
      assert.deepEqual(
        RULE_CONTEXTS.filter((context) => appliesIn(context, tags)),
        contexts,
      );
    });
  }
});

describe('contextOf', () => {
  const ecs = { 'com.amazonaws.ecs.task-arn': 'arn:aws:ecs:eu-1:1:task/shop/7' };

  it('tells Kubernetes, Amazon’s tasks, the node and all else apart', () => {
    const alone = aStandaloneContainer();
    assert.equal(contextOf(aContainer()), 'kubernetes');
    assert.equal(contextOf(alone), 'standalone');
    assert.equal(contextOf({ ...alone, labels: ecs }), 'ecs');
    assert.equal(contextOf({ ...alone, id: 'host', cgroupId: 1 }), 'host');
    assert.equal(contextOf({ ...alone, id: 'host', cgroupId: 4_711 }), 'standalone');
  });

  it('takes a pod’s container for one of Kubernetes, whatever its labels say', () => {
    assert.equal(contextOf(aContainer({ labels: ecs })), 'kubernetes');
  });
});
