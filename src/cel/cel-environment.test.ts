import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import { CelEnvironment } from './cel-environment.ts';
import { celUint } from './cel-uint.ts';

class Request {
  readonly method = '';
}

class Thing {
  readonly path: string;
  readonly args: readonly unknown[];
  constructor(path = '/etc/passwd', args: readonly unknown[] = ['sh', '-c']) {
    this.path = path;
    this.args = args;
  }
  get pid() {
    return celUint(1234);
  }
  get port() {
    return 3333n;
  }
  get tty() {
    return 0n;
  }
  get request() {
    return new Request();
  }
}

interface Host {
  readonly known: string;
}

const environment = new CelEnvironment<Host>({
  types: [
    {
      name: 'Request',
      prototype: Request,
      fields: { method: 'string' },
      presence: { method: '0has' },
    },
    {
      name: 'Thing',
      prototype: Thing,
      fields: {
        path: 'string',
        args: 'list<dyn>',
        pid: 'uint',
        port: 'int',
        tty: 'int',
        request: 'Request',
      },
      presence: { tty: '0has', pid: 'path' },
    },
  ],
  variables: { event: 'Thing' },
  functions: [
    {
      name: 'cp.knows',
      parameters: ['string'],
      returns: 'bool',
      call: (host, path) => host.known === path,
    },
    {
      name: 'parse.first',
      parameters: ['list<string>'],
      returns: 'string',
      call: (_host, values) => String((values as readonly unknown[])[0] ?? ''),
    },
    {
      name: 'parse.first',
      parameters: ['list<string>', 'string'],
      returns: 'string',
      call: (_host, values, otherwise) => (values as readonly unknown[])[0] ?? otherwise,
    },
    {
      name: 'cp.fails',
      parameters: [],
      returns: 'bool',
      call: () => {
        throw new Error('no luck');
      },
    },
  ],
});

function evaluate(source: string, event = new Thing()): boolean | AgentError {
  return environment.compile(source, 'bool').evaluate({ event }, { known: '/etc/passwd' });
}

function text(source: string, event = new Thing()): string | AgentError {
  return environment.compile(source, 'string').evaluate({ event }, { known: '' });
}

describe('CelEnvironment', () => {
  const truths = [
    "event.path == '/etc/passwd' && event.path.startsWith('/etc/')",
    "event.path in ['/etc/shadow', '/etc/passwd']",
    "['/usr', '/etc'].exists(p, event.path.startsWith(p))",
    "event.args.size() > 0 && event.args[0] == 'sh'",
    "event.args.map(a, string(a)).join(' ') == 'sh -c'",
    "(event.path != '' ? event.path : 'none') == '/etc/passwd'",
    'cp.knows(event.path)',
    "parse.first([]) == '' && parse.first(event.args) == 'sh'",
    "parse.first([], 'else') == 'else'",
    'event.pid == uint(1234) && event.pid == 1234u && dyn(event.pid) == 1234',
    'event.port in [3333, 45700] && dyn(event.port) in [22, 3333] && event.port == 3333',
    'has(event.path) && !has(event.tty) && event.tty == 0',
    '!has(event.request.method) && event.request.method == ""',
    'true || cp.fails()',
    'cp.fails() || true',
    '!(cp.fails() && false)',
  ];
  for (const source of truths) {
    it(`finds true: ${source}`, () => assert.equal(evaluate(source), true));
  }

  it('prints integers without a fraction', () => {
    assert.equal(text('string(event.pid)'), '1234');
    assert.equal(text("'port ' + string(event.port)"), 'port 3333');
  });

  it('hands each evaluation its own host', () => {
    const program = environment.compile('cp.knows(event.path)', 'bool');
    const event = new Thing('/a');
    assert.equal(program.evaluate({ event }, { known: '/a' }), true);
    assert.equal(program.evaluate({ event }, { known: '/b' }), false);
  });

  it('reads no field that the expression does not need', () => {
    let reads = 0;
    class Watched extends Thing {
      override get pid() {
        reads += 1;
        return super.pid;
      }
    }
    const watching = new CelEnvironment<undefined>({
      types: [{ name: 'Watched', prototype: Watched, fields: { path: 'string', pid: 'uint' } }],
      variables: { event: 'Watched' },
      functions: [],
    });
    const program = watching.compile("event.path == 'x' && event.pid == 1u", 'bool');
    assert.equal(program.evaluate({ event: new Watched() }, undefined), false);
    assert.equal(reads, 0);
    program.evaluate({ event: new Watched('x') }, undefined);
    assert.equal(reads, 1);
  });
});

describe('compile', () => {
  const refused: readonly (readonly [source: string, message: RegExp])[] = [
    ['event.pid == 1234', /line 1, column 1: no such overload: uint == int/],
    ["event.path == 'a' &&\n  event.nope == 1", /line 2, column 9: no such key: nope/],
    ["event.path == 'a' &&", /line 1, column 21: /],
    ['has(event.nope)', /line 1, column 11: no such field: nope/],
    ['has(event.request.nope)', /no such field: nope/],
    ['nope == 1', /unknown variable: nope/],
    ["cp.nope('a')", /column 1: unknown function cp.nope/],
    ["true || k8s.is_api_server_address('a')", /column 9: unknown function k8s.is_api_server_add/],
    ['event.path.shout()', /unknown function .shout/],
    ["shout('a')", /unknown function shout/],
    ["['a'].exists(x, x.shout())", /unknown function .shout/],
    ["cp.knows('a', 'b')", /no matching overload for 'cp.knows\(string, string\)'/],
    ['cp.knows(event.pid)', /no matching overload for 'cp.knows\(uint\)'/],
    ["'a'.matches(1)", /no matching overload for 'string.matches\(int\)'/],
    ["event.path.matches('a(')", /line 1, column 20: .*missing closing \)/],
    ["matches(event.path, '(?=a)')", /line 1, column 21: /],
    ['event.path', /expected an expression that gives bool, this gives string/],
    ['1', /gives int/],
  ];
  for (const [source, message] of refused) {
    it(`refuses ${source}`, () => {
      assert.throws(() => environment.compile(source, 'bool'), {
        name: 'AgentError',
        code: 'invalid',
        message,
      });
    });
  }

  it('throws nothing but AgentError, whatever the text', () => {
    const piece = fc.constantFrom(
      ...[
        "'a'",
        'event',
        '.path',
        '.matches(',
        '(',
        ')',
        ' && ',
        '!',
        'has(',
        'cp.',
        '[',
        ']',
        '1',
      ],
      ...['.exists(x, ', 'x', ' ? ', ' : ', ' in ', 'cel.bind(', ', ', '{', '}', '\n', 'null', '"'],
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join('')),
        ),
        (source) => {
          try {
            environment.compile(source, 'bool').evaluate({ event: new Thing() }, { known: '' });
          } catch (reason) {
            assert.ok(reason instanceof AgentError, `${String(reason)} for ${source}`);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('survives an expression that is a chain of thousands', () => {
    const source = Array.from({ length: 20_000 }, () => 'true').join(' && ');
    assert.throws(() => environment.compile(source, 'bool'), { code: 'invalid' });
  });
});

describe('evaluate', () => {
  it('gives an error as a value when a function throws', () => {
    const result = evaluate('cp.fails()');
    assert.ok(result instanceof AgentError);
    assert.match(result.message, /no luck/);
  });

  it('gives an error as a value for an index that is not there', () => {
    const result = evaluate("event.args[7] == 'x'");
    assert.ok(result instanceof AgentError);
    assert.match(result.message, /line 1, column 1: .*index 7/);
  });

  it('gives an error as a value when a dynamic expression is no bool', () => {
    assert.ok(evaluate('dyn(1)') instanceof AgentError);
  });

  it('gives an error as a value when a variable is missing', () => {
    const program = environment.compile("event.path == 'a'", 'bool');
    assert.ok(program.evaluate({}, { known: '' }) instanceof AgentError);
  });

  it('gives an error as a value for a pattern that is made up while running', () => {
    const result = evaluate("event.path.matches('(' + event.path)");
    assert.ok(result instanceof AgentError);
    assert.match(result.message, /missing closing/);
  });
});

/** Smallest time of some rounds, in nanoseconds. */
function fastest(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round += 1) {
    const start = process.hrtime.bigint();
    for (let time = 0; time < 10; time += 1) run();
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  }
  return best;
}

describe('matches', () => {
  // A flag for the rest of the pattern is RE2's; the library's own engine refuses it.
  const RE2_ONLY = "'(?i)^/ETC'";
  const forms = [
    `event.path.matches(${RE2_ONLY})`,
    `(event.path) . matches ( ${RE2_ONLY} )`,
    `matches(event.path, ${RE2_ONLY})`,
    `dyn(event.path).matches(${RE2_ONLY})`,
    `[event.path].exists(p, p.matches(${RE2_ONLY}))`,
    `[event.path].all(p, matches(p, ${RE2_ONLY}))`,
    `[event.path].filter(p, p.matches(${RE2_ONLY})).size() == 1`,
    `[event.path].map(p, p.matches(${RE2_ONLY}))[0]`,
    `[event.path].map(p, p.matches(${RE2_ONLY}), p).size() == 1`,
    `[event.path].exists_one(p, p.matches(${RE2_ONLY}))`,
    `cel.bind(p, event.path, p.matches(${RE2_ONLY}))`,
    `{'a': event.path.matches(${RE2_ONLY})}['a']`,
    `true ? event.path.matches(${RE2_ONLY}) : false`,
    `!(!event.path.matches(${RE2_ONLY}) || false)`,
  ];
  for (const source of forms) {
    it(`speaks RE2 in ${source}`, () => assert.equal(evaluate(source), true));
  }

  for (const source of ["event.path.matches('^(a+)+$')", "matches(event.path, '^(a+)+$')"]) {
    it(`takes time in proportion to the text in ${source}`, () => {
      const program = environment.compile(source, 'bool');
      const timeFor = (length: number) => {
        const event = new Thing(`${'a'.repeat(length)}!`);
        return fastest(() => assert.equal(program.evaluate({ event }, { known: '' }), false));
      };
      timeFor(11);
      const ratio = timeFor(22) / timeFor(11);
      // Backtracking would give 2^11 = 2048; linear gives less than 2.
      assert.ok(ratio < 60, `twice the text took ${ratio} times as long`);
    });
  }

  it('leaves strings and fields of that name alone', () => {
    assert.equal(text("'.matches(' + \"matches('a')\""), ".matches(matches('a')");
    assert.throws(() => environment.compile('event.matches', 'bool'), /no such key: matches/);
  });
});
