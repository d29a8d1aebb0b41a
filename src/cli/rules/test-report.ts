import type { RuleTestResult } from '#agent/rule-tests/rule-test-result.js';
import { oneLine } from '../one-line.ts';
import { painted } from '../text-table.ts';
import { type JunitCase, junitReport } from './junit.ts';
import { plural } from './plural.ts';
import type { ReportFormat, ReportForms } from './report-format.ts';
import { type SarifResult, sarifReport } from './sarif.ts';

/** How all tests went. */
export interface TestReport {
  readonly results: readonly RuleTestResult[];
  /** What was wrong with each file that could not be used, in words. */
  readonly unusable: readonly string[];
  readonly hasColour: boolean;
}

/** The report as it is printed; see docs/rule-tests.md for the forms. */
export function printedTests(report: TestReport, format: ReportFormat): string {
  return FORMS[format](report);
}

const FORMS: ReportForms<TestReport> = {
  json: asJson,
  junit: asJunit,
  sarif: asSarif,
  text: asText,
};

function asJson({ results, unusable }: TestReport): string {
  const passed = results.filter(({ ok }) => ok).length;
  const told = results.map(({ name, rule, ok, expected, actual, error, file, why }) => ({
    ...{ name, rule, ok, expected, actual, error, file },
    ...(why.length > 0 && { why }),
  }));
  const failed = results.length - passed;
  const errors = unusable.map((message) => ({ file: fileOf(message), message }));
  return `${JSON.stringify({ passed, failed, results: told, errors }, undefined, 2)}\n`;
}

function asText({ results, unusable, hasColour }: TestReport): string {
  const lines: string[] = [];
  let last: string | undefined;
  for (const result of results) {
    if (result.file !== last) lines.push(last === undefined ? result.file : `\n${result.file}`);
    last = result.file;
    lines.push(...testLines(result, hasColour));
  }
  const failed = results.filter(({ ok }) => !ok).length;
  const passed = results.length - failed;
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${passed} passed`,
    ...(unusable.length > 0 ? [`${plural(unusable.length, 'file')} not usable`] : []),
  ];
  const text = parts.join(', ');
  const colour = parts.length > 1 ? 'red' : 'green';
  return [...lines, '', painted({ text, colour }, hasColour), ''].join('\n');
}

function testLines({ ok, name, rule, error, why }: RuleTestResult, hasColour: boolean): string[] {
  const sign = ok ? { text: '✓', colour: 'green' as const } : { text: '✗', colour: 'red' as const };
  const details = error === null ? why : [error];
  return [
    `  ${painted(sign, hasColour)} ${oneLine(`${rule} ${name}`)}`,
    ...details.map((line) => `      ${oneLine(line)}`),
  ];
}

function asJunit({ results, unusable }: TestReport): string {
  const suites = new Map<string, JunitCase[]>();
  for (const { file, name, rule, ok, error, why } of results) {
    const outcome = ok ? {} : error === null ? { failure: why.join('\n') } : { error };
    suites.set(file, [...(suites.get(file) ?? []), { className: rule, name, ...outcome }]);
  }
  for (const error of unusable) {
    const file = fileOf(error);
    const cases = suites.get(file) ?? [];
    suites.set(file, [...cases, { className: 'file', name: 'load', error }]);
  }
  return junitReport(suites);
}

const SARIF_RULES = [
  { id: 'rule-test-failed', about: 'A rule does not do what its test expects.', level: 'error' },
  { id: 'rule-test-broken', about: 'A test of a rule cannot be run.', level: 'error' },
  { id: 'unreadable', about: 'The file cannot be used.', level: 'error' },
] as const;

function asSarif({ results, unusable }: TestReport): string {
  const failures = results
    .filter(({ ok }) => !ok)
    .map(({ file, name, rule, error, why }): SarifResult => {
      const ruleId = error === null ? 'rule-test-failed' : 'rule-test-broken';
      const message = `${rule} ${name}: ${error ?? why.join('; ')}`;
      return { ruleId, level: 'error', message, file };
    });
  const files = unusable.map((message): SarifResult => {
    return { ruleId: 'unreadable', level: 'error', message, file: fileOf(message) };
  });
  return sarifReport(SARIF_RULES, [...failures, ...files], unusable.length === 0);
}

/** The file that a message begins with; behind it may stand a line, or which document of it is meant. */
function fileOf(message: string): string {
  const [place = ''] = message.split(/:(?:\d+:)? /, 1);
  return place.replace(/, document \d+$/, '');
}
