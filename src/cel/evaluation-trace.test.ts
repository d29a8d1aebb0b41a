import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { TracedExpression } from '#model/rule-decision.js';
import { CelEnvironment } from './cel-environment.ts';
import { celUint } from './cel-uint.ts';

class Event {
  readonly path = '/bin/sh';
  readonly args: readonly string[];
  readonly pid = celUint(7);
  constructor(args: readonly string[] = ['sh', '-c']) {
    this.args = args;
  }
}

interface Host {
  readonly asked: string[];
}

const environment = new CelEnvironment<Host>({
  types: [
    {
      name: 'RuleEvent',
      prototype: Event,
      fields: { path: 'string', args: 'list<dyn>', pid: 'uint' },
    },
  ],
  variables: { event: 'RuleEvent' },
  functions: [
    {
      name: 'cp.knows',
      parameters: ['string'],
      returns: 'bool',
      call: (host, path) => {
        host.asked.push(String(path));
        return path === '-c';
      },
    },
    {
      name: 'cp.fails',
      parameters: ['list<string>', 'uint'],
      returns: 'bool',
      call: () => {
        throw new Error('no luck');
      },
    },
  ],
});

function traced(source: string, event = new Event()) {
  const host: Host = { asked: [] };
  const traced = environment.compile(source, 'any').trace({ event }, host);
  return { ...traced, asked: host.asked };
}

/** Each part on a line of its own, as `source = value`, `source ! error` or `source`. */
function lines(part: TracedExpression, indent = ''): string[] {
  const value = part.value === undefined ? '' : ` = ${part.value}`;
  const error = part.error === undefined ? '' : ` ! ${part.error}`;
  const below = part.parts.flatMap((one) => lines(one, `${indent}  `));
  return [`${indent}${part.source}${value}${error}`, ...below];
}

describe('trace', () => {
  it('gives the value of each part that was reached, and none of the others', () => {
    const { result, trace } = traced("event.path == '/bin/ls' && cp.knows(event.path)");
    assert.equal(result, false);
    assert.deepEqual(lines(trace), [
      "event.path == '/bin/ls' && cp.knows(event.path) = false",
      "  event.path == '/bin/ls' = false",
      '    event.path = "/bin/sh"',
      '      event = RuleEvent',
      '  cp.knows(event.path)',
      '    event.path',
      '      event',
    ]);
  });

  it('gives calls of declared functions in their order, with arguments and answers', () => {
    const source = "cp.knows(event.path) || cp.fails(event.args, event.pid) || cp.knows('-c')";
    const { result, calls } = traced(source);
    assert.equal(result, true);
    assert.deepEqual(calls, [
      { function: 'cp.knows', arguments: ['/bin/sh'], answer: false },
      { function: 'cp.fails', arguments: [['sh', '-c'], 7], error: 'no luck' },
      { function: 'cp.knows', arguments: ['-c'], answer: true },
    ]);
  });

  it('shows an error where it arises and where it is absorbed', () => {
    const { result, trace } = traced("event.args[9] == 'x' && false");
    assert.equal(result, false);
    const [whole, compared, indexed] = lines(trace);
    assert.match(whole ?? '', / = false$/);
    assert.match(compared ?? '', /== 'x' ! line 1, column 1: .*index 9/);
    assert.match(indexed ?? '', /event.args\[9\] ! line 1, column 1: /);
  });

  it('gives a loop its turns, up to the one that decides', () => {
    const { trace } = traced("event.args.exists(a, a == '-c')");
    assert.deepEqual(lines(trace), [
      "event.args.exists(a, a == '-c') = true",
      '  event.args = ["sh","-c"]',
      '    event = RuleEvent',
      "  a == '-c' = false",
      '    a = "sh"',
      "  a == '-c' = true",
      '    a = "-c"',
    ]);
  });

  it('tells of many turns only how many there were', () => {
    const event = new Event(Array.from({ length: 250 }, (_, index) => `${index}`));
    const { trace, calls, asked } = traced('event.args.exists(a, cp.knows(a))', event);
    const [, ...turns] = trace.parts;
    assert.equal(turns.length, 11);
    assert.deepEqual(turns[10], { source: '… 240 more', offset: 21, parts: [] });
    assert.deepEqual([calls.length, asked.length], [200, 250]);
  });

  it('goes into loops of loops, bound names and maps', () => {
    const source =
      'cel.bind(n, event.pid + 1u, event.args.filter(a, a.size() == 2).map(a, n)) == [8u, 8u]';
    const { result, trace } = traced(source);
    assert.equal(result, true);
    assert.deepEqual(
      lines(trace).map((line) => line.trim()),
      [
        `${source} = true`,
        'cel.bind(n, event.pid + 1u, event.args.filter(a, a.size() == 2).map(a, n)) = [8,8]',
        'event.pid + 1u = 8',
        'event.pid = 7',
        'event = RuleEvent',
        'event.args.filter(a, a.size() == 2).map(a, n) = [8,8]',
        'event.args.filter(a, a.size() == 2) = ["sh","-c"]',
        'event.args = ["sh","-c"]',
        'event = RuleEvent',
        'a.size() == 2 = true',
        'a.size() = 2',
        'a = "sh"',
        'a.size() == 2 = true',
        'a.size() = 2',
        'a = "-c"',
        'n = 8',
        'n = 8',
        '[8u, 8u] = [8,8]',
      ],
    );
  });

  it('names parts with their parentheses, and where they begin', () => {
    const source = "((event.path + ')') == '(') ||\n  !(true)";
    const { trace } = traced(source);
    const parts = lines(trace).map((line) => line.trim());
    assert.equal(parts[0], `${source} = false`);
    assert.equal(parts[1], "(event.path + ')') == '(' = false");
    assert.equal(parts[2], `event.path + ')' = "/bin/sh)"`);
    assert.equal(parts.at(-1), '!(true) = false');
    assert.equal(trace.parts[1]?.offset, 33);
  });

  it('shortens long values', () => {
    const { trace } = traced('event.path', Object.assign(new Event(), { path: 'x'.repeat(5_000) }));
    assert.equal(trace.value, `"${'x'.repeat(199)}…`);
    const list = traced('event.args', new Event(Array.from({ length: 99 }, () => 'y'))).trace;
    assert.ok((list.value?.length ?? 999) <= 201);
  });

  it('ends where the steps end', () => {
    const event = new Event(Array.from({ length: 1_000 }, () => 'y'));
    const nested = 'event.args.exists(a, event.args.exists(b, event.args.exists(c, a + b == c)))';
    const { result, trace } = traced(`${nested} || true`, event);
    assert.match(String(result), /took more than/);
    assert.match(trace.error ?? '', /took more than/);
  });

  it('leaves the program as it was', () => {
    const program = environment.compile("event.args.map(a, a + 'x') == ['shx', '-cx']", 'bool');
    const host: Host = { asked: [] };
    const { result } = program.trace({ event: new Event() }, host);
    assert.deepEqual([result, program.evaluate({ event: new Event() }, host)], [true, true]);
    assert.equal(program.evaluate({ event: new Event([]) }, host), false);
  });

  it('gives what evaluate gives, and asks what it asks, whatever the expression', () => {
    const { condition } = fc.letrec<{ condition: string; text: string }>((tie) => ({
      text: fc.oneof(
        { maxDepth: 2 },
        fc.constantFrom(
          "'-c'",
          'event.path',
          'event.args[1]',
          'event.args[7]',
          "event.args.join('')",
        ),
        tie('text').map((text) => `(${text} + 'x')`),
        fc.tuple(tie('condition'), tie('text')).map(([c, t]) => `(${c} ? ${t} : 'z')`),
      ),
      condition: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('true', 'false', 'has(event.path)', 'cp.fails([], 1u)'),
        tie('text').map((text) => `cp.knows(${text})`),
        fc.tuple(tie('text'), tie('text')).map((both) => both.join(' == ')),
        tie('condition').map((one) => `!(${one})`),
        tie('condition').map((one) => `event.args.exists(a, cp.knows(a) && ${one})`),
        tie('condition').map((one) => `event.args.all(a, ${one} || a == '-c')`),
        tie('condition').map((one) => `event.args.filter(a, ${one}).size() == 2`),
        tie('condition').map((one) => `event.args.map(a, a + 'y').exists_one(a, ${one})`),
        tie('condition').map((one) => `cel.bind(b, ${one}, b || cp.knows('q'))`),
        fc.tuple(tie('condition'), tie('condition')).map((both) => `(${both.join(' && ')})`),
        fc.tuple(tie('condition'), tie('condition')).map((both) => `(${both.join(' || ')})`),
      ),
    }));
    fc.assert(
      fc.property(condition, (source) => {
        const program = environment.compile(source, 'bool');
        const host: Host = { asked: [] };
        const plainly = program.evaluate({ event: new Event() }, host);
        const { result, trace, asked, calls } = traced(source);
        assert.equal(String(result), String(plainly));
        assert.deepEqual(asked, host.asked);
        const known = calls.filter((call) => call.function === 'cp.knows');
        assert.deepEqual(
          known.map((call) => call.arguments[0]),
          asked.slice(0, known.length),
        );
        assert.equal(
          trace.value ?? trace.error,
          result instanceof Error ? result.message : `${result}`,
        );
      }),
      { numRuns: 300 },
    );
  });
});
