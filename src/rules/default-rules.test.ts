import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { DEFAULT_RULES_URL } from './default-rules.ts';
import type { Rule } from './rule.ts';
import { RuleEngine } from './rule-engine.ts';
import { compileRuleSet } from './rule-set.ts';
import { NO_SURROUNDINGS } from './surroundings.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { anExec, anOpen, aStandaloneContainer } from './testing/subjects.ts';

/** What others rely on: dependency on a profile, policy, places; and which are off as delivered. */
const PUBLIC = {
  R0001: '0 policy kubernetes container',
  R0002: '0 policy kubernetes container',
  R0003: '0 kubernetes container',
  R0004: '0 kubernetes container',
  R0005: '0 kubernetes container',
  R0006: '0 kubernetes',
  R0007: '0 kubernetes',
  R0008: '0 kubernetes container',
  R0009: '1 kubernetes container host',
  R0010: '1 kubernetes container host',
  R0011: '0 kubernetes container',
  R0040: '0 kubernetes container',
  R1000: '2 kubernetes container host',
  R1001: '1 kubernetes container',
  R1002: '2 kubernetes container host',
  R1003: '1 kubernetes container off',
  R1004: '1 kubernetes container',
  R1005: '2 kubernetes container host',
  R1006: '1 kubernetes container',
  R1007: '2 kubernetes container',
  R1008: '2 kubernetes container host',
  R1009: '1 kubernetes container host',
  R1010: '1 policy kubernetes container host',
  R1011: '1 policy kubernetes container off',
  R1012: '1 policy kubernetes container host',
  R1015: '2 kubernetes container host',
  R1030: '0 policy kubernetes container',
};

const files = readdirSync(DEFAULT_RULES_URL).filter((name) => name.endsWith('.yaml'));
const objects = files.map((source) => ({
  source,
  object: load(readFileSync(new URL(source, DEFAULT_RULES_URL), 'utf8')) as Record<string, unknown>,
}));
const { set, errors } = compileRuleSet({ objects, agentVersion: '1.0.0' });
const rules: readonly Rule[] = [...set.rules, ...set.unused].map(({ rule }) => rule);

function engineFor(profiles: FixedProfiles): RuleEngine {
  const world = { surroundings: NO_SURROUNDINGS, clock: new VirtualClock(), log: silentLogger };
  return new RuleEngine({ rules: set, profiles, ...world });
}

function found(...subjects: Parameters<RuleEngine['evaluate']>): readonly string[] {
  const profiles = new FixedProfiles().set('c1', {
    execs: [{ path: '/usr/sbin/nginx', args: ['nginx'] }],
    opens: [{ path: '/etc/nginx/nginx.conf', flags: ['O_RDONLY'] }],
  });
  const findings = engineFor(profiles).evaluate(...subjects);
  return findings.map(({ rule, message }) => `${rule.id} ${message}`);
}

describe('the default rules', () => {
  it('load without an error', () => {
    assert.deepEqual(errors, []);
  });

  it('keep each its place: when it needs a profile, where it applies, whether it is on', () => {
    const words = ({ profileDependency, supportPolicy, tags, enabled }: Rule) => [
      profileDependency,
      ...(supportPolicy ? ['policy'] : []),
      ...tags.filter((tag) => tag.startsWith('context:')).map((tag) => tag.slice(8)),
      ...(enabled ? [] : ['off']),
    ];
    const told = rules.map((rule) => [rule.id, words(rule).join(' ')]).sort();
    assert.deepEqual(told, Object.entries(PUBLIC).sort());
  });

  it('find a program that is not in the profile, in a pod and outside', () => {
    const expected = ['R0001 /bin/dash was started by nginx (pid 100) as pid 1234'];
    assert.deepEqual(found(anExec()), expected);
    assert.deepEqual(found(anExec({}, aStandaloneContainer())), expected);
  });

  it('find one act once, by the rule that tells most', () => {
    assert.deepEqual(found(anOpen({ path: '/etc/shadow' })), [
      'R0010 cat (pid 1234, child of sh) opened /etc/shadow (O_RDONLY, O_CLOEXEC)',
    ]);
  });

  it('leave alone what is in the profile', () => {
    assert.deepEqual(found(anExec({ exePath: '/usr/sbin/nginx', args: ['nginx'] })), []);
    assert.deepEqual(found(anOpen({ path: '/etc/nginx/nginx.conf' })), []);
  });

  it('judge without a profile only by what needs none', () => {
    const engine = engineFor(new FixedProfiles());
    assert.deepEqual(engine.evaluate(anExec()), []);
    assert.deepEqual(engine.evaluate(anOpen({ path: '/etc/passwd' })), []);
    const ids = engine.evaluate(anExec({ exePath: '/dev/shm/x' })).map(({ rule }) => rule.id);
    assert.deepEqual(ids, ['R1000']);
  });

  for (const rule of rules) {
    it(`${rule.id} says for whom it is, what it means, and under which ids of MITRE`, () => {
      assert.match(rule.mitreTactic ?? '', /^TA\d{4}$/);
      assert.match(rule.mitreTechnique ?? '', /^T\d{4}([.]\d{3})?$/);
      assert.ok(rule.description.length > 40, 'a description of one sentence at least');
      assert.ok(rule.tags.includes('context:kubernetes'));
    });

    it(`${rule.id} declares the data of a profile that it asks for, and a policy only to be learned by`, () => {
      const asks = rule.ruleExpression.some(({ expression }) => expression.includes('cp.'));
      assert.equal(rule.profileDataRequired !== undefined, asks);
      if (!asks && !rule.supportPolicy) assert.equal(rule.profileDependency, 2);
    });
  }

  it('R0002 has state prefixes that are those of its expression and of the data required', () => {
    const rule = rules.find(({ id }) => id === 'R0002');
    const declared = rule?.profileDataRequired?.opens;
    assert.ok(Array.isArray(declared));
    const prefixes = declared.map((selector) => ('prefix' in selector ? selector.prefix : ''));
    const included = rule?.state['includePrefixes'];
    assert.ok(Array.isArray(included));
    const state = included.map((path) => `${String(path)}/`);
    assert.deepEqual([...state].sort(), [...prefixes].sort());
    const expression = rule?.ruleExpression[0]?.expression ?? '';
    for (const prefix of prefixes) assert.ok(expression.includes(`'${prefix}'`), prefix);
  });

  it('R1009 has state ports that are those of its expression', () => {
    const rule = rules.find(({ id }) => id === 'R1009');
    const list = /dstPort in \[([\d, ]+)\]/.exec(rule?.ruleExpression[0]?.expression ?? '')?.[1];
    assert.deepEqual(rule?.state['ports'], list?.split(', ').map(Number));
  });
});
