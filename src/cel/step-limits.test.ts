import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CelEnvironment } from './cel-environment.ts';

/** An event as large as the sensor lets one be: 4 KB of arguments, and of a request's body. */
class Event {
  readonly args = Array.from({ length: 1_365 }, (_, index) => `a${index % 10}b`);
  readonly body = `${'a'.repeat(4_096)}!`;
  readonly pattern = '(a|aa|b)*c{1,30}$';
}

const environment = new CelEnvironment<undefined>({
  types: [
    {
      name: 'Event',
      prototype: Event,
      fields: { args: 'list<dyn>', body: 'string', pattern: 'string' },
    },
  ],
  variables: { event: 'Event' },
  functions: [{ name: 'cp.no', parameters: ['string'], returns: 'bool', call: () => false }],
});

const TOO_MANY = /^expression took more than \d+ steps$/;

function outcome(source: string): unknown {
  const result = environment.compile(source, 'bool').evaluate({ event: new Event() }, undefined);
  return result instanceof Error ? result.message : result;
}

/** Processor time of the fastest of some evaluations, in milliseconds. */
function fastestMs(source: string): number {
  const program = environment.compile(source, 'bool');
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 4; round += 1) {
    const event = new Event();
    const start = process.cpuUsage();
    program.evaluate({ event }, undefined);
    best = Math.min(best, process.cpuUsage(start).user / 1_000);
  }
  return best;
}

/** Loops over the arguments, one in another. */
function loops(depth: number, inside: string): string {
  if (depth === 0) return inside;
  return loops(depth - 1, `event.args.exists(x${depth}, ${inside})`);
}

/** `x0` doubled again and again. */
function doubled(first: string, times: number): string {
  let source = `x${times}.size() > 0`;
  for (let time = times; time > 0; time -= 1) {
    source = `cel.bind(x${time}, x${time - 1} + x${time - 1}, ${source})`;
  }
  return `cel.bind(x0, ${first}, ${source})`;
}

/** Compares two lists with 2^40 leaves that are made of 40 pairs. */
function comparedPairs(): string {
  let source = 'a40 == b40';
  for (let time = 40; time > 0; time -= 1) {
    const [a, b] = [`a${time - 1}`, `b${time - 1}`];
    source = `cel.bind(a${time}, [${a}, ${a}], cel.bind(b${time}, [${b}, ${b}], ${source}))`;
  }
  return `cel.bind(a0, [1], cel.bind(b0, [1], ${source}))`;
}

const many = (source: string) => Array.from({ length: 900 }, () => source).join(' || ');
const numbers = `[${Array.from({ length: 900 }, (_, index) => index)}]`;

const ATTACKS: Readonly<Record<string, string>> = {
  'ten loops in one another': loops(10, 'x1 == x2 + "z"'),
  'errors in a loop': loops(2, 'int(x1) == 1'),
  'errors that are absorbed': loops(2, '(int(x1) == 1 || false) && false'),
  'errors beside a truth': `${loops(3, 'int(x1) == 1')} || true`,
  'errors in many operands': many('event.args.exists(x, int(x) == 1)'),
  'values without a type': loops(3, 'dyn(x1) == dyn(x2) && dyn([x1]) == dyn([x3]) && false'),
  'sums without a type': loops(3, 'dyn(x1) + dyn(x2) == dyn("q")'),
  'methods without a type': loops(3, 'dyn(x1).startsWith(dyn("zzz"))'),
  'lists of lists': 'event.args.map(a, event.args.map(b, event.args.map(c, a + b))).size() == 0',
  'filters in filters': 'event.args.filter(a, event.args.filter(b, a == b + "x") == [a]) == [1]',
  'a text doubled': doubled('event.body', 40),
  'a list doubled': doubled('event.args', 40),
  'pairs of pairs compared': comparedPairs(),
  'a text replaced by itself': 'event.body.replace("a", event.body).size() > 1',
  'a text between all characters': 'event.body.replace("", event.body).size() > 1',
  'a text split again and again': 'event.body.split("").map(c, event.body.split("")).size() == 0',
  'a text joined': 'event.args.map(x, event.args.join(event.body)).join().size() == 0',
  'a text searched': loops(2, 'event.body.contains("b" + event.body.substring(3000))'),
  'a text turned': loops(2, 'event.body.upperAscii().lowerAscii().reverse().trim() == ""'),
  'white space trimmed': loops(1, '(event.body.replace("a", " ") + "x").trim() == ""'),
  'a text formatted': 'event.args.map(x, "%s %s".format([event.args, event.args])).size() == 0',
  'a slow pattern': loops(1, 'event.body.matches("^(a+)+$")'),
  'a pattern from the event': loops(1, 'event.body.matches(event.pattern + x1)'),
  'a large pattern': 'event.body.matches("(a|b){0,300}c")',
  'many patterns': many('event.body.matches("(a|b|[^c-f]x)+c+d*e$" + event.args[0])'),
  'large literals': `${numbers}.exists(x, ${numbers}.exists(y, x * y == -1))`,
  'membership in a loop': loops(2, 'x1 + "q" in event.args'),
  'functions in a loop': loops(3, 'cp.no(x1)'),
  'time zones': loops(2, 'timestamp("2020-01-01T00:00:00Z").getHours("Asia/Tokyo") == 25'),
  'numbers that are long': loops(2, 'double(event.body.replace("a", "1")) > 1.0'),
};

describe('the bound on the work of an evaluation', () => {
  for (const [name, source] of Object.entries(ATTACKS)) {
    it(`ends ${name} before 50 ms`, () => {
      assert.match(String(outcome(source)), TOO_MANY);
      const ms = fastestMs(source);
      assert.ok(ms < 50, `took ${ms} ms`);
    });
  }

  it('lets no operator hide that steps are spent', () => {
    const attack = loops(10, 'x1 == x2 + "z"');
    for (const source of [
      `${attack} || true`,
      `true && (${attack} || true)`,
      `!(false && ${attack})`,
    ]) {
      const isHidden = source.startsWith('!');
      if (isHidden) assert.equal(outcome(source), true);
      else assert.match(String(outcome(source)), TOO_MANY);
    }
  });

  it('reads a number or a duration of thousands of digits at once', () => {
    const digits = 'event.body.replace("a", "1").replace("!", "")';
    for (const type of ['int', 'uint', 'double', 'duration', 'timestamp']) {
      assert.match(String(outcome(`string(${type}(${digits})) == ""`)), /text is no|not an? /);
      assert.ok(fastestMs(`string(${type}(${digits})) == ""`) < 5);
    }
  });

  it('gives each evaluation all steps', () => {
    const source = loops(1, 'x1 == "none" || x1.startsWith("b")');
    for (let time = 0; time < 50; time += 1) assert.equal(outcome(source), false);
  });

  it('goes on counting after an evaluation within another', () => {
    let self: { evaluate(variables: object, host: undefined): unknown } | undefined;
    const nesting = new CelEnvironment<undefined>({
      types: [],
      variables: {},
      functions: [
        {
          name: 'cp.inner',
          parameters: [],
          returns: 'bool',
          call: () => self?.evaluate({}, undefined) === true,
        },
      ],
    });
    self = nesting.compile('[1, 2].all(x, x > 0)', 'bool');
    const digits = '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]';
    const loop = (inside: string) =>
      `${digits}.all(a, ${digits}.all(b, ${digits}.all(c, ${inside})))`;
    const source = `${digits}.all(d, ${loop('cp.inner()')})`;
    const result = nesting.compile(source, 'bool').evaluate({}, undefined);
    assert.match(String(result), /took more than/);
  });

  it('has room for two loops over a usual command line and a long list', () => {
    const words = `[${Array.from({ length: 200 }, (_, index) => `'word${index}'`)}]`;
    const source = `event.args.filter(a, a == 'a1b').exists(a, ${words}.exists(w, a.contains(w)))`;
    assert.equal(outcome(source), false);
  });

  it('refuses expressions that are too long or too deep', () => {
    const refused = [
      `event.body == '${'a'.repeat(70_000)}'`,
      Array.from({ length: 1_200 }, () => 'true').join(' && '),
      Array.from({ length: 12_000 }, () => 'event.body').join(' + '),
    ];
    for (const source of refused) {
      assert.throws(() => environment.compile(source, 'bool'), { code: 'invalid' });
    }
  });
});
