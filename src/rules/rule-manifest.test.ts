import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AgentError } from '#model/agent-error.js';
import { parseRules } from './rule-manifest.ts';

const good = {
  enabled: true,
  id: 'R0001',
  name: 'A rule',
  expressions: {
    message: "'m'",
    uniqueId: "'u'",
    ruleExpression: [{ eventType: 'exec', expression: 'true' }],
  },
  profileDependency: 0,
  severity: 5,
};

function parse(rules: unknown, envelope: Record<string, unknown> = {}) {
  const object = { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules }, ...envelope };
  return parseRules({ source: 'my-rules.yaml', object });
}

function onlyError(result: { readonly errors: readonly AgentError[] }): string {
  assert.equal(result.errors.length, 1);
  assert.equal(result.errors[0]?.code, 'invalid');
  return result.errors[0]?.message ?? '';
}

describe('parseRules', () => {
  it('fills in what a rule may leave out', () => {
    const { rules, errors } = parse([good]);
    assert.deepEqual(errors, []);
    assert.deepEqual(rules, [
      {
        enabled: true,
        id: 'R0001',
        name: 'A rule',
        description: '',
        message: "'m'",
        uniqueId: "'u'",
        ruleExpression: [{ eventType: 'exec', expression: 'true' }],
        profileDependency: 0,
        severity: 5,
        supportPolicy: false,
        tags: [],
        state: {},
        isTriggerAlert: true,
        source: 'my-rules.yaml',
      },
    ]);
  });

  it('keeps what a rule gives', () => {
    const given = {
      description: 'd',
      supportPolicy: true,
      isTriggerAlert: false,
      tags: ['context:host'],
      state: { ports: [1] },
      agentVersionRequirement: '>=1.0.0',
      mitreTactic: 'TA0001',
      mitreTechnique: 'T1',
      profileDataRequired: { execs: 'all', opens: [{ prefix: '/etc/' }, { suffix: '/token' }] },
    };
    const { rules } = parse([{ ...good, ...given }]);
    assert.deepEqual({ ...rules[0], ...given }, rules[0]);
  });

  it('takes null for what is not given, and leaves fields of others alone', () => {
    const given = { description: null, tags: null, state: null, profileDataRequired: null };
    const others = { priority: 3, mitreTactic: '', agentVersionRequirement: null };
    const { rules, errors } = parse([{ ...good, ...given, ...others }]);
    assert.deepEqual(errors, []);
    assert.deepEqual(rules, parse([good]).rules);
  });

  const bad: readonly (readonly [what: string, changes: object, message: string])[] = [
    ['a severity of 11', { severity: 11 }, 'severity: expected 0 to 10, got 11'],
    ['a missing enabled', { enabled: undefined }, 'enabled: expected boolean, got nothing'],
    ['a name that is a number', { name: 7 }, 'name: expected string, got 7'],
    [
      'an event type that does not exist',
      {
        expressions: {
          ...good.expressions,
          ruleExpression: [{ eventType: 'exce', expression: 'true' }],
        },
      },
      'expressions.ruleExpression.0.eventType: expected ',
    ],
    [
      'no expression',
      { expressions: { ...good.expressions, ruleExpression: [] } },
      'expressions.ruleExpression: expected at least one expression',
    ],
    ['a profile dependency of 3', { profileDependency: 3 }, 'profileDependency: expected '],
    [
      'two selectors in one',
      { profileDataRequired: { opens: [{ exact: '/a', prefix: '/b' }] } },
      'profileDataRequired.opens',
    ],
    [
      'a surface that does not exist',
      { profileDataRequired: { files: 'all' } },
      'profileDataRequired',
    ],
    [
      'a surface that is neither all nor a list',
      { profileDataRequired: { opens: 'some' } },
      'profileDataRequired.opens: expected',
    ],
  ];
  for (const [what, changes, message] of bad) {
    it(`leaves out a rule with ${what}, says so, and keeps the others`, () => {
      const result = parse([
        { ...good, ...changes },
        { ...good, id: 'R0002' },
      ]);
      assert.deepEqual(
        result.rules.map(({ id }) => id),
        ['R0002'],
      );
      const error = onlyError(result);
      assert.ok(error.startsWith('my-rules.yaml: rule R0001: '), error);
      assert.ok(error.includes(message), error);
    });
  }

  it('calls a rule without an id by its position', () => {
    assert.match(onlyError(parse([good, { ...good, id: '' }])), /rule at position 2: id: expected/);
    assert.match(onlyError(parse([null])), /rule at position 1: expected /);
  });

  const envelopes: readonly (readonly [what: string, object: unknown, message: RegExp])[] = [
    ['a bare list', [good], /expected a manifest with apiVersion.* got a bare list/],
    ['nothing', null, /expected a manifest/],
    [
      'another kind',
      { apiVersion: 'kubescape.io/v1', kind: 'Pod' },
      /kind: expected Rules, got "P/,
    ],
    [
      'another version',
      { apiVersion: 'v2', kind: 'Rules' },
      /apiVersion: expected kubescape.io\/v1/,
    ],
    [
      'no list of rules',
      { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules: { a: 1 } } },
      /spec.rules: expected a list, got \{"a":1\}/,
    ],
  ];
  for (const [what, object, message] of envelopes) {
    it(`refuses ${what}`, () => {
      const result = parseRules({ source: 'f', object: object as Record<string, unknown> });
      assert.deepEqual(result.rules, []);
      assert.match(onlyError(result), message);
    });
  }

  it('never throws, and accounts for every item', () => {
    fc.assert(
      fc.property(fc.array(fc.anything()), (items) => {
        const { rules, errors } = parse(items);
        assert.equal(rules.length + errors.length, items.length);
      }),
    );
  });
});
