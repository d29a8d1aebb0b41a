import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CelEnvironment } from './cel-environment.ts';
import { celUint } from './cel-uint.ts';

class Request {
  readonly headers = new Map([['X-Id', ['7', '8']]]);
  readonly labels = { app: 'shop' };
}

class Event {
  readonly cmd = celUint(5);
  readonly args = ['sh', '-c'];
  readonly request = new Request();
}

const environment = new CelEnvironment<undefined>({
  types: [
    {
      name: 'Request',
      prototype: Request,
      fields: { headers: 'map<string, list<string>>', labels: 'map<string, string>' },
    },
    {
      name: 'Event',
      prototype: Event,
      fields: { cmd: 'uint', args: 'list<dyn>', request: 'Request' },
    },
  ],
  variables: { event: 'Event' },
  functions: [],
});

function outcome(source: string): unknown {
  const program = environment.compile(source, 'any');
  const result = program.evaluate({ event: new Event() }, undefined);
  return result instanceof Error ? result.message : result;
}

describe('types', () => {
  for (const source of [
    'event.cmd == 5',
    'event.cmd in [5]',
    '1 == 1.0',
    '1u + 1',
    "event.args + 'x' == []",
    "event.request.headers['X-Id'] == '7'",
    'event.args["0"] == ""',
    'string(event.args) == ""',
    "!'a'",
    '1 ? true : false',
    'event.cmd ? true : false',
  ]) {
    it(`do not mix in ${source}`, () => {
      assert.throws(() => environment.compile(source, 'any'), {
        name: 'AgentError',
        code: 'invalid',
        message: /^line 1, column \d+: /,
      });
    });
  }

  for (const source of [
    'event.cmd == 5u && event.cmd == uint(5) && dyn(event.cmd) == 5 && dyn(event.cmd) == 5.0',
    'event.cmd > 4 && event.cmd < 5.5 && event.cmd in [5u]',
    'dyn(1) != dyn("1") && dyn([1, 2u]) == dyn([1.0, 2]) && dyn(null) != dyn(0)',
    "event.request.headers['X-Id'][1] == '8' && event.request.headers.size() == 1",
    "'X-Id' in event.request.headers && !('x-id' in event.request.headers)",
    'has(event.request.labels.app) && !has(event.request.labels.tier)',
    "event.request.labels.app == 'shop' && event.request.labels.all(k, k == 'app')",
    "{1: 'a', true: 'b', 'c': 'd'}[1u] == 'a' && {2u: 'x'}[2] == 'x'",
    "{'__proto__': 1}['__proto__'] == 1 && {1: 2}.exists(k, k == 1)",
    "has({'a': 1}.a) && !has({'a': 1}.b)",
    "event.args == ['sh', '-c'] && event.args[0] + 'x' == 'shx' && 'sh' in event.args",
    'int(7u) + int("8") + int(1.9) == 16 && uint("3") == 3u && double("1e2") == 100.0',
    "string(1.5) + string(2u) + string(true) + string(b'x') == '1.52truex'",
    "b'a' < b'b' && bytes('é').size() == 2",
    "duration('1h30m') == duration('90m') && string(duration('-1.5s')) == '-1.5s'",
    "timestamp('2024-02-29T12:00:00Z').getMonth('Asia/Tokyo') == 1",
    "timestamp('2024-02-29T23:00:00Z').getDate('Asia/Tokyo') == 1",
    "timestamp('2024-02-29T23:00:00Z').getHours('-05:00') == 18",
    'type(1u) == uint && type(event.args) == list',
    '-9223372036854775808 < 0 && 18446744073709551615u > 0u',
  ]) {
    it(`agree in ${source}`, () => assert.equal(outcome(source), true));
  }

  for (const [source, expected] of [
    ['9223372036854775807 + 1', /column 1: integer overflow/],
    ['-9223372036854775807 - 2', /integer overflow/],
    ['9223372036854775807 * 2', /integer overflow/],
    ['-9223372036854775808 / -1', /integer overflow/],
    ['-9223372036854775808 % -1', /integer overflow/],
    ['-(dyn(-9223372036854775808))', /integer overflow/],
    ['1u - 2u', /overflow/],
    ['18446744073709551615u + 1u', /overflow/],
    ['1 / 0', /division by zero/],
    ['int(1e19)', /integer overflow/],
    ['int(9223372036854775808u)', /integer overflow/],
    ['uint(-1)', /unsigned integer overflow/],
    ['int("0x1f")', /not an integer/],
    ['double("1e")', /not a double/],
    ["string(b'\\xff')", /UTF-8/],
    ["duration('1x')", /not a duration/],
    ["timestamp('2024-01-01')", /no RFC 3339/],
    ["timestamp('9999-12-31T23:59:59Z') + duration('1s')", /out of range/],
    ["event.request.headers['none'][0]", /no such key: none/],
    ["{'a': 1, 'a': 2}", /key a twice/],
    ['{1.5: 1}', /type of map key/],
    ['1 in dyn(2)', /no such overload: in/],
    ['dyn(1) + dyn("a")', /no such overload/],
    ['dyn("a").all(x, true)', /only over a list or a map/],
  ] as const) {
    it(`end in an error, and no value, in ${source}`, () => {
      assert.match(String(outcome(source)), expected);
    });
  }

  for (const source of ['9223372036854775808', '-9223372036854775809', '18446744073709551616u']) {
    it(`have no literal ${source}`, () => {
      assert.throws(() => environment.compile(source, 'any'), { code: 'invalid' });
    });
  }
});

describe('logic with errors', () => {
  const error = "event.args[9] == 'x'";
  for (const [source, expected] of [
    [`false && ${error}`, false],
    [`${error} && false`, false],
    [`true || ${error}`, true],
    [`${error} || true`, true],
    [`${error} && true`, /index 9/],
    [`true && ${error}`, /index 9/],
    [`${error} || false`, /index 9/],
    [`false || ${error}`, /index 9/],
    [`${error} || ${error}`, /index 9/],
    [`!(${error})`, /index 9/],
    [`(${error}) ? true : false`, /index 9/],
    [`false ? ${error} : true`, true],
    [`[9, 0].exists(i, event.args[i] == 'sh')`, true],
    [`[9, 0].exists(i, event.args[i] == 'no')`, /index 9/],
    [`[9, 0].all(i, event.args[i] == 'no')`, false],
    [`[9, 0].all(i, event.args[i] == 'sh')`, /index 9/],
    [`[9, 0].exists_one(i, event.args[i] == 'sh')`, /index 9/],
    [`[9, 0].filter(i, event.args[i] == 'sh').size() == 1`, /index 9/],
    ['dyn(1) && false', false],
    ['dyn(1) && true', /bool/],
  ] as const) {
    it(`is that of the standard in ${source}`, () => {
      const result = outcome(source);
      if (typeof expected === 'boolean') assert.equal(result, expected);
      else assert.match(String(result), expected);
    });
  }
});

describe('errors when compiling', () => {
  const refused: readonly (readonly [source: string, message: RegExp])[] = [
    ['event.args.exists(a,\n  event.nope == a)', /^line 2, column 9: no such key: nope/],
    ['event.args.all(a, nope == a)', /^line 1, column 19: unknown variable: nope/],
    ['event.args.map(a, shout(a)) == []', /^line 1, column 19: unknown function shout/],
    ['event.args.filter(a, a.shout()) == []', /^line 1, column 22: unknown function .shout/],
    ["event.args.exists(a, a.matches('a('))", /^line 1, column 32: .*missing closing/],
    ['event.args.exists(a, event.cmd == 1)', /^line 1, column 22: no such overload: uint == int/],
    ['event.args.exists(a, 1)', /^line 1, column 22: .*must return bool, got 'int'/],
    ['event.args.exists(1, true)', /^line 1, column 19: .*iteration variable/],
    ['event.cmd.exists(a, true)', /^line 1, column 7: .*cannot be range/],
    ['has(event.nope)', /^line 1, column 11: no such field: nope/],
    ['has(event.nope.x)', /^line 1, column 11: no such key: nope/],
    ['has(event.args.x)', /^line 1, column 16: list index must be int/],
    ['event.args.exists(a, has(event.request.nope))', /^line 1, column 40: no such field: nope/],
    ['has(event)', /^line 1, column 5: has\(\) invalid argument/],
    ['event.cmd ==\n\n  5u &&\n  event.nope', /^line 4, column 9: no such key: nope/],
    ["event.args.join(1) == ''", /^line 1, column 1: .*'list.join\(int\)'/],
    ["'a'.size(1) == 1", /^line 1, column 1: .*size\(int\)/],
    ["strings.nope('a')", /^line 1, column 1: unknown function strings.nope/],
    ["b'{}'.json() == {}", /^line 1, column 1: unknown function .json/],
    ["'a' == 'b", /^line 1, column 8: unterminated string/],
    ['event.cmd == 5u &', /^line 1, column 17: unexpected character/],
    ['event.args[', /^line 1, column 12: unexpected token/],
  ];
  for (const [source, message] of refused) {
    it(`name the place in ${source.replaceAll('\n', '⏎')}`, () => {
      assert.throws(() => environment.compile(source, 'bool'), { code: 'invalid', message });
    });
  }
});
