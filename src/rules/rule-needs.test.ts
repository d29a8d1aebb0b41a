import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PROFILE_SURFACES, type ProfileNeeds, type ProfileSurface } from '#model/profile-needs.js';
import { coversNeeds, NOTHING } from '#profile/profile-needs.js';
import { PROFILE_FUNCTIONS } from './profile-functions.ts';
import type { Rule } from './rule.ts';
import { profileNeedsOf } from './rule-needs.ts';
import { aRule, compiled } from './testing/rule-builder.ts';

const EXEC = '!cp.was_executed(event.containerId, event.exepath)';
const OPEN = '!cp.was_path_opened(event.containerId, event.path)';

function onExec(expression: string): Pick<Rule, 'ruleExpression'> {
  return { ruleExpression: [{ eventType: 'exec', expression }] };
}

function needsOf(changes: Partial<Rule>): ProfileNeeds {
  const [rule] = compiled(aRule(changes));
  assert.ok(rule);
  return rule.needs;
}

/** The surfaces of which something is needed. */
function named(needs: ProfileNeeds): readonly ProfileSurface[] {
  return PROFILE_SURFACES.filter(
    (surface) => needs[surface].all || needs[surface].selectors.length > 0,
  );
}

describe('the needs of a rule', () => {
  it('are none when it declares and asks nothing', () => {
    assert.deepEqual(needsOf({}), NOTHING);
    assert.deepEqual(needsOf({ supportPolicy: true, profileDependency: 0 }), NOTHING);
  });

  it('are as narrow as it declares', () => {
    const selectors = [{ prefix: '/etc/' }, { suffix: '/token' }];
    const needs = needsOf({ ...onExec(OPEN), profileDataRequired: { opens: selectors } });
    assert.deepEqual(needs, { ...NOTHING, opens: { all: false, selectors } });
  });

  it('are what it declares even where it asks nothing', () => {
    const needs = needsOf({ profileDataRequired: { syscalls: 'all', opens: [{ exact: '/a' }] } });
    assert.deepEqual(named(needs), ['opens', 'syscalls']);
    assert.equal(needs.syscalls.all, true);
    assert.equal(needs.opens.all, false);
  });

  it('are all of a surface that it asks without declaring it', () => {
    const needs = needsOf({
      ...onExec(`${EXEC} && ${OPEN}`),
      profileDataRequired: { opens: [{ prefix: '/etc/' }] },
    });
    assert.deepEqual(needs.execs, { all: true, selectors: [] });
    assert.equal(needs.opens.all, false);
  });

  it('are all of a surface for which an empty list is declared, when it asks', () => {
    assert.equal(needsOf({ ...onExec(OPEN), profileDataRequired: { opens: [] } }).opens.all, true);
    assert.deepEqual(needsOf({ profileDataRequired: { opens: [] } }), NOTHING);
  });

  it('take in what message and unique id ask, however it is written', () => {
    const asks = "string(ap . was_syscall_used\n(event.containerId, 'bpf'))";
    assert.deepEqual(named(needsOf({ message: asks })), ['syscalls']);
    assert.deepEqual(named(needsOf({ uniqueId: asks })), ['syscalls']);
  });

  for (const { name, surface, parameters } of PROFILE_FUNCTIONS) {
    it(`are all ${surface} for ${name}, and nothing else`, () => {
      const values: Readonly<Record<string, string>> = {
        string: "'x'",
        int: '1',
        'list<string>': "['x']",
      };
      const call = ['event.containerId', ...parameters.map((type) => values[type])].join(', ');
      for (const namespace of ['cp', 'ap', 'nn']) {
        const needs = needsOf(onExec(`${namespace}.${name}(${call})`));
        assert.deepEqual(needs, { ...NOTHING, [surface]: { all: true, selectors: [] } });
      }
    });
  }
});

describe('profileNeedsOf', () => {
  it('is nothing for no rule', () => assert.deepEqual(profileNeedsOf([]), NOTHING));

  it('holds for all rules what each needs', () => {
    const selector = fc
      .tuple(fc.constantFrom('exact', 'prefix', 'suffix', 'contains'), fc.constantFrom('a', 'b'))
      .map(([kind, text]) => ({ [kind]: text }) as never);
    const declared = fc.dictionary(
      fc.constantFrom(...PROFILE_SURFACES),
      fc.oneof(fc.constant('all' as const), fc.array(selector)),
    );
    const rules = fc.array(
      fc.record({ profileDataRequired: declared, expression: fc.constantFrom(EXEC, OPEN, 'true') }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(rules, (list) => {
        const all = compiled(
          ...list.map(({ expression, profileDataRequired }) =>
            aRule({ profileDataRequired, ...onExec(expression) }),
          ),
        );
        const union = profileNeedsOf(all);
        for (const { needs } of all) assert.ok(coversNeeds(union, needs));
        const wanted = new Set(all.flatMap(({ needs }) => named(needs)));
        assert.deepEqual(new Set(named(union)), wanted);
      }),
      { numRuns: 100 },
    );
  });
});
