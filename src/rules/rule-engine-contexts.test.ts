import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Container } from '#model/container.js';
import { aContainer } from '#model/testing/sample-container.js';
import type { Rule } from './rule.ts';
import { compileRuleSet } from './rule-set.ts';
import { subjectOf } from './rule-subject.ts';
import { engineWith } from './testing/engine-builder.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aRule, compiled } from './testing/rule-builder.ts';
import { anExec, aStandaloneContainer } from './testing/subjects.ts';

const alone = aStandaloneContainer();
const PLACES: Readonly<Record<string, Container>> = {
  kubernetes: aContainer(),
  standalone: alone,
  ecs: { ...alone, labels: { 'com.amazonaws.ecs.task-arn': 'arn:aws:ecs:eu-west-1:1:task/a' } },
  host: { ...alone, id: 'host', cgroupId: 1 },
};
const RULES = ['kubernetes', 'standalone', 'ecs', 'host', 'container'].map((place) =>
  aRule({ id: place, tags: [`context:${place}`] }),
);
const BOUND = compileRuleSet({
  objects: [
    {
      source: 'b',
      object: {
        apiVersion: 'kubescape.io/v1',
        kind: 'RuntimeRuleAlertBinding',
        spec: { rules: [{ ruleID: 'kubernetes' }] },
      },
    },
  ],
  agentVersion: '1.0.0',
}).set.bindings;

function inPlace(place: string): Container {
  const container = PLACES[place];
  assert.ok(container);
  return container;
}

describe('the place of a container', () => {
  const expected: readonly (readonly [string, readonly string[]])[] = [
    ['kubernetes', ['kubernetes', 'container']],
    ['standalone', ['standalone', 'container']],
    ['ecs', ['ecs', 'container']],
    ['host', ['host']],
  ];
  for (const [place, ids] of expected) {
    it(`decides which rules its events meet: ${place}`, () => {
      const engine = engineWith(compiled(...RULES));
      const subject = anExec({}, inPlace(place));
      const found = () => engine.evaluate(subject).map(({ rule }) => rule.id);
      assert.deepEqual([found(), found()], [ids, ids]);
      const decided = engine.decide(subjectOf(subject));
      const alerting = decided.filter(({ stage }) => stage === undefined);
      assert.deepEqual(
        alerting.map(({ rule }) => rule.id),
        ids,
      );
    });

    it(`decides that with bindings too: ${place}`, () => {
      const set = { rules: compiled(...RULES), unused: [], bindings: BOUND };
      const found = engineWith(set).evaluate(anExec({}, inPlace(place)));
      assert.deepEqual(
        found.map(({ rule }) => rule.id),
        place === 'kubernetes' ? ['kubernetes'] : ids,
      );
    });
  }

  it('decides whether a profile is waited for: where containers are learned, not on the node', () => {
    const tags = Object.keys(PLACES).map((place) => `context:${place}`);
    const rule: Rule = aRule({ tags, profileDependency: 0 });
    const found = (profiles: FixedProfiles) => {
      const engine = engineWith(compiled(rule), { profiles });
      return Object.keys(PLACES).filter(
        (place) => engine.evaluate(anExec({}, inPlace(place))).length > 0,
      );
    };
    assert.deepEqual(found(new FixedProfiles()), ['host']);
    const learned = new FixedProfiles().set('c1', {});
    assert.deepEqual(found(learned), ['kubernetes', 'standalone', 'ecs', 'host']);
  });
});
