import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LintFinding } from '#agent/rule-tests/lint/lint-check.js';
import type { RuleTestResult } from '#agent/rule-tests/rule-test-result.js';
import { AgentError } from '#model/agent-error.js';
import { printedFindings } from './lint-report.ts';
import type { ReportFormat } from './report-format.ts';
import { printedTests } from './test-report.ts';

const MISSING = 'f.yaml: rules.0: nope.yaml: no such file or folder';

const passed: RuleTestResult = {
  ...{ file: 'a.yaml', name: 'one', rule: 'T1', ok: true, error: null, why: [] },
  ...{ expected: { verdict: true }, actual: { verdict: true, alert: true } },
};

describe('the report of tests', () => {
  const printed = (format: ReportFormat, unusable: readonly string[]) =>
    printedTests({ results: [passed], unusable, hasColour: false }, format);

  it('names files that could not be used, for whoever reads JSON', () => {
    const read = (unusable: readonly string[]) => JSON.parse(printed('json', unusable));
    const second = 'g.yaml, document 2: tests: expected a list of tests';
    const { results, errors, ...counts } = read([MISSING, 'bad.yaml:3: expected YAML', second]);
    assert.equal(results.length, 1);
    assert.deepEqual(counts, { passed: 1, failed: 0 });
    assert.deepEqual(errors, [
      { file: 'f.yaml', message: MISSING },
      { file: 'bad.yaml', message: 'bad.yaml:3: expected YAML' },
      { file: 'g.yaml', message: second },
    ]);
    assert.deepEqual(read([]).errors, []);
  });

  it('names them in JUnit and SARIF', () => {
    const junit = printed('junit', [MISSING]);
    assert.match(junit, /<testsuites tests="2" failures="0" errors="1">/);
    assert.match(junit, /<testsuite name="f.yaml" tests="1" failures="0" errors="1">/);
    assert.ok(junit.includes(`<error message="${MISSING}">`), junit);
    const [{ results, invocations }] = JSON.parse(printed('sarif', [MISSING])).runs;
    assert.deepEqual(invocations, [{ executionSuccessful: false }]);
    assert.equal(results[0].message.text, MISSING);
    assert.equal(results[0].locations[0].physicalLocation.artifactLocation.uri, 'f.yaml');
  });

  it('counts them in text', () => {
    assert.match(printed('text', []), /\n1 passed\n$/);
    assert.match(printed('text', [MISSING]), /\n1 passed, 1 file not usable\n$/);
    assert.match(printed('text', [MISSING, MISSING]), /\n1 passed, 2 files not usable\n$/);
  });
});

describe('the report of lint', () => {
  const finding = (place: LintFinding['place']): LintFinding => ({
    ...{ check: 'unreadable', level: 'error', message: 'no such file or folder', place },
  });
  const printed = (format: ReportFormat, ...places: readonly LintFinding['place'][]) => {
    const unusable = [new AgentError('not-found', 'x')];
    const report = { findings: places.map(finding), unusable, rules: 1 };
    return printedFindings(report, format, false);
  };
  const missing = { file: 'nofile.yaml' };

  it('gives no place that is not known', () => {
    assert.equal(
      printed('text', missing, { file: 'a', line: 2 }, { file: 'b', line: 2, column: 3 }),
      [
        'nofile.yaml: error: no such file or folder [unreadable]',
        'a:2: error: no such file or folder [unreadable]',
        'b:2:3: error: no such file or folder [unreadable]',
        '1 rule, 3 errors, 0 warnings\n',
      ].join('\n'),
    );
    const [found] = JSON.parse(printed('json', missing)).findings;
    assert.deepEqual([found.file, found.line, found.column], ['nofile.yaml', null, null]);
    const [result] = JSON.parse(printed('sarif', missing)).runs[0].results;
    assert.deepEqual(result.locations[0].physicalLocation, {
      artifactLocation: { uri: 'nofile.yaml' },
    });
    assert.match(printed('junit', missing), /<testcase classname="unreadable" name="unreadable">/);
  });
});
