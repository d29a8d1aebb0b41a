import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runProgram as run } from '../testing/run-program.ts';

const RULES = `apiVersion: kubescape.io/v1
kind: Rules
spec:
  rules:
    - id: T1
      enabled: true
      name: Unlearned program
      description: A program that the profile does not have was started.
      profileDependency: 0
      profileDataRequired: {execs: all}
      severity: 5
      mitreTactic: TA0002
      mitreTechnique: T1059
      expressions:
        message: "'started ' + event.comm"
        uniqueId: event.comm
        ruleExpression:
          - eventType: exec
            expression: "!cp.was_executed(event.containerId, event.exepath)"
`;
const test = (name: string, verdict: boolean) => `
  - name: ${name}
    rule: T1
    profile: {execs: [{path: /bin/ls}]}
    event: {type: exec, comm: sh, exepath: /bin/sh}
    expect: {verdict: ${verdict}}`;

describe('hullwatch rules', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-rules-'));
    mkdirSync(at('tests'));
    writeFileSync(at('rules.yaml'), RULES);
    writeFileSync(at('tests/good.yaml'), `rules: [../rules.yaml]\ntests:${test('a', true)}\n`);
    writeFileSync(
      at('tests/bad.yaml'),
      `rules: [../rules.yaml]\ntests:${test('b <&"', false)}${test('c', true)}\n  - {name: d, rule: T9}\n`,
    );
    writeFileSync(at('broken.yaml'), 'tests: [');
    writeFileSync(at('wrong-rules.yaml'), RULES.replace('severity: 5', 'severity: 50'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('test: settles with 0 when all is as expected', async () => {
    const { exitCode, out, err } = await run('rules', 'test', at('tests/good.yaml'));
    assert.deepEqual([exitCode, err], [0, '']);
    assert.equal(out, `${at('tests/good.yaml')}\n  ✓ T1 a\n\n1 passed\n`);
  });

  it('test: settles with 1 and says what differs and why', async () => {
    const { exitCode, out } = await run('rules', 'test', at('tests/bad.yaml'));
    assert.equal(exitCode, 1);
    assert.match(out, /✗ T1 b <&"\n {6}verdict: expected false, got true\n {6}why: /);
    assert.match(out, /✗ T9 d\n {6}.*: test "d": expected either expect or steps/);
    assert.match(out, /2 failed, 1 passed\n$/);
  });

  it('test: settles with 2 when a file cannot be used, and runs the others', async () => {
    const { exitCode, out, err } = await run(
      ...['rules', 'test', at('broken.yaml'), at('none.yaml'), at('rules.yaml'), at('tests')],
    );
    assert.equal(exitCode, 2);
    assert.match(err, /broken.yaml:\d: expected YAML or JSON/);
    assert.match(err, /none.yaml: no such file or folder/);
    assert.match(err, /rules.yaml: .*expected/);
    assert.match(out, /2 failed, 2 passed, 3 files not usable\n$/);
  });

  it('test: prints JSON with every result of all files', async () => {
    const { out } = await run('rules', 'test', at('tests'), '-o', 'json');
    const { passed, failed, results } = JSON.parse(out);
    assert.deepEqual([passed, failed, results.length], [2, 2, 4]);
    const good = results.find(({ name }: { readonly name: string }) => name === 'a');
    const { file, actual, ...rest } = good;
    assert.deepEqual(rest, {
      name: 'a',
      rule: 'T1',
      ok: true,
      expected: { verdict: true },
      error: null,
    });
    assert.deepEqual(
      [file, actual.verdict, actual.message],
      [at('tests/good.yaml'), true, 'started sh'],
    );
    const broken = results.find(({ name }: { readonly name: string }) => name === 'd');
    assert.deepEqual([broken.ok, broken.expected, broken.actual], [false, null, null]);
    assert.match(broken.error, /expected either/);
  });

  it('test: prints JUnit, its texts escaped', async () => {
    const { out } = await run('rules', 'test', at('tests'), at('none.yaml'), '-o', 'junit');
    assert.match(
      out,
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites tests="5" failures="1" errors="2">/,
    );
    assert.match(
      out,
      /<testcase classname="T1" name="b &lt;&amp;&quot;">\n\s+<failure message="verdict: /,
    );
    assert.match(out, /<testcase classname="T1" name="a"\/>/);
  });

  it('test: prints SARIF with what failed', async () => {
    const { out } = await run('rules', 'test', at('tests'), at('none.yaml'), '-o', 'sarif');
    const { version, runs } = JSON.parse(out);
    assert.equal(version, '2.1.0');
    assert.deepEqual(
      runs[0].results.map(({ ruleId }: { readonly ruleId: string }) => ruleId),
      ['rule-test-failed', 'rule-test-broken', 'unreadable'],
    );
    assert.equal(runs[0].invocations[0].executionSuccessful, false);
  });

  it('lint: settles with 0 for warnings, 1 if strict or for errors, 2 for what it cannot use', async () => {
    assert.equal((await run('rules', 'lint', at('rules.yaml'))).exitCode, 0);
    const lone = at('wrong-rules.yaml');
    const { exitCode, out } = await run('rules', 'lint', lone);
    assert.equal(exitCode, 1);
    assert.match(
      out,
      /wrong-rules.yaml:11:7: error: T1: severity: .* \[severity\]\n1 rule, 1 error, 0 warnings\n$/,
    );
    mkdirSync(at('untested'));
    writeFileSync(at('untested/rules.yaml'), RULES);
    assert.equal((await run('rules', 'lint', at('untested'))).exitCode, 0);
    assert.equal((await run('rules', 'lint', '--strict', at('untested'))).exitCode, 1);
    assert.equal((await run('rules', 'lint', at('broken.yaml'), lone)).exitCode, 2);
  });

  it('lint: prints JSON, JUnit and SARIF with places', async () => {
    const file = at('wrong-rules.yaml');
    const json = JSON.parse((await run('rules', 'lint', file, '-o', 'json')).out);
    const { message, ...finding } = json.findings[0];
    assert.match(message, /^severity: expected/);
    assert.deepEqual([json.rules, json.errors, json.warnings], [1, 1, 0]);
    assert.deepEqual(finding, {
      check: 'severity',
      level: 'error',
      rule: 'T1',
      file,
      line: 11,
      column: 7,
    });
    const junit = (await run('rules', 'lint', file, '-o', 'junit')).out;
    assert.match(junit, /<testcase classname="T1" name="severity at 11:7">/);
    const sarif = JSON.parse((await run('rules', 'lint', file, '-o', 'sarif')).out);
    const [result] = sarif.runs[0].results;
    assert.equal(sarif.runs[0].tool.driver.rules[result.ruleIndex].id, 'severity');
    assert.deepEqual(result.locations[0].physicalLocation.region, {
      startLine: 11,
      startColumn: 7,
    });
    assert.equal(result.locations[0].physicalLocation.artifactLocation.uri, `file://${file}`);
  });

  it('lint: a report of nothing is one all the same', async () => {
    const junit = (await run('rules', 'lint', at('rules.yaml'), '-o', 'junit')).out;
    assert.match(junit, /<testsuites tests="1" failures="0" errors="0">/);
  });
});
