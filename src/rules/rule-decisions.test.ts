import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectProfile } from '#profile/projection.js';
import { givenActivation } from './given-activation.ts';
import type { Rule } from './rule.ts';
import type { DecideOptions, RuleDecision } from './rule-decision.ts';
import { needsOfRule } from './rule-needs.ts';
import { compileRuleSet, type RuleSet } from './rule-set.ts';
import { type RuleSubject, subjectOf } from './rule-subject.ts';
import { engineWith } from './testing/engine-builder.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aRule, compiled } from './testing/rule-builder.ts';
import { anExec, anOpen, aStandaloneContainer } from './testing/subjects.ts';

const UNSEEN = '!cp.was_executed(event.containerId, event.exepath)';
const exec = (expression: string) => [{ eventType: 'exec' as const, expression }];
const judged = () =>
  new FixedProfiles().set('c1', {
    execs: [{ path: '/bin/ls' }],
    rulePolicies: { POLICY: { processAllowed: ['sh'] } },
  });

function decided(
  rules: RuleSet | Partial<Rule>,
  { profiles = judged(), subject = subjectOf(anExec()), ...options }: Asked = {},
): readonly RuleDecision[] {
  const set = 'bindings' in rules ? rules : compiled(aRule(rules));
  return engineWith(set, { profiles }).decide(subject, options);
}

interface Asked extends DecideOptions {
  readonly profiles?: FixedProfiles;
  readonly subject?: RuleSubject;
}

function one(...asked: Parameters<typeof decided>): RuleDecision {
  const [decision, ...others] = decided(...asked);
  assert.ok(decision);
  assert.deepEqual(others, []);
  return decision;
}

describe('decide', () => {
  it('gives what evaluate finds when no stage stops the event', () => {
    const rules = compiled(aRule({ ruleExpression: exec(UNSEEN), profileDependency: 0 }));
    const engine = engineWith(rules, { profiles: judged() });
    const subject = anExec();
    const [found] = engine.evaluate(subject);
    const [decision] = engine.decide(subjectOf(subject));
    assert.ok(found && decision?.finding);
    assert.deepEqual(
      { ...decision.finding, reason: decision.finding.reason.nearest },
      { ...found, reason: found.reason.nearest },
    );
    assert.equal(decision.stage, undefined);
    assert.equal(decision.verdict, true);
    assert.equal(decision.message, 'seen sh');
    assert.equal(decision.uniqueId, 'sh');
    assert.equal(decision.programs.expressions[0]?.source, UNSEEN);
  });

  it('counts nothing', () => {
    const engine = engineWith(
      compiled(aRule(), aRule({ id: 'F', uniqueId: 'string(event.args[9])' })),
    );
    engine.decide(subjectOf(anExec()));
    const counts = [...engine.counts.values()];
    assert.ok(counts.every(({ evaluated, findings }) => evaluated === 0 && findings === 0));
    assert.ok(counts.every(({ errors }) => errors.uniqueId === 0));
  });

  const stages: readonly (readonly [string, RuleDecision['stage'], RegExp, () => RuleDecision])[] =
    [
      [
        'another context',
        'context',
        /is for host, ecs, the container runs in kubernetes/,
        () => one({ tags: ['context:host', 'context:ecs'] }),
      ],
      [
        'no context',
        'context',
        /is for kubernetes, the container runs in standalone/,
        () => one({ tags: [] }, { subject: subjectOf(anExec({}, aStandaloneContainer())) }),
      ],
      [
        'no profile',
        'profile',
        /requires a profile: no profile yet/,
        () => one({ profileDependency: 0 }, { profiles: new FixedProfiles() }),
      ],
      [
        'a profile that is learned',
        'profile',
        /profile-of-c1 is ready/,
        () =>
          one(
            { profileDependency: 0 },
            { profiles: new FixedProfiles().set('c1', {}, { isEnforced: false }) },
          ),
      ],
      [
        'no profile given',
        'profile',
        /there is no profile/,
        () => one({ profileDependency: 0 }, { entry: null }),
      ],
      [
        'another type',
        'eventType',
        /about events of type exec, this is open/,
        () => one({}, { subject: subjectOf(anOpen()), ruleId: 'R9999' }),
      ],
      [
        'the prefilter',
        'prefilter',
        /parameters/,
        () => one({ state: { includePrefixes: ['/usr'] } }),
      ],
      [
        'the policy',
        'policy',
        /allows it to the container or to sh/,
        () => one({ id: 'POLICY', supportPolicy: true }),
      ],
      ['an expression', 'expression', /not all true/, () => one({ ruleExpression: exec('false') })],
      [
        'a failure',
        'expression',
        /failed: line 1, column 1: .*index 9/,
        () => one({ ruleExpression: exec("event.args[9] == 'x'") }),
      ],
      [
        'a unique id',
        'uniqueId',
        /unique id failed: .*index 9/,
        () => one({ uniqueId: 'string(event.args[9])' }),
      ],
    ];
  for (const [what, stage, why, decide] of stages) {
    it(`says that ${what} stopped the event at ${stage}`, () => {
      const decision = decide();
      assert.equal(decision.stage, stage);
      assert.match(decision.why, why);
      assert.equal(decision.finding, undefined);
    });
  }

  it('tells the verdict and the texts whatever stopped the event before', () => {
    for (const changes of [
      { tags: ['context:host'] },
      { state: { includePrefixes: ['/usr'] } },
      { id: 'POLICY', supportPolicy: true },
    ]) {
      const decision = one(changes);
      assert.notEqual(decision.stage, undefined);
      assert.equal(decision.verdict, true);
      assert.equal(decision.message, 'seen sh');
      const unseen = one({ ...changes, ruleExpression: exec('event.comm == "no"') });
      assert.equal(unseen.verdict, false);
      assert.equal(unseen.message, undefined);
    }
    const missing = one({ profileDependency: 0, ruleExpression: exec(UNSEEN) }, { entry: null });
    assert.deepEqual([missing.stage, missing.verdict], ['profile', true]);
    assert.equal(one({}, { subject: subjectOf(anOpen()), ruleId: 'R9999' }).verdict, undefined);
  });

  it('judges by the profile that is given instead of the one there is', () => {
    const rule = aRule({
      profileDependency: 0,
      ruleExpression: exec(UNSEEN),
      profileDataRequired: { execs: 'all' },
    });
    const origin = {
      role: 'learned',
      kind: 'ContainerProfile',
      namespace: 'n',
      name: 'given',
    } as const;
    const profile = projectProfile(
      { execs: [{ path: '/bin/dash' }] },
      { needs: needsOfRule(rule), origin },
    );
    const entry = { profile, state: { name: 'given' }, isEnforced: true };
    const engine = engineWith(compiled(rule), { profiles: judged() });
    const subject = subjectOf(anExec());
    assert.equal(engine.decide(subject, { entry })[0]?.stage, 'expression');
    assert.equal(engine.decide(subject)[0]?.stage, undefined);
    assert.equal(engine.decide(subject)[0]?.finding?.profile?.name, 'profile-of-c1');
    assert.equal(engine.evaluate(anExec()).length, 1);
  });

  it('takes an event of which only fields are given', () => {
    const subject: RuleSubject = {
      type: 'exec',
      activation: givenActivation('exec', { exepath: '/bin/x', comm: 'x', containerId: 'c1' }),
      ...{ containerId: 'c1', context: 'kubernetes', comm: 'x', namespace: 'shop' },
    };
    const decision = one({ ruleExpression: exec(UNSEEN) }, { subject });
    assert.equal(decision.stage, undefined);
    assert.equal(decision.message, 'seen x');
    assert.equal(decision.finding, undefined);
  });

  it('follows the bindings', () => {
    const { set } = compileRuleSet({
      agentVersion: '1.0.0',
      objects: [
        {
          source: 'b',
          object: {
            apiVersion: 'kubescape.io/v1',
            kind: 'RuntimeRuleAlertBinding',
            spec: {
              podSelector: { matchLabels: { app: 'web' } },
              rules: [{ ruleID: 'A', severity: 9 }],
            },
          },
        },
      ],
    });
    const rules = { ...set, rules: compiled(aRule({ id: 'A' }), aRule({ id: 'B' })) };
    const stagesFor = (podLabels: Readonly<Record<string, string>>) =>
      decided(rules, { subject: { ...subjectOf(anExec()), podLabels } }).map(
        ({ stage, finding }) => stage ?? finding?.rule.severity,
      );
    assert.deepEqual(stagesFor({ app: 'web' }), [9, 'binding']);
    assert.deepEqual(stagesFor({}), ['binding', 'binding']);
  });

  it('answers for rules that are not used only when they are named', () => {
    const set: RuleSet = {
      ...{ rules: compiled(aRule()), bindings: [] },
      unused: [
        { rule: aRule({ id: 'OFF', enabled: false }), why: 'it is off' },
        { rule: aRule({ id: 'BAD', ruleExpression: exec('nope(') }), why: 'it is off' },
      ],
    };
    const ids = decided(set).map(({ rule }) => rule.id);
    assert.deepEqual(ids, ['R9999']);
    const off = one(set, { ruleId: 'OFF' });
    assert.deepEqual(
      [off.stage, off.why, off.verdict, off.message, off.finding],
      ['disabled', 'it is off', true, 'seen sh', undefined],
    );
    const bad = one(set, { ruleId: 'BAD' });
    assert.deepEqual(
      [bad.stage, bad.verdict, bad.programs.expressions],
      ['disabled', undefined, []],
    );
    assert.match(bad.error?.message ?? '', /ruleExpression.0.expression: line 1/);
    assert.deepEqual(decided(set, { ruleId: 'NONE' }), []);
  });
});
