import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProfileNeeds } from '#model/profile-needs.js';
import { NOTHING } from '#profile/profile-needs.js';
import type { Rule } from './rule.ts';
import { engineWith } from './testing/engine-builder.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aRule, compiled } from './testing/rule-builder.ts';
import { anOpen } from './testing/subjects.ts';

function engineOf(rules: readonly Rule[], profiles: FixedProfiles) {
  return engineWith(compiled(...rules), { profiles });
}

function on(eventType: 'open', expression: string): Pick<Rule, 'ruleExpression'> {
  return { ruleExpression: [{ eventType, expression }] };
}

describe('a profile that does not hold what a rule needs', () => {
  const ASKS = '!cp.was_path_opened(event.containerId, event.path)';
  /** Holds the very entry that is asked for, but not all that could be. */
  const someOpens: ProfileNeeds = {
    ...NOTHING,
    opens: { all: false, selectors: [{ prefix: '/etc/' }] },
  };
  const spec = {
    opens: [{ path: '/etc/passwd' }],
    rulePolicies: { ALLOWED: { containerAllowed: true } },
  };
  const outdated = () => new FixedProfiles().set('c1', spec, { needs: someOpens });
  const rules = [
    aRule({ id: 'required', profileDependency: 0, ...on('open', ASKS) }),
    aRule({ id: 'optional', profileDependency: 1, ...on('open', ASKS) }),
    aRule({ id: 'none', profileDependency: 2, ...on('open', ASKS) }),
    aRule({ id: 'asks-nothing', profileDependency: 0, ...on('open', 'true') }),
    aRule({ id: 'ALLOWED', profileDependency: 2, supportPolicy: true, ...on('open', ASKS) }),
  ];

  it('is as no profile to that rule, and judges the others', () => {
    const engine = engineOf(rules, outdated());
    const findings = engine.evaluate(anOpen());
    assert.deepEqual(
      findings.map(({ rule }) => rule.id),
      ['optional', 'none', 'asks-nothing'],
    );
    assert.equal(engine.counts.get('required')?.skipped.profile, 1);
    assert.equal(engine.counts.get('asks-nothing')?.skipped.profile, 0);
    const [optional, none, other] = findings;
    assert.equal(optional?.profile?.error, 'the profile does not hold yet what the rule needs');
    assert.equal(optional?.profile?.checksum, '');
    assert.equal(optional?.reason.nearest, undefined);
    assert.equal(none?.profile, undefined);
    assert.equal(other?.profile?.error, undefined);
    assert.notEqual(other?.profile?.checksum, '');
  });

  it('still tells what its policy allows', () => {
    const engine = engineOf(rules, outdated());
    engine.evaluate(anOpen());
    assert.equal(engine.counts.get('ALLOWED')?.skipped.policy, 1);
  });

  it('judges again once it was made anew', () => {
    const profiles = outdated();
    const engine = engineOf(rules, profiles);
    const ids = () => engine.evaluate(anOpen()).map(({ rule }) => rule.id);
    assert.equal(ids().includes('optional'), true);
    profiles.set('c1', spec);
    assert.deepEqual(ids(), ['asks-nothing']);
  });

  it('is no profile either when a rule asks for another container’s', () => {
    const asks = "!cp.was_path_opened('other', event.path)";
    const profiles = new FixedProfiles().set('other', spec, { needs: someOpens });
    const engine = engineOf([aRule(on('open', asks))], profiles);
    assert.equal(engine.evaluate(anOpen()).length, 1);
    profiles.set('other', spec);
    assert.equal(engine.evaluate(anOpen()).length, 0);
  });
});
