import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { parseRuleBinding, type RuleBinding } from './rule-binding.ts';

function parsed(spec: unknown, metadata: object = { name: 'b' }): RuleBinding | AgentError {
  const object = { apiVersion: 'kubescape.io/v1', kind: 'RuntimeRuleAlertBinding', metadata, spec };
  return parseRuleBinding({ source: 'b.yaml', object });
}

function bindingOf(spec: unknown): RuleBinding {
  const binding = parsed(spec);
  assert.ok(!(binding instanceof AgentError), String(binding));
  return binding;
}

function selects(matchExpressions: readonly object[], labels: Readonly<Record<string, string>>) {
  return bindingOf({ podSelector: { matchExpressions } }).podSelector.matches(labels);
}

describe('parseRuleBinding', () => {
  it('reads rules by id, name and tags, with parameters and severity', () => {
    const binding = bindingOf({
      rules: [
        { ruleID: 'R1', severity: '8', parameters: { ports: [1] } },
        { ruleName: 'Some rule', severity: 10 },
        { ruleTags: ['a', 'b'], severity: '0', parameters: null },
      ],
    });
    assert.equal(binding.name, 'b');
    assert.deepEqual(binding.rules, [
      { id: 'R1', severity: 8, parameters: { ports: [1] } },
      { name: 'Some rule', severity: 10, parameters: {} },
      { tags: ['a', 'b'], severity: 0, parameters: {} },
    ]);
  });

  for (const selector of [undefined, null, {}, { matchLabels: {}, matchExpressions: [] }]) {
    it(`selects everything by ${JSON.stringify(selector) ?? 'no selector'}`, () => {
      const binding = bindingOf({ namespaceSelector: selector, podSelector: selector });
      assert.ok(binding.namespaceSelector.matches({}));
      assert.ok(binding.podSelector.matches({ app: 'x' }));
    });
  }

  it('wants all labels with exactly these values', () => {
    const { podSelector } = bindingOf({ podSelector: { matchLabels: { app: 'web', tier: 'a' } } });
    assert.ok(podSelector.matches({ app: 'web', tier: 'a', more: 'x' }));
    for (const labels of [{ app: 'web' }, { app: 'web2', tier: 'a' }, {}]) {
      assert.ok(!podSelector.matches(labels as Record<string, string>));
    }
    assert.ok(
      !bindingOf({ podSelector: { matchLabels: { constructor: '' } } }).podSelector.matches({}),
    );
  });

  it('knows the four operators as Kubernetes has them', () => {
    const isIn = [{ key: 'a', operator: 'In', values: ['1', '2'] }];
    const isNotIn = [{ key: 'a', operator: 'NotIn', values: ['1', '2'] }];
    const exists = [{ key: 'a', operator: 'Exists' }];
    const isMissing = [{ key: 'a', operator: 'DoesNotExist', values: [] }];
    const table = [isIn, isNotIn, exists, isMissing].map((expressions) =>
      [{ a: '1' }, { a: '3' }, { b: '1' }].map((labels) =>
        selects(expressions, labels as Record<string, string>),
      ),
    );
    assert.deepEqual(table, [
      [true, false, false],
      [false, true, true],
      [true, true, false],
      [false, false, true],
    ]);
    assert.ok(!selects([...exists, ...isMissing], { a: '1' }), 'all must be met');
  });

  const bad: readonly (readonly [unknown, string])[] = [
    [undefined, 'spec: expected Object, got nothing'],
    [{ rules: [{}] }, 'spec.rules.0: expected exactly one of ruleID, ruleName and ruleTags'],
    [{ rules: [{ ruleID: 'a', ruleName: 'b' }] }, 'spec.rules.0: expected exactly one of ruleID'],
    [{ rules: [{ ruleID: 'a', ruleTags: ['b'] }] }, 'spec.rules.0: expected exactly one of ruleID'],
    [{ rules: [{ ruleTags: [] }] }, 'spec.rules.0.ruleTags: expected at least one tag'],
    [{ rules: [{ ruleID: '' }] }, 'spec.rules.0.ruleID: expected a text that is not empty'],
    [{ rules: [{ ruleID: 7 }] }, 'spec.rules.0.ruleID: expected string, got 7'],
    [
      { rules: [{ ruleID: 'a', severity: 'high' }] },
      'spec.rules.0.severity: expected a whole number',
    ],
    [{ rules: [{ ruleID: 'a', severity: 11 }] }, 'spec.rules.0.severity: expected a whole number'],
    [{ rules: [{ ruleID: 'a', severity: '-1' }] }, 'severity: expected a whole number'],
    [{ rules: [{ ruleID: 'a', severity: 1.5 }] }, 'severity: expected a whole number'],
    [{ rules: [{ ruleID: 'a', severity: '' }] }, 'severity: expected a whole number'],
    [{ rules: [{ ruleID: 'a', severity: null }] }, 'severity: expected a whole number'],
    [{ rules: [{ ruleID: 'a', parameters: [] }] }, 'spec.rules.0.parameters: expected'],
    [{ rules: 'R1' }, 'spec.rules: expected Array, got "R1"'],
    [
      { podSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] } },
      'spec.podSelector.matchExpressions.0.operator: expected',
    ],
    [
      { podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      'expected values for In and NotIn',
    ],
    [
      {
        namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['x'] }] },
      },
      'expected values for In and NotIn, and none for Exists',
    ],
    [{ podSelector: { matchLabels: { a: 1 } } }, 'spec.podSelector.matchLabels: expected texts'],
    [
      { namespaceSelektor: { matchLabels: { team: 'red' } }, rules: [{ ruleID: 'a' }] },
      'spec.namespaceSelektor: unknown field, did you mean namespaceSelector?',
    ],
    [
      { podSelector: { matchLabel: { a: 'b' } } },
      'spec.podSelector.matchLabel: unknown field, did you mean matchLabels?',
    ],
    [
      { podSelector: { app: 'web' } },
      'spec.podSelector.app: unknown field: expected one of matchLabels, matchExpressions',
    ],
    [
      { podSelector: { matchExpressions: [{ key: 'a', operator: 'In', value: ['x'] }] } },
      'spec.podSelector.matchExpressions.0.value: unknown field, did you mean values?',
    ],
    [
      { rules: [{ ruleID: 'a', parameter: { ports: [1] } }] },
      'spec.rules.0.parameter: unknown field, did you mean parameters?',
    ],
  ];
  for (const [spec, message] of bad) {
    it(`refuses ${JSON.stringify(spec) ?? 'no spec'}`, () => {
      const error = parsed(spec);
      assert.ok(error instanceof AgentError);
      assert.equal(error.code, 'invalid');
      assert.ok(error.message.startsWith('b.yaml: '), error.message);
      assert.ok(error.message.includes(message), error.message);
    });
  }

  it('refuses another version', () => {
    const error = parseRuleBinding({
      source: 'b.yaml',
      object: { apiVersion: 'kubescape.io/v1beta1', kind: 'RuntimeRuleAlertBinding', spec: {} },
    });
    assert.ok(error instanceof AgentError);
    assert.match(error.message, /apiVersion: expected "kubescape.io\/v1"/);
  });
});
