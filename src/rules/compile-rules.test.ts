import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AgentError } from '#model/agent-error.js';
import { compileRules } from './compile-rules.ts';
import { compileRule } from './compiled-rule.ts';
import { createRuleEnvironment } from './rule-environment.ts';
import { aRule } from './testing/rule-builder.ts';

function manifest(source: string, ...rules: readonly object[]) {
  return { source, object: { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules } } };
}

const texts = {
  message: "'m'",
  uniqueId: "'u'",
  ruleExpression: [{ eventType: 'exec', expression: 'true' }],
};

function written(changes: object = {}) {
  return {
    ...{ enabled: true, id: 'R1', name: 'r', profileDependency: 2, severity: 1 },
    expressions: texts,
    ...changes,
  };
}

describe('compileRules', () => {
  it('leaves disabled rules out before it merges, so that an enabled one is not hidden', () => {
    const { rules, errors } = compileRules([
      manifest('a.yaml', written({ name: 'first' }), written({ id: 'R2', enabled: false })),
      manifest('b.yaml', written({ name: 'second' }), written({ name: 'third', enabled: false })),
    ]);
    assert.deepEqual(errors, []);
    assert.deepEqual(
      rules.map(({ rule }) => `${rule.id} ${rule.name}`),
      ['R1 second'],
    );
  });

  it('merges manifests and tells of what was left out in each', () => {
    const { rules, errors } = compileRules([
      manifest('a.yaml', written(), written({ id: 'R2', severity: 99 })),
      manifest('b.yaml', written({ name: 'from b' })),
      { source: 'c.yaml', object: { kind: 'Pod' } },
      manifest('d.yaml', written({ id: 'R4', expressions: { ...texts, uniqueId: '1' } })),
    ]);
    assert.deepEqual(
      rules.map(({ rule }) => `${rule.id} ${rule.name}`),
      ['R1 from b'],
    );
    assert.deepEqual(
      errors.map(({ message }) => message.split(':')[0]),
      ['a.yaml', 'c.yaml', 'd.yaml'],
    );
  });
});

describe('compileRule', () => {
  const bad = [
    [
      { ruleExpression: [{ eventType: 'dns' as const, expression: 'cp.is_domain(event.name)' }] },
      'expressions.ruleExpression.0.expression: line 1, column 1: unknown function cp.is_domain',
    ],
    [
      { ruleExpression: [{ eventType: 'exec' as const, expression: 'event.command == ""' }] },
      'expressions.ruleExpression.0.expression: line 1, column 7: no such key: command',
    ],
    [
      { ruleExpression: [{ eventType: 'exec' as const, expression: 'event.pid == 1' }] },
      'no such overload: uint == int',
    ],
    [{ message: "'pid ' + event.pid" }, 'expressions.message: line 1, column 1: no such overload'],
    [{ uniqueId: 'event.pid' }, 'expressions.uniqueId: expected an expression that gives string'],
    [{ message: 'event.comm +' }, 'expressions.message: line 1, column 13: '],
  ] as const;
  for (const [changes, message] of bad) {
    it(`refuses a rule with ${message.split(': ').at(-1)}`, () => {
      assert.throws(
        () => compileRule(createRuleEnvironment(), aRule({ id: 'R1', ...changes })),
        (error: AgentError) =>
          error.code === 'invalid' &&
          error.message.startsWith('test.yaml: rule R1: ') &&
          error.message.includes(message),
      );
    });
  }
});
