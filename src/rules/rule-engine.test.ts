import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Metrics } from '#metrics/metrics.js';
import { aContainer } from '#model/testing/sample-container.js';
import type { LogFields, Logger } from '#runtime/log.js';
import { silentLogger } from '#runtime/log.js';
import { registerRuleMetrics } from './metrics.ts';
import type { Rule } from './rule.ts';
import { engineWith } from './testing/engine-builder.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aRule, compiled } from './testing/rule-builder.ts';
import { aFork, anExec, anExit, anOpen, aStandaloneContainer } from './testing/subjects.ts';

const judged = new FixedProfiles().set('c1', {
  execs: [{ path: '/usr/sbin/nginx', args: ['nginx', '-g'] }],
  opens: [{ path: '/etc/hosts', flags: ['O_RDONLY'] }],
  rulePolicies: {
    ALLOWED: { containerAllowed: true },
    COMM: { processAllowed: ['sh'] },
  },
});

function engineOf(rules: readonly Rule[], profiles = judged, log: Logger = silentLogger) {
  return engineWith(compiled(...rules), { profiles, log });
}

function on(eventType: 'exec' | 'open', ...expressions: readonly string[]) {
  return { ruleExpression: expressions.map((expression) => ({ eventType, expression })) };
}

describe('RuleEngine', () => {
  it('makes a finding of the rule, the event, the texts and the profile', () => {
    const rule = aRule({
      ...on('exec', "event.comm == 'sh'", '!cp.was_executed(event.containerId, event.exepath)'),
      profileDependency: 0,
      mitreTactic: 'TA0002',
    });
    const subject = anExec();
    const [finding, ...others] = engineOf([rule]).evaluate(subject);
    assert.deepEqual(others, []);
    assert.equal(finding?.subject, subject);
    assert.equal(finding?.rule.id, 'R9999');
    assert.equal(finding?.rule.mitreTactic, 'TA0002');
    assert.equal(finding?.message, 'seen sh');
    assert.equal(finding?.uniqueId, 'sh');
    assert.equal(finding?.profile?.name, 'profile-of-c1');
    assert.notEqual(finding?.profile?.checksum, '');
    assert.deepEqual(finding?.reason.expressions, [
      "event.comm == 'sh'",
      '!cp.was_executed(event.containerId, event.exepath)',
    ]);
  });

  it('names the rules that only a policy can allow, whether or not one does', () => {
    const hook = { ...on('exec', "event.comm == 'sh'"), supportPolicy: true };
    const engine = engineOf([
      aRule({ id: 'COMM', ...hook }),
      aRule({ id: 'UNSUPPORTED', ...hook, supportPolicy: false }),
      aRule({ id: 'UNTRUE', ...on('exec', 'false'), supportPolicy: true }),
      aRule({
        id: 'BY-ENTRY',
        ...on('exec', '!cp.was_executed(event.containerId, event.exepath)'),
        supportPolicy: true,
      }),
    ]);
    assert.deepEqual(engine.policyMatches(anExec()), ['COMM']);
    assert.deepEqual(engine.policyMatches(anOpen()), []);
  });

  it('names the nearest entry of the profile', () => {
    const engine = engineOf([aRule(), aRule({ id: 'O', ...on('open', 'true') })]);
    const exec = engine.evaluate(anExec({ exePath: '/usr/sbin/nginx2' }));
    assert.equal(exec[0]?.reason.nearest, 'exec /usr/sbin/nginx -g, from profile-of-c1');
    const open = engine.evaluate(anOpen());
    assert.equal(open[0]?.reason.nearest, 'open /etc/hosts (O_RDONLY), from profile-of-c1');
    assert.equal(open[0]?.reason.nearest, 'open /etc/hosts (O_RDONLY), from profile-of-c1');
  });

  it('gives one shared answer when nothing is found', () => {
    const engine = engineOf([aRule(on('exec', 'false'))]);
    assert.equal(engine.evaluate(anExec()), engine.evaluate(anExit()));
    assert.equal(engine.evaluate(anExec()).length, 0);
  });

  it('asks nothing of the profiles for an event that no rule is about', () => {
    const profiles = new FixedProfiles();
    const engine = engineOf([aRule()], profiles);
    for (const subject of [anOpen(), aFork(), anExit()]) engine.evaluate(subject);
    assert.equal(profiles.lookups, 0);
  });

  it('looks a container’s profile up once for all rules and functions of an event', () => {
    const profiles = new FixedProfiles();
    const asks = on('exec', '!cp.was_executed(event.containerId, event.exepath)');
    engineOf([aRule(asks), aRule({ id: 'B', ...asks })], profiles).evaluate(anExec());
    assert.equal(profiles.lookups, 1);
  });

  it('answers from the profile of the moment', () => {
    const profiles = new FixedProfiles();
    const engine = engineOf(
      [aRule(on('exec', 'cp.was_executed(event.containerId, event.exepath)'))],
      profiles,
    );
    const count = () => engine.evaluate(anExec()).length;
    assert.equal(count(), 0);
    profiles.set('c1', { execs: [{ path: '/bin/dash' }] });
    assert.equal(count(), 1);
    profiles.set('c1', { execs: [] });
    assert.equal(count(), 0);
  });

  it('wants all expressions of the event’s type to be true, and ignores those of others', () => {
    const rule = (...expressions: readonly string[]) =>
      aRule({
        ruleExpression: [
          ...on('exec', ...expressions).ruleExpression,
          ...on('open', 'false').ruleExpression,
        ],
      });
    assert.equal(engineOf([rule('true', 'true')]).evaluate(anExec()).length, 1);
    assert.equal(engineOf([rule('true', 'false')]).evaluate(anExec()).length, 0);
    assert.equal(engineOf([rule('true')]).evaluate(anExit()).length, 0);
  });

  it('tells containers of pods from others by the tags', () => {
    const rules = [
      aRule({ id: 'untagged', tags: [] }),
      aRule({ id: 'kubernetes', tags: ['context:kubernetes'] }),
      aRule({ id: 'standalone', tags: ['context:standalone'] }),
      aRule({ id: 'container', tags: ['context:container'] }),
      aRule({ id: 'host', tags: ['context:host'] }),
    ];
    const engine = engineOf(rules);
    const ids = (container = aContainer()) =>
      engine.evaluate(anExec({}, container)).map(({ rule }) => rule.id);
    assert.deepEqual(ids(), ['untagged', 'kubernetes', 'container']);
    assert.deepEqual(ids(aStandaloneContainer()), ['standalone', 'container']);
  });
});

describe('the need of a profile', () => {
  const rules = [
    aRule({ id: 'required', profileDependency: 0 }),
    aRule({ id: 'optional', profileDependency: 1 }),
    aRule({ id: 'none', profileDependency: 2 }),
  ];
  const learning = new FixedProfiles().set('c1', { execs: [] }, { isEnforced: false });
  for (const [what, profiles] of [
    ['there is none', new FixedProfiles()],
    ['it is still being learned', learning],
  ] as const) {
    it(`skips only rules that require one while ${what}`, () => {
      const engine = engineOf(rules, profiles);
      const findings = engine.evaluate(anExec());
      assert.deepEqual(
        findings.map(({ rule }) => rule.id),
        ['optional', 'none'],
      );
      assert.equal(engine.counts.get('required')?.skipped.profile, 1);
      assert.equal(findings[0]?.profile?.checksum, '');
      assert.equal(findings[1]?.profile, undefined);
      assert.equal(findings[0]?.reason.nearest, undefined);
    });
  }

  it('says why there is no profile', () => {
    const [finding] = engineOf([aRule({ profileDependency: 1 })], new FixedProfiles()).evaluate(
      anExec(),
    );
    assert.equal(finding?.profile?.error, 'no profile yet');
  });
});

describe('the policy of a profile', () => {
  const rule = (id: string, supportPolicy = true) => aRule({ id, supportPolicy });
  it('allows a container or a process what a rule would find, if the rule supports it', () => {
    const engine = engineOf([rule('ALLOWED'), rule('COMM'), rule('OTHER'), rule('ALLOWED2')]);
    const ids = (comm: string) => engine.evaluate(anExec({ comm })).map(({ rule: { id } }) => id);
    assert.deepEqual(ids('sh'), ['OTHER', 'ALLOWED2']);
    assert.deepEqual(ids('bash'), ['COMM', 'OTHER', 'ALLOWED2']);
    assert.equal(engine.counts.get('ALLOWED')?.skipped.policy, 2);
    assert.equal(engineOf([rule('ALLOWED', false)]).evaluate(anExec()).length, 1);
  });
});

describe('the prefilter', () => {
  it('keeps events from the expressions by path', () => {
    const state = { includePrefixes: ['/etc'] };
    const engine = engineOf([aRule({ state, ...on('open', 'true') })]);
    assert.equal(engine.evaluate(anOpen({ path: '/etc/x' })).length, 1);
    assert.equal(engine.evaluate(anOpen({ path: '/tmp/../etc/x' })).length, 1);
    assert.equal(engine.evaluate(anOpen({ path: '/tmp/x' })).length, 0);
    assert.deepEqual(engine.counts.get('R9999')?.skipped.prefilter, 1);
    assert.equal(engine.counts.get('R9999')?.evaluated, 2);
  });

  it('goes by the program of an exec', () => {
    const engine = engineOf([aRule({ state: { ignorePrefixes: ['/bin'] } })]);
    assert.equal(engine.evaluate(anExec({ exePath: '/bin/dash' })).length, 0);
    assert.equal(engine.evaluate(anExec({ exePath: '' })).length, 1);
  });
});

class LinesKept implements Logger {
  readonly lines: LogFields[] = [];
  debug(): void {}
  info(): void {}
  error(): void {}
  warn(_message: string, fields: LogFields = {}): void {
    this.lines.push(fields);
  }
}

describe('a failing expression', () => {
  const FAILS = 'event.args[9] == "x"';

  it('finds nothing, is counted each time and told once, and holds up no other rule', () => {
    const log = new LinesKept();
    const engine = engineOf([aRule(on('exec', FAILS)), aRule({ id: 'B' })], judged, log);
    for (let time = 0; time < 3; time += 1) {
      assert.deepEqual(
        engine.evaluate(anExec()).map(({ rule }) => rule.id),
        ['B'],
      );
    }
    assert.equal(engine.counts.get('R9999')?.errors.expression, 3);
    assert.equal(log.lines.length, 1);
    assert.equal(log.lines[0]?.['ruleId'], 'R9999');
    assert.match(String(log.lines[0]?.['error']), /index 9/);
  });

  it('is no failure of the rule where another one is false, in any order', () => {
    const engine = engineOf([
      aRule({ id: 'FALSE', ...on('exec', FAILS, 'event.args.exists(a, a == "nope")') }),
      aRule({ id: 'TRUE', ...on('exec', 'true', FAILS, 'true') }),
    ]);
    assert.deepEqual(engine.evaluate(anExec()), []);
    assert.equal(engine.counts.get('FALSE')?.errors.expression, 0);
    assert.equal(engine.counts.get('TRUE')?.errors.expression, 1);
  });

  it('of a message leaves the finding with an empty one', () => {
    const log = new LinesKept();
    const engine = engineOf([aRule({ message: 'string(event.args[9])' })], judged, log);
    engine.evaluate(anExec());
    assert.equal(engine.evaluate(anExec())[0]?.message, '');
    assert.equal(engine.counts.get('R9999')?.errors.message, 2);
    assert.equal(log.lines.length, 1);
  });

  it('of a unique id makes no finding', () => {
    const log = new LinesKept();
    const engine = engineOf([aRule({ uniqueId: 'string(event.args[9])' })], judged, log);
    assert.deepEqual(engine.evaluate(anExec()), []);
    engine.evaluate(anExec());
    const counts = engine.counts.get('R9999');
    assert.equal(counts?.errors.uniqueId, 2);
    assert.equal(counts?.findings, 0);
    assert.equal(log.lines.length, 1);
  });
});

describe('evaluate', () => {
  const rules = [
    aRule({
      id: 'E',
      profileDependency: 1,
      message: "event.args.map(a, string(a)).join(' ') + string(event.pid) + event.exepath",
      uniqueId: 'parse.get_exec_path(event.args, event.comm, event.exepath)',
      ...on('exec', '!cp.was_executed_with_args(event.containerId, event.exepath, event.args)'),
    }),
    aRule({
      id: 'O',
      state: { ignorePrefixes: ['/ignored'] },
      message: "event.path + event.flags.join(',') + string(event.flagsRaw)",
      ...on(
        'open',
        "!cp.was_path_opened(event.containerId, event.path) || event.path.matches('^(a+)+$')",
      ),
    }),
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '/', '..', '⋯', '*', '\0'),
  );

  it('throws at no event, whatever its strings and numbers, and reads the nearest entry', () => {
    const engine = engineOf(rules);
    const number = fc.oneof(fc.nat(), fc.double(), fc.constant(-1));
    fc.assert(
      fc.property(
        fc.record({ comm: text, parentComm: text, exePath: text, cwd: text, args: fc.array(text) }),
        fc.record({ path: text, flags: fc.integer(), comm: text }),
        number,
        (exec, open, pid) => {
          for (const subject of [anExec({ ...exec, pid }), anOpen({ ...open, pid })]) {
            for (const { reason } of engine.evaluate(subject)) void reason.nearest;
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('registerRuleMetrics', () => {
  it('shows what each rule did', async () => {
    const metrics = new Metrics();
    const engine = engineOf([
      aRule({ profileDependency: 0 }),
      aRule({ id: 'B', state: { includePrefixes: ['/usr'] }, ...on('exec', 'true') }),
      aRule({ id: 'C', ...on('exec', "event.comm == 'x'") }),
    ]);
    registerRuleMetrics(metrics, engine);
    engine.evaluate(anExec());
    const shown = await metrics.render();
    for (const line of [
      'node_agent_rule_counter{rule_id="R9999"} 1',
      'node_agent_rule_counter{rule_id="B"} 0',
      'node_agent_rule_prefiltered_total{rule_id="B"} 1',
      'hullwatch_rule_findings_total{rule_id="R9999"} 1',
      'hullwatch_rule_skipped_total{rule_id="B",reason="prefilter"} 1',
      'hullwatch_rule_skipped_total{rule_id="C",reason="index"} 1',
      'node_agent_rule_counter{rule_id="C"} 0',
      'hullwatch_rule_errors_total{rule_id="B",stage="message"} 0',
    ])
      assert.ok(shown.includes(line), `${line} in\n${shown}`);
  });
});
