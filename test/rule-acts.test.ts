// What the live tests do to raise each rule, against the rules themselves.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT_TYPES, type EventType } from '../src/model/raw-event.ts';
import { ruleSetOf } from '../src/rules/rule-set.ts';
import { compiled } from '../src/rules/testing/rule-builder.ts';
import { rulesRaisedBy } from './acted-events.ts';
import { ACTS_WITHOUT_RULE, FURTHER_ACTS, RULE_ACTS } from './live/harness/rule-acts.ts';
import { shippedRules } from './rule-pages.ts';

const rules = new Map((await shippedRules()).map((rule) => [rule.id, rule]));
/** Two of the public rules judge what no kernel sees, one of ours no event at all. */
const WITHOUT_ACT = ['R1016', 'R2000', 'R2001'];

/** Those that are off as delivered, too. */
const set = ruleSetOf(compiled(...[...rules.values()].map((rule) => ({ ...rule, enabled: true }))));

describe('the acts that raise rules', () => {
  it('are one for every rule, ours and the public ones', () => {
    const expected = [...rules.keys(), ...WITHOUT_ACT].sort();
    assert.deepEqual(
      RULE_ACTS.map(({ ruleId }) => ruleId),
      expected,
    );
  });

  it('are missing only where no process can do anything, and then say why', () => {
    const missing = RULE_ACTS.filter(({ act }) => act === '');
    assert.deepEqual(
      missing.map(({ ruleId }) => ruleId),
      WITHOUT_ACT,
    );
    assert.ok(missing.every(({ exception }) => exception !== undefined));
  });

  for (const { ruleId, eventType, act, silencedByLearning } of [...RULE_ACTS, ...FURTHER_ACTS]) {
    if (act === '') continue;
    it(`${ruleId}: ${act} makes an event that the rule judges`, () => {
      const rule = rules.get(ruleId);
      const types = rule?.ruleExpression.map((each) => each.eventType);
      assert.ok(eventType !== undefined && types?.includes(eventType));
      // Dependency 2 asks no profile: there is nothing that learning could change, but by a policy.
      const isSilenceable = rule?.profileDependency !== 2 || rule.supportPolicy;
      assert.equal(silencedByLearning, isSilenceable);
    });

    it(`${ruleId}: ${act} raises it, and once learned ${silencedByLearning ? 'does not' : 'too'}`, () => {
      assert.ok(rulesRaisedBy(act, set, 'nothing').includes(ruleId));
      assert.equal(rulesRaisedBy(act, set, 'the act').includes(ruleId), !silencedByLearning);
    });
  }

  it('make an event of every kind, with those that no rule is about', () => {
    const types = new Set<EventType | undefined>(
      [...RULE_ACTS, ...ACTS_WITHOUT_RULE].map(({ eventType }) => eventType),
    );
    assert.deepEqual(
      EVENT_TYPES.filter((type) => !types.has(type)),
      [],
    );
  });
});
