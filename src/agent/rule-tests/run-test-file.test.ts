import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { loadTestFiles } from './load-test-file.ts';
import type { ActualOutcome } from './rule-test-result.ts';
import { runTestFile } from './run-test-file.ts';
import { GivenTextFiles } from './testing/given-text-files.ts';
import { aManifest, aRuleAbout, aWrittenRule } from './testing/written-rules.ts';

const exec = { type: 'exec', comm: 'sh', exepath: '/bin/sh', args: ['sh'], pid: 7 };
const learned = { execs: [{ path: '/bin/ls', args: ['ls'] }] };
const container = { id: 'c1', name: 'app', namespace: 'shop', pod: 'shop-1' };

/** The results of tests of `rules`; what a test leaves out is that of an unlearned shell. */
async function resultsOf(rules: readonly unknown[], ...tests: readonly object[]) {
  const defaults = { rule: 'T1', container };
  const given = tests.map((test, i) => ({ name: `test ${i}`, ...defaults, ...test }));
  const text = JSON.stringify({ inline: rules, tests: given });
  const [file] = await loadTestFiles('f.json', new GivenTextFiles({ 'f.json': text }));
  assert.ok(file && !(file instanceof AgentError), String(file));
  return await runTestFile(file);
}

async function actualOf(rule: unknown, test: object): Promise<ActualOutcome> {
  const [result] = await resultsOf([rule], { event: exec, expect: { verdict: true }, ...test });
  assert.equal(result?.error, null);
  return result?.actual as ActualOutcome;
}

describe('a test of a rule', () => {
  it('gets verdict, texts and decision of an event', async () => {
    assert.deepEqual(await actualOf(aWrittenRule(), { profile: learned }), {
      verdict: true,
      message: 'started sh',
      uniqueId: '/bin/sh',
      alert: true,
    });
    const known = { execs: [{ path: '/bin/sh' }] };
    assert.deepEqual(await actualOf(aWrittenRule(), { profile: known }), {
      verdict: false,
      alert: false,
      suppressedBy: 'expression',
    });
  });

  const stages: readonly (readonly [
    stage: string,
    rule: Readonly<Record<string, unknown>>,
    test: object,
  ])[] = [
    ['disabled', { enabled: false }, { profile: learned }],
    ['disabled', { agentVersionRequirement: '>99.0.0' }, { profile: learned }],
    ['context', { tags: ['context:host'] }, { profile: learned }],
    ['profile', {}, {}],
    ['profile', {}, { profile: null }],
    ['profile', {}, { profile: learned, profileStatus: 'ready' }],
    ['prefilter', { state: { ignorePrefixes: ['/bin'] } }, { profile: learned }],
    [
      'policy',
      { supportPolicy: true },
      { profile: { ...learned, rulePolicies: { T1: { processAllowed: ['sh'] } } } },
    ],
    ['binding', {}, { profile: learned, bindings: [{ rules: [{ ruleID: 'other' }] }] }],
  ];
  for (const [stage, changes, test] of stages) {
    it(`says that ${stage} stops ${JSON.stringify(changes)} with ${JSON.stringify(test)}, and the verdict all the same`, async () => {
      const actual = await actualOf(aWrittenRule(changes), test);
      assert.deepEqual([actual.suppressedBy, actual.alert, actual.verdict], [stage, false, true]);
    });
  }

  it('is true of events that no expression is about, but for requests', async () => {
    const rule = aRuleAbout([['open', 'false']]);
    const other = await actualOf(rule, { event: exec });
    assert.deepEqual([other.verdict, other.suppressedBy], [true, 'eventType']);
    const request = { event: { type: 'k8s-admission', Kind: 'Pod' } };
    assert.equal((await actualOf(rule, request)).verdict, false);
  });

  it('projects the profile by what the rule itself declares', async () => {
    const asks = "!cp.was_path_opened_with_prefix(event.containerId, '/etc/')";
    const profile = { opens: [{ path: '/etc/passwd', flags: [] }] };
    const test = { profile, event: { type: 'open', path: '/etc/x' } };
    const declaring = (prefix: string) =>
      aRuleAbout([['open', asks]], { profileDataRequired: { opens: [{ prefix }] } });
    assert.equal((await actualOf(declaring('/etc/'), test)).verdict, false);
    assert.equal((await actualOf(declaring('/var/'), test)).verdict, true);
  });

  it('knows the surroundings that it is given', async () => {
    const holds = async (expression: string, context: object) => {
      const rule = aRuleAbout([['exec', expression]]);
      return (await actualOf(rule, { context })).verdict;
    };
    const mounts = "k8s.get_container_mount_paths('shop', 'shop-1', 'app') == ['/data']";
    const podSpec = { containers: [{ name: 'app', volumeMounts: [{ mountPath: '/data' }] }] };
    assert.equal(await holds(mounts, { podSpec }), true);
    const api = "k8s.is_api_server_address('10.0.0.1')";
    assert.equal(await holds(api, { apiServerAddress: '10.0.0.1' }), true);
    assert.equal(await holds(api, {}), false);
    const hook = "process.get_ld_hook_var(event.pid) == 'LD_PRELOAD'";
    const variables = { LD_PRELOAD: '/x.so' };
    for (const processEnv of [{ 7: variables }, variables]) {
      assert.equal(await holds(hook, { processEnv }), true);
    }
    assert.equal(await holds(hook, { processEnv: { 8: variables } }), false);
  });

  it('evaluates texts that it expects, also of a rule that is false', async () => {
    const rule = aRuleAbout([['exec', 'false']]);
    const [result] = await resultsOf([rule], {
      event: exec,
      expect: { verdict: false, message: 'started sh', uniqueId: 'u' },
    });
    assert.equal(result?.ok, true);
  });

  it('tells of an expression that fails', async () => {
    const rule = aRuleAbout([['exec', "event.args[9] == 'x'"]]);
    const [failing, expecting] = await resultsOf(
      [rule],
      { event: exec, expect: { verdict: true } },
      { event: exec, expect: { verdict: false, error: 'line 1, column' } },
    );
    assert.ok(failing?.why.some((line) => line.startsWith('error: line 1, column')));
    assert.equal(expecting?.ok, true);
  });

  it('says which part of the expressions decided, and what functions answered', async () => {
    const rule = aWrittenRule();
    const profile = { execs: [{ path: '/bin/sh' }] };
    const [result] = await resultsOf([rule], { profile, event: exec, expect: { verdict: true } });
    assert.deepEqual(result?.why, [
      'verdict: expected true, got false',
      'why: its expressions are not all true',
      '     cp.was_executed("c1", "/bin/sh") = true',
    ]);
  });
});

describe('a test with steps', () => {
  const step = { profile: learned, event: exec };

  it('runs them on one engine, with the cooldown between them', async () => {
    const [result] = await resultsOf([aWrittenRule()], {
      steps: [
        { ...step, expect: { alert: true } },
        { ...step, expect: { alert: false, suppressedBy: 'cooldown', verdict: true } },
        { ...step, event: { ...exec, exepath: '/bin/dash' }, expect: { alert: true } },
        { ...step, after: '59m', expect: { suppressedBy: 'cooldown' } },
        { ...step, after: '1m', expect: { alert: true } },
      ],
    });
    assert.deepEqual(result?.why, []);
    assert.ok(Array.isArray(result?.actual) && result.actual.length === 5);
  });

  it('takes what a step does not say from the test', async () => {
    const expectations = [
      { expect: { alert: true } },
      { profile: null, expect: { suppressedBy: 'profile' } },
    ];
    const [result] = await resultsOf([aWrittenRule()], { ...step, steps: expectations });
    assert.deepEqual(result?.why, []);
  });

  it('names the step that came out otherwise', async () => {
    const [result] = await resultsOf([aWrittenRule()], {
      steps: [
        { ...step, expect: { verdict: true } },
        { ...step, expect: { verdict: false } },
      ],
    });
    assert.equal(result?.ok, false);
    assert.equal(result?.why[0], 'step 2: verdict: expected false, got true');
  });
});

describe('a test that is broken', () => {
  const good = { event: exec, expect: { verdict: true } };
  const bad: readonly (readonly [what: string, test: object, error: string])[] = [
    ['names no rule there is', { ...good, rule: 'R9' }, 'rule: expected one of T1, got R9'],
    ['has an unknown field', { ...good, evnt: 1 }, 'evnt: there is no such field'],
    [
      'expects an unknown field',
      { ...good, expect: { verdic: true } },
      'expect.verdic: there is no',
    ],
    ['expects nothing', { ...good, expect: {} }, 'expect: expected at least one of verdict'],
    [
      'has a verdict that is a text',
      { ...good, expect: { verdict: 'x' } },
      'expect.verdict: expected boolean',
    ],
    [
      'has a stage that is none',
      { ...good, expect: { suppressedBy: 'x' } },
      'expect.suppressedBy: expected',
    ],
    ['has no event', { expect: { verdict: true } }, 'event: expected an event'],
    ['has no expectation', { event: exec }, 'expected either expect or steps'],
    ['has a type that is none', { ...good, event: { type: 'exce' } }, 'event.type: expected'],
    [
      'has a field that events lack',
      { ...good, event: { ...exec, exepat: '' } },
      'event.exepat: no such field; did you mean exepath?',
    ],
    [
      'has a field of another type',
      { ...good, event: { ...exec, pid: 'x' } },
      'event.pid: expected a whole number',
    ],
    [
      'has a profile of another form',
      { ...good, profile: { execs: [{}] } },
      'profile.execs.0.path: expected text',
    ],
    [
      'has an unknown part of a profile',
      { ...good, profile: { exec: [] } },
      'profile.exec: there is no such field',
    ],
    [
      'has a pod spec of another form',
      { ...good, context: { podSpec: { containers: [{}] } } },
      'context.podSpec.containers.0.name: expected a text',
    ],
  ];
  for (const [what, test, error] of bad) {
    it(`is a failed result when it ${what}, and stops no other`, async () => {
      const [broken, other] = await resultsOf([aWrittenRule()], test, good);
      assert.equal(broken?.ok, false);
      const told = broken?.error ?? '';
      assert.ok(told.startsWith('f.json: test "test 0": ') && told.includes(error), told);
      assert.equal(other?.ok, true);
    });
  }

  it('is one whose name was used before', async () => {
    const [first, second] = await resultsOf(
      [aWrittenRule()],
      { ...good, name: 'a' },
      { ...good, name: 'a' },
    );
    assert.equal(first?.ok, true);
    assert.match(second?.error ?? '', /test "a": name: expected another name/);
  });

  it('is one whose rule does not load, unless it expects that', async () => {
    const rule = aRuleAbout([['exec', 'event.foo == 1']]);
    const [plain, expecting, ofAnother] = await resultsOf(
      [rule, aWrittenRule({ id: 'T2' })],
      good,
      { ...good, expect: { error: 'no such key: foo' } },
      { ...good, rule: 'T2', profile: learned },
    );
    assert.match(
      plain?.error ?? '',
      /f.json, inline: rule T1: .*line 1, column 7: no such key: foo/,
    );
    assert.equal(expecting?.ok, true);
    assert.equal(ofAnother?.ok, true);
  });
});

describe('a test with bindings', () => {
  const good = { event: exec, profile: learned, expect: { verdict: true } };
  const bound = [{ ruleID: 'T1' }];
  const wrong: readonly (readonly [what: string, binding: object, error: RegExp])[] = [
    [
      'an unknown field',
      { namespaceSelektor: {}, rules: bound },
      /bindings.0: namespaceSelektor: unknown field, did you mean namespaceSelector\?/,
    ],
    [
      'an operator that is none',
      { podSelector: { matchExpressions: [{ key: 'a', operator: 'Is' }] }, rules: bound },
      /bindings.0: podSelector.matchExpressions.0.operator: expected/,
    ],
    [
      'a severity of 11',
      { rules: [{ ruleID: 'T1', severity: 11 }] },
      /bindings.0: rules.0.severity: expected a whole number from 0 to 10/,
    ],
    [
      'another kind',
      { apiVersion: 'kubescape.io/v1', kind: 'Binding', spec: {} },
      /bindings.0: kind: expected RuntimeRuleAlertBinding, got "Binding"/,
    ],
    [
      'no specification',
      { apiVersion: 'kubescape.io/v1', kind: 'RuntimeRuleAlertBinding', spc: {} },
      /bindings.0: spec: expected/,
    ],
  ];
  for (const [what, binding, error] of wrong) {
    it(`is broken by a binding that has ${what}, and stops no other`, async () => {
      const [broken, other] = await resultsOf(
        [aWrittenRule()],
        { ...good, bindings: [binding] },
        good,
      );
      assert.equal(broken?.ok, false);
      assert.match(broken?.error ?? '', /^f.json: test "test 0": /);
      assert.match(broken?.error ?? '', error);
      assert.equal(other?.ok, true);
    });
  }

  it('runs with bindings that are whole, or a specification', async () => {
    const spec = { rules: bound };
    const whole = { apiVersion: 'kubescape.io/v1', kind: 'RuntimeRuleAlertBinding', spec };
    for (const binding of [whole, spec]) {
      const test = { ...good, bindings: [binding], expect: { alert: true } };
      const [result] = await resultsOf([aWrittenRule()], test);
      assert.equal(result?.ok, true, JSON.stringify(result));
    }
  });
});

describe('a rule that is written twice', () => {
  const test = { event: exec, profile: learned, expect: { verdict: true, message: 'started sh' } };
  const malformed = aWrittenRule({ severity: 99 });
  const unparsable = aRuleAbout([['exec', 'event.comm ==']]);

  it('is the later one, when an earlier one is wrong', async () => {
    for (const wrong of [malformed, unparsable]) {
      const [result] = await resultsOf([wrong, aWrittenRule()], test);
      assert.equal(result?.error, null);
      assert.equal(result?.ok, true);
    }
  });

  it('breaks its tests when none of them loads', async () => {
    const [result] = await resultsOf([malformed, unparsable], test);
    assert.match(result?.error ?? '', /rule T1: expressions.ruleExpression.0.expression: /);
  });

  it('tells of a rule without an id when no rule has the id of the test', async () => {
    const [result, other] = await resultsOf(
      [aWrittenRule({ id: undefined }), aWrittenRule({ id: 'T2' })],
      test,
      { ...test, rule: 'T2' },
    );
    assert.match(result?.error ?? '', /f.json, inline: rule at position 1: id: expected/);
    assert.equal(other?.error, null);
  });
});

describe('loadTestFiles', () => {
  const tests = [{ name: 'a', rule: 'T1', event: exec, expect: { verdict: true } }];

  it('finds rules beside the file, in folders and lists', async () => {
    const list = JSON.stringify({
      kind: 'RulesList',
      apiVersion: 'kubescape.io/v1',
      items: [{ spec: { rules: [aWrittenRule()] } }],
    });
    const files = new GivenTextFiles({
      'dir/tests/f.json': JSON.stringify({ rules: ['../rules', '../one.json'], tests }),
      'dir/rules/a.yaml': aManifest(aWrittenRule({ id: 'T2' })),
      'dir/one.json': list,
    });
    const [file] = await loadTestFiles('dir/tests', files);
    assert.ok(file && !(file instanceof AgentError), String(file));
    assert.deepEqual(
      (await runTestFile(file)).map(({ ok }) => ok),
      [true],
    );
  });

  const unusable: readonly (readonly [what: string, content: string, error: RegExp])[] = [
    ['is no YAML', 'a: [', /^f.json:\d: expected YAML or JSON/],
    ['is a list', '[]', /^f.json: expected an object with rules, inline, tests/],
    ['has an unknown field', JSON.stringify({ test: [] }), /^f.json: test: there is no such field/],
    ['has no rules', JSON.stringify({ tests }), /^f.json: expected rules or inline/],
    ['has no tests', JSON.stringify({ inline: [{}] }), /^f.json: tests: expected a list of tests/],
    [
      'names rules that are not there',
      JSON.stringify({ rules: ['x.yaml'], tests }),
      /^f.json: rules.0: x.yaml: no such file or folder$/,
    ],
    ['has two documents', 'tests: []\n---\ntests: []\n', /^f.json: expected one document, got 2/],
  ];
  for (const [what, content, error] of unusable) {
    it(`refuses a file that ${what}`, async () => {
      const [file] = await loadTestFiles('f.json', new GivenTextFiles({ 'f.json': content }));
      assert.ok(file instanceof AgentError);
      assert.match(file.message, error);
    });
  }

  const spec = { rules: [{ ruleID: 'T1', severity: 11 }] };
  const aBinding = (given: object) =>
    JSON.stringify({ apiVersion: 'kubescape.io/v1', kind: 'RuntimeRuleAlertBinding', spec: given });
  const manifests: readonly (readonly [what: string, manifest: string, error: RegExp])[] = [
    ['a binding of severity 11', aBinding(spec), /r.yaml: spec.rules.0.severity: expected/],
    [
      'a binding with an unknown field',
      aBinding({ namespaceSelektor: {} }),
      /r.yaml: spec.namespaceSelektor: unknown field, did you mean namespaceSelector\?/,
    ],
    [
      'a list with a wrong binding',
      `{"kind": "List", "items": [${aManifest()}, ${aBinding({ rules: {} })}]}`,
      /r.yaml, item 2: spec.rules: expected/,
    ],
    [
      'another API version',
      aManifest().replace('io/v1', 'io/v9'),
      /r.yaml: apiVersion: expected kubescape.io\/v1, got "kubescape.io\/v9"/,
    ],
    [
      'another kind',
      aManifest().replace('"Rules"', '"Rulez"'),
      /r.yaml: kind: expected Rules or RuntimeRuleAlertBinding, got "Rulez"/,
    ],
    ['no kind', 'spec: {rules: []}', /r.yaml: kind: expected Rules or .*, got nothing/],
    ['something else', 'apiVersion: v1\nkind: Pod', /r.yaml: expected Rules or .*, found Pod/],
    ['no rules', aManifest().replace('[]', '{}'), /r.yaml: spec.rules: expected a list/],
  ];
  for (const [what, manifest, error] of manifests) {
    it(`refuses a file whose rules are ${what}`, async () => {
      const files = new GivenTextFiles({
        'good.yaml': aManifest(aWrittenRule()),
        'r.yaml': manifest,
        'f.json': JSON.stringify({ rules: ['good.yaml', 'r.yaml'], tests }),
      });
      const [file] = await loadTestFiles('f.json', files);
      assert.ok(file instanceof AgentError, 'the file was taken');
      assert.ok(file.message.startsWith('f.json: rules.1: '), file.message);
      assert.match(file.message, error);
    });
  }

  it('takes rules that stand beside other objects, and beside tests', async () => {
    const files = new GivenTextFiles({
      'dir/r.yaml': `${aManifest(aWrittenRule())}\n---\napiVersion: v1\nkind: Pod\n`,
      'dir/f.json': JSON.stringify({ rules: ['../dir'], tests }),
    });
    const [file] = await loadTestFiles('dir/f.json', files);
    assert.ok(file && !(file instanceof AgentError), String(file));
    assert.equal(file.objects.length, 1);
  });
});
