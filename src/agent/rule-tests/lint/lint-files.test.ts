import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DEFAULT_RULES_URL } from '#rules/default-rules.js';
import { GivenTextFiles } from '../testing/given-text-files.ts';
import { aManifest, aRuleAbout, aWrittenRule } from '../testing/written-rules.ts';
import { lintFiles } from './lint-files.ts';

const TESTS =
  'rules: [r.yaml]\ntests:\n  - {name: a, rule: T1, event: {type: exec}, expect: {verdict: true}}\n';

/** What is found in a manifest whose rule T1 has a test, without places. */
async function found(manifest: string): Promise<readonly string[]> {
  const files = new GivenTextFiles({ 'r.yaml': manifest, 'tests/t.yaml': TESTS });
  const { findings } = await lintFiles(['r.yaml'], files);
  return findings.map(({ check, level, message }) => `${level} ${check}: ${message}`);
}

async function foundIn(rule: unknown): Promise<readonly string[]> {
  return await found(aManifest(rule));
}

describe('lint of a rule', () => {
  it('finds nothing in one that is right', async () => {
    assert.deepEqual(await foundIn(aWrittenRule()), []);
  });

  const plain: readonly (readonly [
    what: string,
    changes: Readonly<Record<string, unknown>>,
    finding: RegExp,
  ])[] = [
    ['no description', { description: ' ' }, /^warning no-description: /],
    ['no tactic', { mitreTactic: undefined }, /^warning no-mitre: mitreTactic: .* got nothing/],
    [
      'a technique that is none',
      { mitreTechnique: 'x' },
      /^warning no-mitre: mitreTechnique: .* got "x"/,
    ],
    ['a severity of 11', { severity: 11 }, /^error severity: severity: expected .* got 11/],
    [
      'an unknown context',
      { tags: ['context:container', 'context:kubernets'] },
      /^error context: tags: .* did you mean context:kubernetes\?/,
    ],
    [
      'a field that nothing reads',
      { descripton: 'x' },
      /^warning unknown-field: descripton: unknown field, did you mean description\?/,
    ],
    [
      'a surface that is none',
      { profileDataRequired: { execs: 'all', exec: 'all' } },
      /^error unknown-field: profileDataRequired.exec: unknown field, did you mean execs\?/,
    ],
    [
      'a field that expressions do not have',
      { expressions: { ...aWrittenRule().expressions, mesage: '' } },
      /^warning unknown-field: expressions.mesage: unknown field, did you mean message\?/,
    ],
    [
      'a version that is no range',
      { agentVersionRequirement: 'the newest' },
      /^error agent-version: agentVersionRequirement: expected a range .* got "the newest"/,
    ],
    [
      'versions of which one is no range',
      { agentVersionRequirement: '>=1.0 || new' },
      /^error agent-version: /,
    ],
    ['no name', { name: undefined }, /^error invalid-rule: name: expected/],
    [
      'a misspelt key of the prefilter',
      { state: { includePrefix: ['/a'] } },
      /^warning unknown-state: state.includePrefix: .* did you mean includePrefixes\?/,
    ],
    [
      'a prefilter that is malformed',
      { state: { ports: ['x'] } },
      /^error prefilter: state: ports.*whole prefilter has no effect/,
    ],
    [
      'prefixes that are all ignored',
      { state: { includePrefixes: ['/a/b'], ignorePrefixes: ['/a/'] } },
      /^error never-true: state.ignorePrefixes/,
    ],
    [
      'a dependency that is none',
      { profileDependency: 99 },
      /^error profile-dependency: profileDependency: expected 0/,
    ],
    [
      'a dependency that says too little',
      { profileDependency: 2 },
      /^warning profile-dependency-unused: .*but the expressions ask the profile/,
    ],
    [
      'data that is not declared',
      { profileDataRequired: undefined },
      /^error profile-data-missing: cp.was_executed: .*does not declare execs/,
    ],
    [
      'data that is not asked for',
      { profileDataRequired: { execs: 'all', opens: 'all' } },
      /^warning profile-data-unused: profileDataRequired.opens/,
    ],
    [
      'a declaration of nothing',
      { profileDataRequired: { execs: [] } },
      /^error profile-data-empty: profileDataRequired.execs: expected all/,
    ],
  ];
  for (const [what, changes, finding] of plain) {
    it(`finds ${what}, once and nothing else`, async () => {
      const findings = await foundIn(aWrittenRule(changes));
      assert.equal(findings.length, 1, findings.join('\n'));
      assert.match(findings[0] ?? '', finding);
    });
  }

  it('finds a misspelt field of an expression', async () => {
    const { expressions } = aWrittenRule();
    const [first] = expressions.ruleExpression;
    const ruleExpression = [{ ...first, evenType: 'exec' }];
    assert.deepEqual(
      await foundIn(aWrittenRule({ expressions: { ...expressions, ruleExpression } })),
      [
        'warning unknown-field: expressions.ruleExpression.0.evenType: unknown field, did you mean eventType?',
      ],
    );
  });

  for (const range of ['', '>=1.0.0', '1.x || >=3, <4', '>= 1.2', '1.2 - 2.0', '!=1.0.0', '*']) {
    it(`takes ${JSON.stringify(range)} for a range of versions`, async () => {
      assert.deepEqual(await foundIn(aWrittenRule({ agentVersionRequirement: range })), []);
    });
  }

  it('compiles texts in the language of every type that the rule is about', async () => {
    const texts = { message: 'http.comm', uniqueId: "'u'" };
    const about = (...types: string[]) => {
      const ruleExpression = types.map((eventType) => ({ eventType, expression: 'true' }));
      const expressions = { ...texts, ruleExpression };
      return aWrittenRule({ expressions, profileDependency: 2, profileDataRequired: undefined });
    };
    assert.deepEqual(await foundIn(about('http')), []);
    assert.match((await foundIn(about('http', 'exec'))).join(), /^error unknown-name: .*http/);
  });

  const expressions: readonly (readonly [type: string, expression: string, finding: RegExp])[] = [
    ['exec', 'event.comm ==', /^error expression: line 1, column/],
    ['exec', 'event.pid == 5', /^error expression: line 1, column 1: no such overload/],
    [
      'exec',
      "event.comn == 'x'",
      /^error unknown-name: line 1, column 7: no such key: comn; did you mean comm\?/,
    ],
    [
      'exec',
      'net.is_privat_ip(event.comm)',
      /^error unknown-name: .*; did you mean net.is_private_ip\?/,
    ],
    [
      'exec',
      'cp.is_private_ip(event.comm)',
      /^error unknown-name: .*; did you mean net.is_private_ip\?/,
    ],
    [
      'exec',
      "http.comm == 'x'",
      /^error unknown-name: line 1, column 1: .*http; only events of type http have it/,
    ],
    ['exec', 'false', /^error never-true: the expression is false for every exec event/],
    ['exec', "event.path == '/bin/sh'", /^error never-true: .* it has no event.path/],
    ['exec', "event.comm == 'a' && event.path.startsWith('/x')", /^error never-true: .*event.path/],
    ['exec', "eventType == 'open'", /^error never-true/],
    ['open', 'event.args.size() > 0', /^error never-true: .*event.args/],
    ['network', "event.capName in ['SYS_ADMIN']", /^error never-true/],
    [
      'exec',
      "event.comm == 'a' && event.comm == 'b'",
      /^error never-true: event.comm: no value meets/,
    ],
    [
      'open',
      "event.path.startsWith('/a') && event.path in ['/b', '/c']",
      /^error never-true: event.path/,
    ],
    [
      'exec',
      "event.comm == 'a' || event.path == '/x'",
      /^warning zero-field: event.path: is empty in every exec/,
    ],
  ];
  for (const [type, expression, finding] of expressions) {
    it(`finds what is wrong with ${expression} on ${type}`, async () => {
      const findings = await foundIn(aRuleAbout([[type, expression]]));
      assert.equal(findings.length, 1, findings.join('\n'));
      assert.match(findings[0] ?? '', finding);
    });
  }

  const right: readonly (readonly [type: string, expression: string])[] = [
    ['exec', "event.comm == 'a' || event.comm == 'b'"],
    ['open', "event.path.startsWith('/etc') && event.path.startsWith('/etc/ssh')"],
    ['open', "event.path == '/etc/x' && event.path.startsWith('/etc')"],
    ['exec', "!(event.comm == 'a') && event.comm == 'b'"],
    ['http', "event.request.method == 'GET' && http.request.path == '/'"],
    ['network', 'event.dstPort in [1, 2] && event.dstPort == 2'],
    ['exec', "eventType == 'exec' && event.args.exists(x, x == 'y')"],
    ['bpf', 'event.cmd == uint(5)'],
    ['k8s-admission', "event.Kind == 'Pod' && object.metadata.name == 'x'"],
    ['randomx', 'true'],
  ];
  for (const [type, expression] of right) {
    it(`finds nothing wrong with ${expression} on ${type}`, async () => {
      assert.deepEqual(await foundIn(aRuleAbout([[type, expression]])), []);
    });
  }

  it('holds expressions of one type together, and with the prefilter', async () => {
    const both = aRuleAbout([
      ['exec', "event.comm == 'a'"],
      ['exec', "event.comm == 'b'"],
    ]);
    assert.match((await foundIn(both)).join(), /^error never-true: event.comm/);
    const each = aRuleAbout([
      ['exec', "event.comm == 'a'"],
      ['fork', "event.comm == 'b'"],
    ]);
    assert.deepEqual(await foundIn(each), []);
    const outside = { state: { includePrefixes: ['/proc'] } };
    const open = aRuleAbout([['open', "event.path.startsWith('/etc/')"]], outside);
    assert.match(
      (await foundIn(open)).join(),
      /^error never-true: event.path: the prefilter leaves out/,
    );
    const ignored = { state: { ignorePrefixes: ['/etc'] } };
    const shadow = aRuleAbout([['open', "event.path == '/etc/shadow'"]], ignored);
    assert.match(
      (await foundIn(shadow)).join(),
      /^error never-true: event.path: the prefilter ignores/,
    );
    const ports = { state: { ports: [22] } };
    const port = aRuleAbout([['network', 'event.dstPort == 23']], ports);
    assert.match((await foundIn(port)).join(), /^error never-true: event.dstPort/);
  });

  const questions: readonly (readonly [asks: string, declared: unknown, isFound: boolean])[] = [
    ["was_path_opened_with_suffix(event.containerId, '/environ')", [{ suffix: '/environ' }], false],
    ["was_path_opened_with_suffix(event.containerId, '/environ')", [{ suffix: '/token' }], true],
    ["was_path_opened_with_suffix(event.containerId, '/environ')", [{ exact: '/environ' }], true],
    ["was_path_opened_with_prefix(event.containerId, '/etc/')", [{ prefix: '/' }], true],
    ["was_path_opened_with_prefix(event.containerId, '/etc/')", 'all', false],
    ["was_path_opened(event.containerId, '/etc/x')", [{ prefix: '/etc/' }], false],
    ["was_path_opened(event.containerId, '/etc/x')", [{ contains: 'shadow' }], true],
    ['was_path_opened(event.containerId, event.path)', [{ contains: 'shadow' }], false],
  ];
  for (const [asks, declared, isFound] of questions) {
    it(`${isFound ? 'misses' : 'has'} what ${asks} needs in ${JSON.stringify(declared)}`, async () => {
      for (const namespace of ['cp', 'ap']) {
        const changes = { profileDependency: 0, profileDataRequired: { opens: declared } };
        const findings = await foundIn(aRuleAbout([['open', `!${namespace}.${asks}`]], changes));
        assert.equal(findings.length, isFound ? 1 : 0, findings.join('\n'));
        if (isFound) assert.match(findings[0] ?? '', /^error profile-data-missing: /);
      }
    });
  }

  // The declarations that the public rule library's own check takes and refuses.
  const declarations: readonly (readonly [text: string, checks: readonly string[]])[] = [
    ['{id: R1, profileDependency: 1, profileDataRequired: {opens: [{prefix: /etc/shadow}]}}', []],
    ['{id: R1, profileDependency: 2}', []],
    ['{id: R1, profileDependency: 0, profileDataRequired: {}}', ['profile-data-empty']],
    ['{id: R1, profileDependency: 0, profileDataRequired: {opens: []}}', ['profile-data-empty']],
    ['{id: R1, profileDependency: 99}', ['profile-dependency']],
  ];
  for (const [text, checks] of declarations) {
    it(`judges the declarations of ${text}`, async () => {
      const files = new GivenTextFiles({ 'r.yaml': `spec:\n  rules:\n    - ${text}\n` });
      const { findings } = await lintFiles(['r.yaml'], files);
      const errors = findings.filter(({ level }) => level === 'error').map(({ check }) => check);
      const about = errors.filter((check) => check.startsWith('profile-'));
      assert.deepEqual(about, checks);
    });
  }
});

describe('lint of a binding', () => {
  const aBinding = (spec: object) =>
    JSON.stringify({ apiVersion: 'kubescape.io/v1', kind: 'RuntimeRuleAlertBinding', spec });
  const bindings: readonly (readonly [spec: object, findings: readonly RegExp[]])[] = [
    [{ rules: [{ ruleID: 'T1' }, { ruleName: 'Unlearned program' }] }, []],
    [{ rules: [{ ruleTags: ['none', 'context:container'] }] }, []],
    [{}, [/^warning binding: spec.rules: binds no rule/]],
    [
      { rules: [{ ruleID: 'T1' }, { ruleID: 'T9' }] },
      [/^warning binding: spec.rules.1: there is no rule with the id T9/],
    ],
    [{ rules: [{ ruleTags: ['none'] }] }, [/^warning binding: spec.rules.0: .* a tag of none/]],
    [
      { namespaceSelektor: {}, rules: [{ ruleID: 'T1' }] },
      [/^error unknown-field: spec.namespaceSelektor: .* did you mean namespaceSelector\?/],
    ],
    [
      { rules: [{ ruleID: 'T1', severity: 11 }, { ruleid: 'T1' }] },
      [
        /^error invalid-binding: spec.rules.0.severity: /,
        /^error unknown-field: spec.rules.1.ruleid/,
      ],
    ],
  ];
  for (const [spec, expected] of bindings) {
    it(`finds what is to be said of ${JSON.stringify(spec)}`, async () => {
      const findings = await found(`${aManifest(aWrittenRule())}\n---\n${aBinding(spec)}`);
      assert.equal(findings.length, expected.length, findings.join('\n'));
      for (const [index, each] of expected.entries()) assert.match(findings[index] ?? '', each);
    });
  }

  it('points at the field, also in a list', async () => {
    const text =
      'kind: List\nitems:\n- apiVersion: kubescape.io/v1\n  kind: RuntimeRuleAlertBinding\n  spec:\n    rules:\n    - ruleID: T9\n';
    const { findings } = await lintFiles(['b.yaml'], new GivenTextFiles({ 'b.yaml': text }));
    assert.deepEqual(
      findings.map(({ check, place }) => [check, place.line, place.column]),
      [['binding', 7, 7]],
    );
  });

  it('knows the rules that stand beside it, and the default rules', async () => {
    const rules = aManifest(aWrittenRule());
    const binding = aBinding({ rules: [{ ruleID: 'T1' }] });
    const defaults = fileURLToPath(DEFAULT_RULES_URL).replace(/[/]$/, '');
    for (const file of ['b/r.yaml', `${defaults}/x.yaml`]) {
      const files = new GivenTextFiles({ 'b/b.yaml': binding, [file]: rules });
      const read = (path: string) => files.read(path.replace(/[/]$/, ''));
      assert.deepEqual((await lintFiles(['b/b.yaml'], { read })).findings, [], file);
    }
  });

  it('looks at those of tests', async () => {
    const bound = [{ podSelektor: {} }];
    const test = { name: 'a', rule: 'T1', event: { type: 'exec' }, expect: { verdict: true } };
    const content = { inline: [aWrittenRule()], tests: [{ ...test, bindings: bound }] };
    const files = new GivenTextFiles({ 't.json': JSON.stringify(content) });
    const { findings } = await lintFiles(['t.json'], files);
    assert.match(
      findings.map(({ check, message }) => `${check}: ${message}`).join(),
      /^invalid-test: test "a": bindings.0: podSelektor: unknown field, did you mean podSelector\?$/,
    );
  });
});

describe('lint of files', () => {
  it('points into the text of an expression, however it is written', async () => {
    const written = [
      ['\n              event.comm == "x" &&\n              event.foo == "x"', 2, 21],
      [' >\n              event.comm == "x" &&\n              event.foo == "x"', 2, 21],
      [' |\n              event.comm == "x" &&\n                event.foo == "x"', 2, 23],
      [' \'event.comm == "it\'\'s" && event.foo == "x"\'', 0, 57],
      [' "event.comm == \\"x\\" && event.foo == 1"', 0, 55],
    ] as const;
    for (const [text, line, column] of written) {
      const manifest = [
        'apiVersion: kubescape.io/v1',
        'kind: Rules',
        'spec:',
        '  rules:',
        '    - id: T1',
        '      expressions:',
        '        ruleExpression:',
        '          - eventType: exec',
        `            expression:${text}`,
        '',
      ].join('\n');
      const files = new GivenTextFiles({ 'r.yaml': manifest });
      const { findings } = await lintFiles(['r.yaml'], files);
      const [unknown] = findings.filter(({ check }) => check === 'unknown-name');
      assert.deepEqual(unknown?.place, { file: 'r.yaml', line: 9 + line, column }, text);
    }
  });

  it('finds ids that are used twice and rules without tests', async () => {
    const text = aManifest(aWrittenRule(), aWrittenRule(), aWrittenRule({ id: 'T2' }));
    assert.deepEqual(await found(text), [
      'error duplicate-id: id: T1 is used before, at r.yaml:1',
      'warning no-tests: no test of it was found, in the files given or beside them',
    ]);
  });

  it('takes tests beside the rules, in tests/ and among the files for tests of them', async () => {
    const rule = aManifest(aWrittenRule());
    for (const [name, paths] of [
      ['a/r.test.yaml', ['a/r.yaml']],
      ['a/tests/x.json', ['a/r.yaml']],
      ['b/other.yaml', ['a/r.yaml', 'b/other.yaml']],
    ] as const) {
      const tests = TESTS.replace('r.yaml', '/a/r.yaml');
      const files = new GivenTextFiles({ 'a/r.yaml': rule, '/a/r.yaml': rule, [name]: tests });
      const { findings } = await lintFiles(paths, files);
      assert.deepEqual(findings, [], name);
    }
  });

  it('looks at tests and at the rules in them', async () => {
    const { enabled: _, ...bad } = aWrittenRule();
    const inline = [bad];
    const test = { rule: 'T1', event: { type: 'exec' }, expect: { verdict: true } };
    const tests = [
      { name: 'a', ...test },
      { name: 'b', ...test, rule: 'T7' },
      { name: 'c', ...test, expect: {} },
    ];
    const files = new GivenTextFiles({ 't.json': JSON.stringify({ inline, tests }) });
    const { findings, rules } = await lintFiles(['t.json'], files);
    assert.equal(rules, 1);
    assert.deepEqual(findings.map(({ check }) => check).sort(), [
      'invalid-rule',
      'invalid-test',
      'unknown-rule',
    ]);
  });

  it('cannot use a file that is missing, is no YAML or holds something else, and looks at the others', async () => {
    const files = new GivenTextFiles({
      'r.yaml': aManifest(aWrittenRule({ severity: 99 })),
      'bad.yaml': 'a:\n  b: [',
      'pod.yaml': 'kind: Pod\n',
    });
    const { findings, unusable } = await lintFiles(
      ['none.yaml', 'bad.yaml', 'pod.yaml', 'r.yaml'],
      files,
    );
    assert.equal(unusable.length, 3);
    assert.deepEqual(
      findings.map(({ check, place }) => `${check} ${place.file}`),
      [
        'unreadable none.yaml',
        'unreadable bad.yaml',
        'unreadable pod.yaml',
        'no-tests r.yaml',
        'severity r.yaml',
      ],
    );
  });

  it('names of what it cannot read only what it knows', async () => {
    const files = new GivenTextFiles({
      'bad.yaml': 'a:\n  b: [',
      'kind.yaml': aManifest().replace('Rules', 'Rulez'),
      't.yaml': TESTS,
    });
    const paths = ['none.yaml', 'bad.yaml', 't.yaml', 'kind.yaml'];
    const { findings } = await lintFiles(paths, files);
    assert.deepEqual(
      findings.map(({ place, message }) => [place, message.replace(/(YAML or JSON): .*/s, '$1')]),
      [
        [{ file: 'none.yaml' }, 'no such file or folder'],
        [{ file: 'bad.yaml', line: 2 }, 'expected YAML or JSON'],
        [{ file: 't.yaml' }, 'rules.0: r.yaml: no such file or folder'],
        [
          { file: 'kind.yaml', line: 1, column: 34 },
          'kind: expected Rules or RuntimeRuleAlertBinding, got "Rulez"',
        ],
      ],
    );
  });
});
