import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileRuleSet, type LoadedRuleSet } from './rule-set.ts';

function rulesIn(source: string, ...rules: readonly object[]) {
  return { source, object: { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules } } };
}

function written(changes: object = {}) {
  return {
    ...{ enabled: true, id: 'R1', name: 'r', profileDependency: 2, severity: 1 },
    expressions: textsWith('true'),
    ...changes,
  };
}

function textsWith(expression: string) {
  const ruleExpression = [{ eventType: 'exec', expression }];
  return { message: "'m'", uniqueId: "'u'", ruleExpression };
}

function bindingIn(source: string, spec: object) {
  const object = { apiVersion: 'kubescape.io/v1', kind: 'RuntimeRuleAlertBinding', spec };
  return { source, object };
}

function compiledFrom(...objects: Parameters<typeof compileRuleSet>[0]['objects']) {
  return compileRuleSet({ objects, agentVersion: '1.2.3' });
}

function namesIn({ set }: LoadedRuleSet): readonly string[] {
  return set.rules.map(({ rule }) => `${rule.id} ${rule.name} ${rule.source}`);
}

describe('compileRuleSet', () => {
  it('says when bindings bind no rule that is used, and which they are', () => {
    const rules = rulesIn('a.yaml', written(), written({ id: 'R2', enabled: false }));
    const hintsFor = (...ids: readonly string[]) =>
      compiledFrom(
        rules,
        ...ids.map((ruleID, index) => bindingIn(`b${index}.yaml`, { rules: [{ ruleID }] })),
      ).alarms;
    const none = 'no rule that is used is bound, so nothing alerts in Kubernetes: ';
    assert.deepEqual(hintsFor('R7'), [
      `${none}b0.yaml`,
      'b0.yaml: spec.rules.0: there is no such rule',
    ]);
    assert.deepEqual(hintsFor('R2'), [`${none}b0.yaml`]);
    assert.deepEqual(hintsFor('R2', 'R1'), []);
    assert.equal(
      hintsFor('R2', 'R2', 'R2', 'R2', 'R2')[0],
      `${none}b0.yaml, b1.yaml, b2.yaml and 2 more bindings`,
    );
    assert.match(
      compiledFrom(rules, bindingIn('b.yaml', {})).alarms[0] ?? '',
      /^no rule that is used/,
    );
  });

  it('merges by id: the last enabled one stays, in the place of the first', () => {
    const loaded = compiledFrom(
      rulesIn('a.yaml', written({ name: 'first' }), written({ id: 'R2', name: 'two' })),
      rulesIn('b.yaml', written({ name: 'second' }), written({ name: 'third', enabled: false })),
    );
    assert.deepEqual(namesIn(loaded), ['R1 second b.yaml', 'R2 two a.yaml']);
    assert.deepEqual(loaded.set.unused, []);
    assert.deepEqual(loaded.errors, []);
  });

  it('tells which rules are not used and why, without compiling them', () => {
    const { set, errors } = compiledFrom(
      rulesIn(
        'a.yaml',
        written({ enabled: false, expressions: textsWith('nonsense(') }),
        written({ id: 'R2', agentVersionRequirement: '>=2.0.0' }),
        written({ id: 'R3', agentVersionRequirement: '>=1.2.0, <2.0.0' }),
      ),
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(
      set.rules.map(({ rule }) => rule.id),
      ['R3'],
    );
    assert.deepEqual(
      set.unused.map(({ rule, why }) => `${rule.id}: ${why}`),
      [
        'R1: the rule is disabled in a.yaml',
        'R2: the rule is for agent versions >=2.0.0, this is 1.2.3',
      ],
    );
  });

  it('lets a rule for another version not hide one for this version', () => {
    const loaded = compiledFrom(
      rulesIn('a.yaml', written({ name: 'old', agentVersionRequirement: '<2.0.0' })),
      rulesIn('b.yaml', written({ name: 'new', agentVersionRequirement: '>=2.0.0' })),
    );
    assert.deepEqual(namesIn(loaded), ['R1 old a.yaml']);
  });

  it('names source, rule, field, line and column of what is wrong, and keeps the rest', () => {
    const { set, errors } = compiledFrom(
      rulesIn(
        'a.yaml',
        written({ expressions: textsWith('true\n  && event.nope == 1') }),
        written({ id: 'R2', severity: 99 }),
        written({ id: 'R3' }),
      ),
      { source: 'pod.yaml', object: { apiVersion: 'v1', kind: 'Pod' } },
      { source: 'none.yaml', object: {} },
      bindingIn('binding.yaml', { rules: [{ ruleID: 'R3', severity: 'high' }] }),
    );
    assert.deepEqual(errors.map(({ code, message }) => `${code} ${message}`).toSorted(), [
      'invalid a.yaml: rule R1: expressions.ruleExpression.0.expression: line 2, column 12: no such key: nope',
      'invalid a.yaml: rule R2: severity: expected 0 to 10, got 99',
      'invalid binding.yaml: spec.rules.0.severity: expected a whole number from 0 to 10, got "high"',
      'invalid none.yaml: kind: expected Rules or RuntimeRuleAlertBinding, got nothing',
      'invalid pod.yaml: kind: expected Rules or RuntimeRuleAlertBinding, got "Pod"',
    ]);
    assert.deepEqual(
      set.rules.map(({ rule }) => rule.id),
      ['R3'],
    );
    assert.deepEqual(set.bindings, []);
  });

  it('compiles rules on requests to the API server in their own language', () => {
    const { set, errors } = compiledFrom(
      rulesIn(
        'a.yaml',
        written({
          expressions: {
            message: "'by ' + event.UserInfo.Username",
            uniqueId: 'event.Name',
            ruleExpression: [{ eventType: 'k8s-admission', expression: "event.Kind == 'Pod'" }],
          },
        }),
      ),
    );
    assert.deepEqual(errors, []);
    assert.equal(set.rules.length, 1);
  });

  it('hints at bindings that bind nothing, and takes a rule that is not used for one', () => {
    const { hints, errors, alarms } = compiledFrom(
      rulesIn('a.yaml', written({ tags: ['x'] }), written({ id: 'R2', enabled: false })),
      bindingIn('empty.yaml', {}),
      bindingIn('b.yaml', {
        rules: [
          { ruleID: 'R1' },
          { ruleName: 'R' },
          { ruleTags: ['y', 'x'] },
          { ruleID: 'R2' },
          { ruleTags: ['z'] },
        ],
      }),
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(alarms, []);
    assert.deepEqual(hints, [
      'empty.yaml: spec.rules: binds no rule',
      'b.yaml: spec.rules.1: there is no such rule',
      'b.yaml: spec.rules.4: there is no such rule',
    ]);
  });

  it('leaves out what is more than 2000 rules, and says from which on', () => {
    const many = Array.from({ length: 2_001 }, (_, index) => written({ id: `R${index}` }));
    const { set, errors } = compiledFrom(rulesIn('many.yaml', ...many));
    assert.equal(set.rules.length, 2_000);
    assert.deepEqual(
      errors.map(({ message }) => message),
      ['many.yaml: rule R2000: expected at most 2000 enabled rules, got 2001'],
    );
  });

  it('gives an empty set for nothing', () => {
    assert.deepEqual(compiledFrom(), {
      set: { rules: [], unused: [], bindings: [] },
      errors: [],
      hints: [],
      alarms: [],
    });
  });
});
