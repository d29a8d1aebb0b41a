import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { EVENT_TYPES, type EventType } from '#model/raw-event.js';
import type { RuleObject } from '#model/rule-objects.js';
import { normalizePath } from '#profile/normalize-path.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { DEFAULT_RULES_URL } from './default-rules.ts';
import { demandTable, eventDemandOf } from './event-demand.ts';
import type { Rule } from './rule.ts';
import { RuleEngine } from './rule-engine.ts';
import { compileRuleSet, type RuleSet, ruleSetOf } from './rule-set.ts';
import { NO_SURROUNDINGS } from './surroundings.ts';
import { FixedProfiles } from './testing/fixed-profiles.ts';
import { aRule, compiled } from './testing/rule-builder.ts';
import { anOpen } from './testing/subjects.ts';

const SHIPPED: readonly RuleObject[] = readdirSync(DEFAULT_RULES_URL)
  .filter((name) => name.endsWith('.yaml'))
  .map((source) => ({
    source,
    object: load(readFileSync(new URL(source, DEFAULT_RULES_URL), 'utf8')) as RuleObject['object'],
  }));

function about(eventType: Rule['ruleExpression'][0]['eventType'], expression = 'true'): Rule {
  return aRule({ id: `${eventType} ${expression}`, ruleExpression: [{ eventType, expression }] });
}

function demandOf(...rules: readonly Rule[]) {
  return eventDemandOf(ruleSetOf(compiled(...rules)));
}

function prefixesOf(...expressions: readonly string[]): readonly string[] | undefined {
  return demandOf(...expressions.map((expression) => about('open', expression))).openPrefixes;
}

/** Tells which rules of a set are true of an open where nothing was learned. */
function finderFor(set: RuleSet): (path: string) => readonly string[] {
  const engine = new RuleEngine({
    ...{ rules: set, surroundings: NO_SURROUNDINGS, clock: new VirtualClock(), log: silentLogger },
    profiles: new FixedProfiles().set('c1', {}),
  });
  return (path) => engine.evaluate(anOpen({ path })).map(({ rule }) => rule.id);
}

describe('eventDemandOf', () => {
  it('wants the types that rules are about, and no opens when none is', () => {
    const { types, openPrefixes } = demandOf(about('exec'), about('bpf'), about('setns'));
    assert.deepEqual([...types].sort(), ['bpf', 'exec', 'setns']);
    assert.equal(openPrefixes, undefined);
    assert.equal(demandOf().types.size, 0);
  });

  it('wants DNS with connections, for their names, and no types that no sensor has', () => {
    assert.deepEqual([...demandOf(about('network')).types].sort(), ['dns', 'network']);
    assert.equal(demandOf(about('procfs')).types.size, 0);
  });

  const cases: readonly (readonly [string, readonly string[], readonly string[] | undefined])[] = [
    ['a prefix', ["event.path.startsWith('/etc/')"], ['/etc/']],
    ['a path', ["event.path == '/etc/shadow'"], ['/etc/shadow']],
    ['one of several', ["event.path in ['/b', '/a'] && event.comm == 'x'"], ['/a', '/b']],
    [
      'prefixes of several rules, the shortest of them',
      ["event.path.startsWith('/etc/ssh')", "event.path.startsWith('/etc/')", "event.path == '/x'"],
      ['/etc/', '/x'],
    ],
    ['all when one rule asks for none', ["event.path == '/x'", "event.comm == 'x'"], undefined],
    ['all when a part may be true without', ["event.path == '/x' || event.comm == 'x'"], undefined],
    ['all for the root', ["event.path.startsWith('/')"], undefined],
    ['all for what is not absolute', ["event.path.startsWith('etc')"], undefined],
    ['all for an empty path', ["event.path == ''"], undefined],
    ['the part of it in ASCII', ["event.path.startsWith('/etc/ä/')"], ['/etc/']],
    ['one line of it', ["event.path.startsWith('/etc\\nall')"], ['/etc']],
    ['its beginning', [`event.path.startsWith('/${'x'.repeat(400)}')`], [`/${'x'.repeat(254)}`]],
  ];
  for (const [what, expressions, expected] of cases) {
    it(`wants of opens ${what}`, () => assert.deepEqual(prefixesOf(...expressions), expected));
  }

  it('wants all opens rather than very many prefixes', () => {
    const rule = (count: number) => {
      const paths = Array.from({ length: count }, (_, index) => `'/x${index}/'`);
      return `event.path in [${paths.join(', ')}]`;
    };
    assert.equal(prefixesOf(rule(256))?.length, 256);
    assert.equal(prefixesOf(rule(257)), undefined);
  });

  it('goes by what a prefilter lets through, as every binding has it', () => {
    const rule: Rule = {
      ...aRule({ id: 'R1', state: { includePrefixes: ['/etc', '/srv/'] } }),
      ruleExpression: [{ eventType: 'open', expression: 'true' }],
    };
    const bound = (parameters: Readonly<Record<string, unknown>>) => ({
      ...ruleSetOf(compiled(rule)),
      bindings: [
        {
          ...{ source: 'b.yaml', name: 'b', rules: [{ id: 'R1', parameters }] },
          namespaceSelector: { keys: [], matches: () => true },
          podSelector: { keys: [], matches: () => true },
        },
      ],
    });
    const of = (parameters: Readonly<Record<string, unknown>>) =>
      eventDemandOf(bound(parameters)).openPrefixes;
    assert.deepEqual(demandOf(rule).openPrefixes, ['/etc', '/srv/']);
    assert.deepEqual(of({}), ['/etc', '/srv/']);
    assert.deepEqual(of({ includePrefixes: ['/opt'] }), ['/etc', '/opt', '/srv/']);
    assert.equal(of({ includePrefixes: [] }), undefined);
  });

  it('wants of the shipped rules every path that one of them is true of, and not all', () => {
    const { set, errors } = compileRuleSet({ objects: SHIPPED, agentVersion: '1.0.0' });
    assert.deepEqual(errors, []);
    const { types, openPrefixes = [] } = eventDemandOf(set);
    const unneeded = EVENT_TYPES.filter((type) => !types.has(type));
    for (const type of ['fork', 'exit', 'http', 'ssh'] satisfies EventType[]) {
      assert.ok(unneeded.includes(type), type);
    }
    assert.ok(openPrefixes.length > 0);
    const part = fc.constantFrom(
      ...[
        '/etc',
        '/shadow',
        '/proc',
        '/1',
        '/environ',
        '/run',
        '/var',
        '/secrets',
        '/token',
        '/usr',
      ],
      ...['/kubernetes.io', '/serviceaccount', '/lib', '/..', '//x', '/ä', '/local', '/bin', '-'],
    );
    const rulesTrueOf = finderFor(set);
    let found = 0;
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const path = parts.join('');
        const ids = rulesTrueOf(path);
        found += ids.length;
        const isWanted = openPrefixes.some((prefix) => normalizePath(path).startsWith(prefix));
        assert.ok(isWanted || ids.length === 0, `${path}: ${ids.join(', ')}`);
      }),
      { numRuns: 500 },
    );
    assert.ok(found > 0);
    assert.ok(!openPrefixes.some((prefix) => '/usr/lib/libc.so.6'.startsWith(prefix)));
  });

  it('leaves out no open of which a rule is true, whatever the rule', () => {
    const text = fc.constantFrom('', '/', '/a', '/a/', '/a/b', '/ä', 'a', '/b');
    const literal = text.map((one) => JSON.stringify(one));
    const atom = fc.oneof(
      literal.map((one) => `event.path == ${one}`),
      literal.map((one) => `event.path.startsWith(${one})`),
      literal.map((one) => `event.path.endsWith(${one})`),
      fc.array(literal, { minLength: 1, maxLength: 3 }).map((all) => `event.path in [${all}]`),
      fc.constantFrom("event.comm == 'cat'", 'true', 'event.flagsRaw == 0'),
    );
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 3 },
        atom,
        fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} && ${b})`),
        fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} || ${b})`),
        tie('expression').map((one) => `!(${one})`),
      ),
    }));
    const path = fc.array(fc.constantFrom('/', 'a', 'b', 'ä'), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(expression, { minLength: 1, maxLength: 3 }), path, (all, parts) => {
        const set = ruleSetOf(compiled(...all.map((one) => about('open', one))));
        const { openPrefixes } = eventDemandOf(set);
        const seen = normalizePath(`/${parts.join('')}`);
        const isWanted = openPrefixes?.some((prefix) => seen.startsWith(prefix)) ?? true;
        assert.ok(isWanted || finderFor(set)(seen).length === 0, `${seen}: ${openPrefixes}`);
      }),
      { numRuns: 300 },
    );
  });
});

describe('demandTable', () => {
  it('says of each rule what it needs', () => {
    const rules = [about('exec'), about('open', "event.path == '/x'"), about('open')];
    assert.deepEqual(demandTable(ruleSetOf(compiled(...rules))).slice(2), [
      '| exec true | exec | – |',
      "| open event.path == '/x' | open | `/x` |",
      '| open true | open | all |',
    ]);
  });
});
