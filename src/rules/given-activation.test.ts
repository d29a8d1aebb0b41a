import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import { EVENT_FIELDS, MEASURED_FIELDS, REQUEST_FIELDS } from './event-fields.ts';
import { givenActivation } from './given-activation.ts';
import { presenceOf } from './presence.ts';
import { RULE_EVENT_TYPES, type RuleEventType } from './rule.ts';
import { RuleLanguages } from './rule-environment.ts';
import { aHost } from './testing/hosts.ts';

type Fields = Readonly<Record<string, unknown>>;

const languages = new RuleLanguages();

function answerTo(type: RuleEventType, fields: Fields, source: string): unknown {
  const program = languages.of(type).compile(source, 'bool');
  return program.evaluate(givenActivation(type, fields), aHost());
}

function holds(type: RuleEventType, fields: Fields, source: string): void {
  const value = answerTo(type, fields, source);
  assert.equal(value, true, `${source}: ${String(value)}`);
}

describe('given fields of an event', () => {
  const cases: readonly (readonly [RuleEventType, Fields, string])[] = [
    ['exec', { comm: 'sh', pid: 7 }, "event.comm == 'sh' && event.pid == 7u"],
    ['exec', { pid: '7', uid: '0' }, 'event.pid == 7u && event.uid == 0u'],
    ['exec', { args: ['sh', '-c'] }, "event.args == ['sh', '-c'] && event.args[1] == '-c'"],
    ['exec', { upperlayer: true }, 'event.upperlayer && !event.pupperlayer'],
    ['exec', { exepath: 'bin//x/../sh' }, "event.exepath == '/bin/sh'"],
    ['open', { path: '.' }, "event.path == '/'"],
    ['open', { path: '/etc/', cwd: '/a//b' }, "event.path == '/etc' && event.cwd == '/a//b'"],
    ['open', { flagsRaw: -1 }, 'event.flagsRaw == -1 && event.flags.size() == 0'],
    ['symlink', { oldPath: '/a//b', newPath: 'c' }, "event.oldPath + event.newPath == '/a/b/c'"],
    [
      'mount',
      { oldPath: '/dev//vda1', newPath: 'mnt', module: 'ext4', flagsRaw: 1 },
      "event.oldPath == '/dev/vda1' && event.newPath == '/mnt' && event.module == 'ext4'",
    ],
    ['mount', { oldPath: 'tmpfs' }, "event.oldPath == 'tmpfs' && event.newPath == ''"],
    ['setns', { flagsRaw: 131_072 }, "event.flagsRaw == 131072 && eventType == 'setns'"],
    ['bpf', { cmd: 5, attrSize: 128 }, 'event.cmd == 5u && event.attrSize == 128u'],
    ['kmod', { module: 'nf_x' }, "event.module == 'nf_x' && event.syscallName == ''"],
    ['network', { pktType: 'HOST' }, "event.direction == 'inbound'"],
    ['network', { pktType: 'OUTGOING' }, "event.direction == 'outbound'"],
    ['network', { pktType: 'HOST', direction: 'outbound' }, "event.direction == 'outbound'"],
    ['http', { pktType: 'HOST' }, "event.direction == ''"],
    [
      'http',
      { request: { method: 'PUT' } },
      "http.request.method == 'PUT' && http.request.url == ''",
    ],
    [
      'http',
      { request: { headers: { Accept: ['a', 'b'], Host: 'shop' } } },
      "event.request.headers['Accept'][1] == 'b' && event.request.headers['Host'] == ['shop']",
    ],
    ['exec', { tty: 3 }, 'event.tty == 3 && event.hasTty && event.ttyMajor == 0u'],
    ['exec', { tty: 0, ttyMajor: 136, ttyMinor: 0 }, 'event.hasTty && event.ttyMajor == 136u'],
    ['exec', { tty: 5, ttyMajor: 0, ttyMinor: 0 }, '!event.hasTty'],
    ['exec', { comm: null, type: 'exec' }, "event.comm == '' && eventType == 'exec'"],
  ];
  for (const [type, fields, source] of cases) {
    it(`give ${type} ${JSON.stringify(fields)}: ${source}`, () => holds(type, fields, source));
  }

  for (const type of RULE_EVENT_TYPES) {
    if (type === 'k8s-admission') continue;
    it(`are zero in ${type} where nothing is given, whatever their type`, () => {
      for (const [field, declared] of Object.entries(EVENT_FIELDS)) {
        if (declared !== 'HttpRequest') holds(type, {}, `event.${field} == dyn(event.${field})`);
      }
      holds(type, {}, "event.request.path == '' && event.pid == 0u && event.name == ''");
    });
  }

  it('are present if they tell of terminals and are given', () => {
    const { event } = givenActivation('exec', { tty: 1, ttyMinor: 1 });
    const present = MEASURED_FIELDS.filter((field) => Reflect.get(event, presenceOf(field)));
    assert.deepEqual(present, ['hasTty', 'tty', 'ttyMinor']);
  });

  it('are present in a request if there is one', () => {
    const presence = (fields: Fields) => {
      const { event } = givenActivation('http', fields);
      const request = Reflect.get(event, 'request') as object;
      return Object.keys(REQUEST_FIELDS).map((field) => Reflect.get(request, presenceOf(field)));
    };
    assert.ok(presence({ request: {} }).every((present) => present === true));
    assert.ok(presence({}).every((present) => present === undefined));
  });

  const wrong: readonly (readonly [RuleEventType, Fields, RegExp])[] = [
    ['exec', { exePath: '/bin/sh' }, /event\.exePath: no such field; did you mean exepath\?/],
    ['exec', { quux: 1 }, /event\.quux: no such field; there are args, attrSize, /],
    ['exec', { pid: -1 }, /event\.pid: expected a whole number of 0 or more \(uint\), got -1/],
    ['exec', { pid: 'seven' }, /event\.pid: .*got "seven"/],
    ['exec', { pid: 1.5 }, /event\.pid: /],
    ['exec', { comm: 7 }, /event\.comm: expected a text \(string\), got 7/],
    ['exec', { args: 'sh -c' }, /event\.args: expected a list of texts/],
    ['exec', { args: ['sh', 1] }, /event\.args: /],
    ['exec', { upperlayer: 'yes' }, /event\.upperlayer: expected true or false/],
    ['network', { dstPort: '9223372036854775808' }, /event\.dstPort: expected a whole number/],
    ['http', { request: 'GET /' }, /event\.request: expected a mapping of fields/],
    ['http', { request: { metod: 'GET' } }, /event\.request\.metod: .*did you mean method\?/],
    ['http', { request: { headers: { A: [1] } } }, /event\.request\.headers: expected lists of te/],
  ];
  for (const [type, fields, message] of wrong) {
    it(`are refused in ${type}: ${JSON.stringify(fields)}`, () => {
      assert.throws(() => givenActivation(type, fields), { code: 'invalid', message });
    });
  }

  it('bind http for requests only', () => {
    holds('http', { direction: 'inbound' }, "http.direction == 'inbound'");
    assert.throws(
      () => answerTo('network', {}, "http.direction == ''"),
      /column 1: unknown variable: http/,
    );
  });
});

describe('givenActivation', () => {
  const field = fc.oneof(fc.constantFrom(...Object.keys(EVENT_FIELDS), 'UserInfo'), fc.string());

  it('throws nothing but AgentError, whatever is given', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...RULE_EVENT_TYPES),
        fc.dictionary(field, fc.jsonValue()),
        (type, fields) => {
          try {
            assert.equal(givenActivation(type, fields).eventType, type);
          } catch (reason) {
            assert.ok(reason instanceof AgentError, String(reason));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a given admission request', () => {
  const exec = {
    Kind: 'PodExecOptions',
    Name: 'web-1',
    UserInfo: { Username: 'kim', Groups: ['dev'] },
    object: { container: 'app', stdin: true, replicas: 3, constructor: 'x' },
  };
  for (const source of [
    "event.Kind == 'PodExecOptions' && eventType == 'k8s-admission'",
    "event.UserInfo.Username == 'kim' && 'dev' in event.UserInfo.Groups",
    "event.Namespace == '' && event.UserInfo.UID == '' && event.DryRun == false",
    "object.container == 'app' && object['stdin'] && object.replicas == 3",
    "object.constructor == 'x' && oldObject == null && !has(event.Nope)",
  ]) {
    it(`has ${source}`, () => holds('k8s-admission', exec, source));
  }

  it('fails, and is not false, where a field is not there', () => {
    assert.ok(answerTo('k8s-admission', exec, "event.Nope == 'x'") instanceof Error);
  });

  it('takes names that the language itself uses for no more than names', () => {
    const given = JSON.parse('{"__proto__": {"Kind": "x"}, "constructor": {"Kind": "x"}}');
    holds('k8s-admission', given, "event.Kind == '' && event.constructor.Kind == 'x'");
  });

  it('is refused when it is nested without end', () => {
    let deep: unknown = 'end';
    for (let depth = 0; depth < 5_000; depth += 1) deep = [deep];
    assert.throws(() => givenActivation('k8s-admission', { object: deep }), { code: 'invalid' });
  });

  it('is no event to the language of events, nor the other way round', () => {
    assert.throws(() => languages.of('exec').compile("event.Kind == 'Pod'", 'bool'), /Kind/);
    assert.throws(() => languages.of('k8s-admission').compile("http.direction == ''", 'bool'));
  });
});
