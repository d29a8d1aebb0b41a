import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { RawEvent } from '#model/raw-event.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { activationOf } from '../event-activation.ts';
import type { RuleEventType } from '../rule.ts';
import { RuleHost } from '../rule-host.ts';
import { NO_SURROUNDINGS } from '../surroundings.ts';
import { engineWith } from '../testing/engine-builder.ts';
import { FixedProfiles } from '../testing/fixed-profiles.ts';
import { happened } from '../testing/other-subjects.ts';
import { aRule, compiled } from '../testing/rule-builder.ts';
import { anExec, anOpen } from '../testing/subjects.ts';
import { EventFacts } from './event-facts.ts';
import type { Guard } from './guard.ts';
import { GuardCompiler } from './guard-compiler.ts';

const profiles = new FixedProfiles().set('c1', {
  execs: [{ path: '/bin/dash', args: ['sh'] }],
  opens: [{ path: '/etc/passwd', flags: [] }],
  syscalls: ['read'],
});

function guardOf(eventType: RuleEventType, ...expressions: readonly string[]): Guard | undefined {
  const ruleExpression = expressions.map((expression) => ({ eventType, expression }));
  const [rule] = compiled(aRule({ ruleExpression }));
  assert.ok(rule);
  return new GuardCompiler().compileAll(rule).get(eventType);
}

function canBeTrue(subject: AttributedEvent, ...expressions: readonly string[]): boolean {
  const host = new RuleHost({ profiles, surroundings: NO_SURROUNDINGS, clock: new VirtualClock() });
  host.enter('c1');
  const facts = new EventFacts(host);
  facts.turnTo(activationOf(subject));
  return guardOf(subject.event.type, ...expressions)?.canBeTrue(facts) ?? true;
}

const EXEC_PATH =
  '(event.exepath != "" ? event.exepath : parse.get_exec_path(event.args, event.comm))';
const EXEC_PATH_3 = 'parse.get_exec_path(event.args, event.comm, event.exepath)';
const exec = anExec({ exePath: '/bin/dash', args: ['sh'], comm: 'sh' });
const open = anOpen({ path: '/etc/passwd' });
const network = happened('network', { port: 443, address: '10.0.0.1' });

describe('a guard', () => {
  const ruledOut: readonly (readonly [AttributedEvent, string])[] = [
    [open, "event.path.startsWith('/proc/') && event.args[5] == 'x'"],
    [open, "['/proc/', '/sys/'].exists(p, event.path.startsWith(p))"],
    [open, "event.path in ['/a', '/b'] || event.path == '/c'"],
    [open, "event.path.endsWith('/token') || event.path.contains('secret')"],
    [open, '!cp.was_path_opened(event.containerId, event.path)'],
    [open, "!(event.path.startsWith('/etc/') || event.args[5] == 'x')"],
    [open, 'event.flagsRaw == 0 || event.flagsRaw < 3'],
    [exec, `!cp.was_executed(event.containerId, ${EXEC_PATH})`],
    [exec, `!ap.was_executed(event.containerId, ${EXEC_PATH_3})`],
    [
      exec,
      `cp.was_executed(event.containerId, event.exepath) && !cp.was_executed_with_args(event.containerId, event.exepath, event.args)`,
    ],
    [exec, 'event.upperlayer == true || event.pupperlayer'],
    [
      exec,
      "event.args.size() > 0 && (event.args[0] == '/dev/shm' || event.args[0].startsWith('/dev/shm/'))",
    ],
    [exec, "event.exepath.contains('memfd') || event.exepath.matches('/proc/[0-9]+/fd/[0-9]+')"],
    [exec, 'event.uid == uint(0) || dyn(event.uid) in [0, 1]'],
    [exec, "event.comm == 'x' ? true : event.upperlayer"],
    [exec, "process.get_ld_hook_var(event.pid) != ''"],
    [exec, "!(process.get_ld_hook_var(event.pid) in (event.comm == 'java' ? ['LD'] : ['']))"],
    [exec, "event.comm in (event.upperlayer ? ['sh'] : ['bash', 'dash'])"],
    [network, 'event.dstPort in [3333, 45700]'],
    [network, '!net.is_private_ip(event.dstAddr)'],
    [network, "event.pktType == 'HOST'"],
    [
      happened('syscall', { syscall: 'read' }),
      '!cp.was_syscall_used(event.containerId, event.syscallName)',
    ],
  ];
  for (const [subject, expression] of ruledOut) {
    it(`rules out ${expression}`, () => assert.equal(canBeTrue(subject, expression), false));
  }

  const leftOpen: readonly (readonly [AttributedEvent, string])[] = [
    [open, "event.path.startsWith('/etc/')"],
    [open, "event.path.matches('^/etc')"],
    [open, "event.path.matches('x') || event.path == '/etc/passwd'"],
    [exec, "event.args[5] == 'x'"],
    [exec, 'event.args != event.flags'],
    [exec, "event.args.exists(a, a == 'nope')"],
    [exec, "event.comm + 'x' == 'nope'"],
    [exec, "['a'].exists(event, event == 'b' || event.startsWith('a'))"],
    [exec, "cp.was_executed(event.containerId + 'x', event.exepath)"],
    [happened('http'), "http.request.method == 'nope'"],
  ];
  for (const [subject, expression] of leftOpen) {
    it(`leaves open ${expression}`, () => assert.equal(canBeTrue(subject, expression), true));
  }

  it('rules out a rule by one of its expressions', () => {
    assert.equal(canBeTrue(exec, "event.args[5] == 'x'", "event.comm == 'nope'"), false);
  });

  it('leaves open what fails', () => {
    const broken = anOpen({ path: 7 as unknown as string });
    assert.equal(canBeTrue(broken, "event.path == '/nope'"), true);
  });

  it('is none where nothing can be told', () => {
    assert.equal(guardOf('exec', 'event.args.exists(a, a == "x")'), undefined);
    const [rule] = compiled(
      aRule({
        message: 'event.Name',
        uniqueId: 'event.Name',
        ruleExpression: [{ eventType: 'k8s-admission', expression: "event.Name == 'x'" }],
      }),
    );
    assert.ok(rule);
    assert.equal(new GuardCompiler().compileAll(rule).size, 0);
  });

  it('stays small for an expression that would grow without end', () => {
    const list = `[${Array.from({ length: 40 }, (_, i) => `'${i}'`).join(', ')}]`;
    const nested = ['a', 'b', 'c', 'd'].map((name) => `${list}.exists(${name}, `).join('');
    assert.equal(canBeTrue(exec, `event.comm == 'x' && ${nested} a == b && c == d))))`), false);
  });
});

describe('what a guard requires', () => {
  const required = (expression: string) => [...(guardOf('open', expression)?.required ?? [])];
  const texts = (prefixes: readonly string[], exact: readonly string[] = []) => ({
    exact,
    prefixes,
  });

  it('is what each alternative demands of a field', () => {
    assert.deepEqual(
      required(
        "(event.path.startsWith('/a/') || event.path == '/b' || ['/c', '/d'].exists(p, event.path.startsWith(p))) && event.flagsRaw != 0",
      ),
      [['path', texts(['/a/', '/c', '/d'], ['/b'])]],
    );
  });

  it('is nothing when one alternative demands nothing', () => {
    assert.deepEqual(required("event.path.startsWith('/a/') || event.flagsRaw != 0"), []);
    assert.deepEqual(required("!event.path.startsWith('/a/')"), []);
    assert.deepEqual(required("event.path != '/a'"), []);
  });

  it('is the shorter of two demands, and one for each field', () => {
    assert.deepEqual(
      required("event.path in ['/a', '/b'] && event.path == '/a' && event.comm == 'sh'"),
      [
        ['path', texts([], ['/a'])],
        ['comm', texts([], ['sh'])],
      ],
    );
  });
});

describe('an engine with guards', () => {
  it('asks a profile one question once for an event, whatever rules ask it and how', () => {
    let asked = 0;
    const counting = new FixedProfiles().set('c1', { execs: [] });
    const entry = counting.getContainerProfile('c1');
    assert.ok(entry);
    const profile = new Proxy(entry.profile, {
      get(target, name) {
        if (name === 'wasExecuted') asked += 1;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const lookup = {
      getContainerProfile: () => ({ ...entry, profile }),
      getContainerProfileState: () => entry.state,
    };
    const expressions = [EXEC_PATH, EXEC_PATH_3].flatMap((path) => [
      `cp.was_executed(event.containerId, ${path})`,
      `event.comm == 'sh' && nn.was_executed(event.containerId, ${path})`,
    ]);
    const rules = expressions.map((expression, index) =>
      aRule({ id: `R${index}`, ruleExpression: [{ eventType: 'exec', expression }] }),
    );
    const engine = engineWith(compiled(...rules), { profiles: lookup });
    assert.deepEqual(engine.evaluate(exec), []);
    assert.equal(asked, 1);
    engine.evaluate(exec);
    assert.equal(asked, 2);
  });

  it('keeps apart what a profile answers to rules that may and may not be judged by it', () => {
    const unseen = [
      {
        eventType: 'open' as const,
        expression: '!cp.was_path_opened(event.containerId, event.path)',
      },
    ];
    const narrow = { opens: [{ prefix: '/etc/' }] };
    const [judgedToo, more] = [
      aRule({ id: 'NARROW', ruleExpression: unseen, profileDataRequired: narrow }),
      aRule({ id: 'ALL', ruleExpression: unseen, profileDataRequired: { opens: 'all' } }),
    ];
    const outdated = new FixedProfiles();
    const needs = engineWith(compiled(judgedToo)).needs;
    outdated.set('c1', { opens: [{ path: '/etc/passwd', flags: [] }] }, { needs });
    for (const rules of [compiled(judgedToo, more), compiled(more, judgedToo)]) {
      const findings = engineWith(rules, { profiles: outdated }).evaluate(open);
      assert.deepEqual(
        findings.map(({ rule }) => rule.id),
        ['ALL'],
      );
    }
  });

  it('brings an event only to rules whose prefixes it has, and counts the others as left out', () => {
    const rules = Array.from({ length: 50 }, (_, i) =>
      aRule({
        id: `R${i}`,
        ruleExpression: [{ eventType: 'open', expression: `event.path.startsWith('/d${i}/')` }],
      }),
    );
    const engine = engineWith(compiled(...rules));
    const findings = engine.evaluate(anOpen({ path: '/d7/x' }));
    assert.deepEqual(
      findings.map(({ rule }) => rule.id),
      ['R7'],
    );
    for (const [id, counts] of engine.counts) {
      assert.deepEqual([counts.evaluated, counts.skipped.index], id === 'R7' ? [1, 0] : [0, 1], id);
    }
  });

  it('takes an event with no text where one is expected to every rule', () => {
    const rule = aRule({
      ruleExpression: [{ eventType: 'exec', expression: "event.exepath == '/x'" }],
    });
    const engine = engineWith(compiled(rule));
    const event = { ...exec.event, exePath: undefined } as unknown as RawEvent;
    assert.deepEqual(engine.evaluate({ ...exec, event }), []);
  });
});
