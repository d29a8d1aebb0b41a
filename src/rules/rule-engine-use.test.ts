import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ruleSetOf } from './rule-set.ts';
import { engineWith } from './testing/engine-builder.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aRule, compiled } from './testing/rule-builder.ts';
import { anExec, anOpen } from './testing/subjects.ts';

const exec = (expression: string) => [{ eventType: 'exec' as const, expression }];
const open = (expression: string) => [{ eventType: 'open' as const, expression }];

describe('use', () => {
  it('uses other rules from the next event on', () => {
    const engine = engineWith(compiled(aRule({ id: 'A' })));
    const ids = () => engine.evaluate(anExec()).map(({ rule }) => `${rule.id} ${rule.severity}`);
    assert.deepEqual(ids(), ['A 1']);
    const next = ruleSetOf(compiled(aRule({ id: 'A', severity: 7 }), aRule({ id: 'B' })));
    engine.use(next);
    assert.equal(engine.rules, next);
    assert.deepEqual(ids(), ['A 7', 'B 1']);
    engine.use(ruleSetOf([]));
    assert.deepEqual(ids(), []);
  });

  it('keeps counting rules that stay, also what the index kept from them', () => {
    const rule = aRule({ id: 'A', ruleExpression: open("event.path.startsWith('/etc/')") });
    const engine = engineWith(compiled(rule, aRule({ id: 'GONE' })));
    engine.evaluate(anOpen({ path: '/etc/x' }));
    engine.evaluate(anOpen({ path: '/tmp/x' }));
    engine.use(ruleSetOf(compiled(aRule({ id: 'NEW' }), rule)));
    engine.evaluate(anOpen({ path: '/etc/y' }));
    engine.evaluate(anOpen({ path: '/tmp/y' }));
    assert.deepEqual([...engine.counts.keys()], ['NEW', 'A']);
    const counts = engine.counts.get('A');
    assert.deepEqual([counts?.evaluated, counts?.findings, counts?.skipped.index], [2, 2, 2]);
  });

  it('needs what the rules in use need', () => {
    const asks = aRule({ ruleExpression: exec('!cp.was_executed(event.containerId, event.comm)') });
    const engine = engineWith(compiled(aRule()));
    assert.equal(engine.needs.execs.all, false);
    engine.use(ruleSetOf(compiled(asks)));
    assert.equal(engine.needs.execs.all, true);
    assert.equal(engine.needs, engine.needs);
  });

  it('judges by no profile that lacks what a new rule needs', () => {
    const profiles = new FixedProfiles();
    const engine = engineWith(compiled(aRule()), { profiles });
    profiles.set('c1', { execs: [] }, { needs: engine.needs });
    const asks = aRule({
      profileDependency: 0,
      ruleExpression: exec('!cp.was_executed(event.containerId, event.comm)'),
    });
    engine.use(ruleSetOf(compiled(asks)));
    assert.equal(engine.evaluate(anExec()).length, 0);
    profiles.set('c1', { execs: [] }, { needs: engine.needs });
    assert.equal(engine.evaluate(anExec()).length, 1);
  });
});
