import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Rule, RuleEventType } from '../rule.ts';
import type { RuleEngine } from '../rule-engine.ts';
import { engineWith } from '../testing/engine-builder.ts';
import { FixedProfiles } from '../testing/fixed-profiles.ts';
import { happened } from '../testing/other-subjects.ts';
import { aRule, compiled } from '../testing/rule-builder.ts';
import { anExec, anOpen } from '../testing/subjects.ts';

// biome-ignore lint/style/noProcessEnv: a test is told by its environment how long to go on
const RUNS = Number(process.env['HULLWATCH_FUZZ_RUNS'] ?? 300);

const PATHS = ['', '/', '/etc', '/etc/', '/etc/shadow', '/etc/shadow-', '/bin/sh', '/dev/shm/x'];
const path = fc.constantFrom(...PATHS, '/proc/1/environ', '/proc/12/fd/3', 'memfd:x', '/ä/𝒳');
const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const literal = path.map((text) => JSON.stringify(text));

const textTerm = fc.oneof(
  pick('event.path', 'event.exepath', 'event.comm', 'event.dstAddr', 'event.pktType', 'eventType'),
  pick('event.cwd', 'event.name', 'event.request.method', 'event.request.host', 'event.args[0]'),
  pick(
    'parse.get_exec_path(event.args, event.comm)',
    'parse.get_exec_path(event.args, event.comm, event.exepath)',
    '(event.exepath != "" ? event.exepath : parse.get_exec_path(event.args, event.comm))',
    '(event.exepath == "" ? event.comm : event.exepath)',
    'string(event.pid)',
    '(event.comm + event.path)',
    'event.comm.lowerAscii()',
    'event.name.lowerAscii()',
  ),
);
const numberTerm = pick(
  ...['event.dstPort', 'dyn(event.dstPort)', 'event.flagsRaw', 'event.args.size()'],
  ...['size(event.args)', 'event.opcode', 'dyn(event.pid)', 'dyn(event.uid)'],
);
const number = pick('0', '1', '2', '443', '3333', '-1');

const plain = fc.oneof(
  fc
    .tuple(textTerm, pick('==', '!='), literal)
    .map(([term, operator, text]) => `${term} ${operator} ${text}`),
  fc
    .tuple(textTerm, pick('startsWith', 'endsWith', 'contains'), literal)
    .map(([term, method, text]) => `${term}.${method}(${text})`),
  fc
    .tuple(textTerm, fc.array(literal, { maxLength: 4 }))
    .map(([term, texts]) => `${term} in [${texts.join(', ')}]`),
  fc
    .tuple(textTerm, textTerm, literal, literal)
    .map(([term, asked, one, two]) => `${term} in (${asked} == ${one} ? ['', ${two}] : [${one}])`),
  fc
    .tuple(numberTerm, pick('==', '!=', '<', '<=', '>', '>='), number)
    .map((parts) => parts.join(' ')),
  fc.tuple(numberTerm, number).map(([term, one]) => `${term} in [3333, ${one}]`),
  fc
    .tuple(textTerm, pick('^/etc', '/proc/[0-9]+/fd', 'a?b', 'x*', '/etc|/bin', '(?i)/ETC', '^.'))
    .map(([term, pattern]) => `${term}.matches('${pattern}')`),
  pick(
    'event.upperlayer',
    'event.pupperlayer == true',
    'event.upperlayer != true',
    'true',
    'false',
  ),
  pick('event.uid == uint(33)', 'event.pid == 1234u', 'has(event.flagsRaw)', 'has(event.tty)'),
  fc
    .tuple(pick('cp', 'ap', 'nn'), pick('was_executed', 'was_path_opened'), textTerm)
    .map(([alias, name, term]) => `${alias}.${name}(event.containerId, ${term})`),
  textTerm.map((term) => `cp.was_executed_with_args(event.containerId, ${term}, event.args)`),
  textTerm.map((term) => `cp.was_address_in_egress(event.containerId, ${term})`),
  textTerm.map((term) => `net.is_private_ip(${term})`),
  textTerm.map((term) => `k8s.is_api_server_address(${term})`),
  pick("cp.was_path_opened(event.containerId + 'x', event.path)", 'event.args[3] == "x"'),
  pick("cp.was_path_opened_with_suffix(event.containerId, '/environ')"),
);

const expression = fc.letrec<{ e: string }>((tie) => ({
  e: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'e' },
    plain,
    fc.tuple(tie('e'), pick('&&', '||'), tie('e')).map((parts) => `(${parts.join(' ')})`),
    tie('e').map((inner) => `!(${inner})`),
    fc.tuple(tie('e'), tie('e'), tie('e')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc
      .tuple(pick('exists', 'all'), fc.array(literal, { maxLength: 3 }), textTerm, tie('e'))
      .map(
        ([macro, texts, term, inner]) =>
          `[${texts.join(', ')}].${macro}(p, ${term}.startsWith(p) && (${inner} || p == ''))`,
      ),
    // A variable that hides the event.
    literal.map((text) => `event.args.exists(event, event == ${text})`),
    literal.map((text) => `[${text}].exists(event, event.startsWith('/etc'))`),
  ),
})).e;

const someText = fc.oneof(path, fc.string());
const subject: fc.Arbitrary<AttributedEvent> = fc.oneof(
  fc
    .record({
      exePath: someText,
      comm: someText,
      cwd: path,
      args: fc.array(someText, { maxLength: 3 }),
      upperLayer: fc.boolean(),
      pid: pick(1_234, 0, -1),
    })
    .map((changes) => anExec(changes)),
  fc
    .record({ path: someText, flags: pick(0, 1, 0x80000), comm: someText })
    .map((changes) => anOpen(changes)),
  fc
    .record({ address: pick('10.0.0.1', '203.0.113.7', '', 'x'), port: pick(443, 3_333, 0) })
    .map((changes) => happened('network', changes)),
);

const aProfile = fc.record({
  execs: fc.array(fc.record({ path, args: fc.array(path, { maxLength: 2 }) }), { maxLength: 4 }),
  opens: fc.array(path.map((one) => ({ path: one, flags: [] }))),
  rulePolicies: fc.constant({ R1: { processAllowed: ['/etc'] } }),
});

/** Which rules found what; texts are the same whatever is true. */
function foundBy(engine: RuleEngine, event: AttributedEvent): readonly string[] {
  return engine.evaluate(event).map(({ rule, message }) => `${rule.id} ${message}`);
}

const TYPES: readonly RuleEventType[] = ['exec', 'open', 'network'];

function rulesOf(texts: readonly (readonly string[])[]): readonly Rule[] {
  return texts.map((expressions, index) =>
    aRule({
      id: `R${index}`,
      ruleExpression: TYPES.flatMap((eventType) =>
        expressions.map((one) => ({ eventType, expression: one })),
      ),
      profileDependency: index % 2 === 0 ? 1 : 0,
      supportPolicy: true,
    }),
  );
}

describe('guards and index', () => {
  it('change no finding, whatever the rules, the profile and the events', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(expression, { minLength: 1, maxLength: 2 }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.option(aProfile),
        fc.array(subject, { minLength: 1, maxLength: 12 }),
        (texts, spec, subjects) => {
          const rules = compiled(...rulesOf(texts));
          const profiles = new FixedProfiles();
          if (spec) profiles.set('c1', spec);
          const surroundings = {
            podSpecOf: () => undefined,
            isApiServerAddress: (address: string) => address === '10.0.0.1',
            environOf: () => undefined,
          };
          const guarded = engineWith(rules, { profiles, surroundings });
          const plainly = engineWith(rules, { profiles, surroundings, usesGuards: false });
          for (const event of subjects) {
            assert.deepEqual(foundBy(guarded, event), foundBy(plainly, event));
            assert.deepEqual(guarded.policyMatches(event), plainly.policyMatches(event));
          }
        },
      ),
      { numRuns: RUNS },
    );
  });
});
