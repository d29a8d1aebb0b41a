import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer } from '#model/testing/sample-container.js';
import type { Rule } from './rule.ts';
import { compileRuleSet, type RuleSet } from './rule-set.ts';
import { engineWith } from './testing/engine-builder.ts';
import { aRule, compiled } from './testing/rule-builder.ts';
import { anExec, anOpen, aStandaloneContainer } from './testing/subjects.ts';

const onOpen = [{ eventType: 'open', expression: 'true' }] as const;

/** Rules, bound as the bindings' specs say. */
function setOf(rules: readonly Rule[], ...specs: readonly object[]): RuleSet {
  const objects = specs.map((spec, index) => ({
    source: `b${index}`,
    object: { apiVersion: 'kubescape.io/v1', kind: 'RuntimeRuleAlertBinding', spec },
  }));
  const { set, errors } = compileRuleSet({ objects, agentVersion: '1.0.0' });
  assert.deepEqual(errors, []);
  return { rules: compiled(...rules), unused: [], bindings: set.bindings };
}

function inPod(namespace: string, labels: Readonly<Record<string, string>> = {}, id = 'c1') {
  const pod = { name: 'p', namespace, uid: 'u', labels };
  return aContainer({ id, namespace, pod });
}

const byName = (operator: string, ...values: readonly string[]) => ({
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator, values }],
});

describe('bindings', () => {
  const rules = ['A', 'B', 'C'].map((id) => aRule({ id, name: `rule ${id}`, tags: [`tag-${id}`] }));
  const found = (set: RuleSet, container = inPod('shop')) =>
    engineWith(set)
      .evaluate(anExec({}, container))
      .map(({ rule }) => rule.id);

  it('are optional: without one every rule is used', () => {
    assert.deepEqual(found(setOf(rules)), ['A', 'B', 'C']);
  });

  it('name rules by id, by name and by tag, and the union of all that select a pod is used', () => {
    assert.deepEqual(found(setOf(rules, { rules: [{ ruleID: 'B' }] })), ['B']);
    assert.deepEqual(found(setOf(rules, { rules: [{ ruleName: 'rule C' }] })), ['C']);
    assert.deepEqual(found(setOf(rules, { rules: [{ ruleTags: ['x', 'tag-A'] }] })), ['A']);
    const both = setOf(rules, { rules: [{ ruleID: 'C' }] }, { rules: [{ ruleID: 'A' }] });
    assert.deepEqual(found(both), ['A', 'C']);
  });

  it('bind nothing when they have no rules', () => {
    assert.deepEqual(found(setOf(rules, { rules: [] })), []);
  });

  it('take a namespace’s name as a whole', () => {
    const set = setOf(rules, { namespaceSelector: byName('In', 'shop'), rules: [{ ruleID: 'A' }] });
    assert.deepEqual(found(set), ['A']);
    for (const other of ['shop2', 'my-shop', 'sho', '']) {
      assert.deepEqual(found(set, inPod(other)), [], other);
    }
    const but = setOf(rules, {
      namespaceSelector: byName('NotIn', 'shop'),
      rules: [{ ruleID: 'A' }],
    });
    assert.deepEqual(found(but), []);
    assert.deepEqual(found(but, inPod('shop2')), ['A']);
  });

  it('select pods by their labels, which may change', () => {
    const set = setOf(rules, {
      podSelector: { matchLabels: { app: 'web' } },
      rules: [{ ruleID: 'A' }],
    });
    const engine = engineWith(set);
    const count = (labels: Readonly<Record<string, string>>) =>
      engine.evaluate(anExec({}, inPod('shop', labels))).length;
    assert.deepEqual(
      [count({ app: 'web' }), count({ app: 'api' }), count({}), count({ app: 'web' })],
      [...[1, 0, 0, 1]],
    );
  });

  it('ask for a namespace’s labels only when one looks at them, and notice that they changed', () => {
    let labels: Readonly<Record<string, string>> | undefined;
    let asked = 0;
    const namespaceLabels = () => {
      asked += 1;
      return labels;
    };
    const container = inPod('shop');
    const plain = engineWith(setOf(rules, { rules: [{ ruleID: 'A' }] }), { namespaceLabels });
    assert.equal(plain.evaluate(anExec({}, container)).length, 1);
    assert.equal(asked, 0);
    const set = setOf(rules, {
      namespaceSelector: { matchLabels: { team: 'red' } },
      rules: [{ ruleID: 'A' }],
    });
    const engine = engineWith(set, { namespaceLabels });
    const count = () => engine.evaluate(anExec({}, container)).length;
    assert.equal(count(), 0);
    labels = { team: 'red' };
    assert.equal(count(), 1);
    labels = { team: 'blue' };
    assert.equal(count(), 0);
  });

  it('know a namespace’s name even where its labels say another', () => {
    const set = setOf(rules, {
      namespaceSelector: { matchLabels: { team: 'red', 'kubernetes.io/metadata.name': 'shop' } },
      rules: [{ ruleID: 'A' }],
    });
    const namespaceLabels = () => ({ team: 'red', 'kubernetes.io/metadata.name': 'other' });
    const engine = engineWith(set, { namespaceLabels });
    assert.equal(engine.evaluate(anExec({}, inPod('shop'))).length, 1);
  });

  it('are about pods only, and never widen where a rule is used', () => {
    const placed = [
      aRule({ id: 'A', tags: ['context:standalone'] }),
      aRule({ id: 'B', tags: ['context:container'] }),
    ];
    const set = setOf(placed, { rules: [{ ruleID: 'A' }] });
    assert.deepEqual(found(set, aStandaloneContainer()), ['A', 'B']);
    assert.deepEqual(found(set), []);
  });

  it('can be as many as one likes, each pod with its own', () => {
    const specs = Array.from({ length: 300 }, (_, i) => ({
      podSelector: { matchLabels: { n: String(i) } },
      rules: [{ ruleID: i % 2 === 0 ? 'A' : 'B' }],
    }));
    const engine = engineWith(setOf(rules, ...specs));
    for (let i = 0; i < 300; i += 1) {
      const findings = engine.evaluate(anExec({}, inPod('shop', { n: String(i) }, `c${i}`)));
      assert.deepEqual(
        findings.map(({ rule }) => rule.id),
        [i % 2 === 0 ? 'A' : 'B'],
      );
    }
    assert.equal(engine.counts.get('A')?.findings, 150);
  });
});

describe('the parameters of a binding', () => {
  const rule = aRule({
    id: 'A',
    severity: 5,
    ruleExpression: onOpen,
    state: { includePrefixes: ['/etc'], ignorePrefixes: ['/etc/ssl'] },
  });
  const opens = ['/etc/hosts', '/etc/ssl/x', '/var/log/x', '/tmp/x'];
  const severities = (...specs: readonly object[]) => {
    const engine = engineWith(setOf([rule], ...specs.map((one) => ({ rules: [one] }))));
    return opens.map((path) => engine.evaluate(anOpen({ path })).map((one) => one.rule.severity));
  };

  it('take the place of the same ones of the rule, the others stay', () => {
    assert.deepEqual(severities({ ruleID: 'A' }), [[5], [], [], []]);
    const parameters = { includePrefixes: ['/var', '/etc/ssl'] };
    assert.deepEqual(severities({ ruleID: 'A', parameters }), [[], [], [5], []]);
    const none = { includePrefixes: [], ignorePrefixes: [] };
    assert.deepEqual(severities({ ruleID: 'A', parameters: none }), [[5], [5], [5], [5]]);
  });

  it('let an event through when one of several bindings does, with the highest severity of these', () => {
    assert.deepEqual(
      severities(
        { ruleID: 'A', severity: '2' },
        { ruleID: 'A', severity: 9, parameters: { includePrefixes: ['/var'] } },
        { ruleID: 'A', severity: 7, parameters: { includePrefixes: ['/var', '/tmp'] } },
      ),
      [[2], [], [9], [7]],
    );
    assert.deepEqual(severities({ ruleID: 'A', severity: 3 }, { ruleID: 'A' })[0], [5]);
  });

  it('count one event once, whatever bindings there are', () => {
    const twice = { rules: [{ ruleID: 'A' }, { ruleName: 'Test rule' }] };
    const engine = engineWith(setOf([rule], twice, twice));
    assert.equal(engine.evaluate(anOpen({ path: '/etc/hosts' })).length, 1);
    engine.evaluate(anOpen({ path: '/tmp/x' }));
    const counts = engine.counts.get('A');
    assert.equal(counts?.evaluated, 1);
    assert.equal(counts?.skipped.prefilter, 1);
  });
});
