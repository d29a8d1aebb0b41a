import { LINT_CHECKS, type LintFinding } from '#agent/rule-tests/lint/lint-check.js';
import type { LintReport } from '#agent/rule-tests/lint/lint-files.js';
import { oneLine } from '../one-line.ts';
import { painted } from '../text-table.ts';
import { type JunitCase, junitReport } from './junit.ts';
import type { ReportFormat } from './report-format.ts';
import { sarifReport } from './sarif.ts';

/** What linting found, as it is printed; see docs/rule-tests.md for the forms. */
export function printedFindings(
  report: LintReport,
  format: ReportFormat,
  hasColour: boolean,
): string {
  switch (format) {
    case 'json':
      return asJson(report);
    case 'junit':
      return asJunit(report);
    case 'sarif':
      return asSarif(report);
    case 'text':
      return asText(report, hasColour);
  }
}

function asJson({ findings, rules }: LintReport): string {
  const { errors, warnings } = counted(findings);
  const told = findings.map(({ place, check, level, message, rule }) => ({
    ...{ check, level, rule: rule ?? null, message },
    ...place,
  }));
  return `${JSON.stringify({ rules, errors, warnings, findings: told }, undefined, 2)}\n`;
}

function asText({ findings, rules }: LintReport, hasColour: boolean): string {
  const lines = findings.map(({ place: { file, line, column }, level, check, message, rule }) => {
    const colour = level === 'error' ? 'red' : 'yellow';
    const what = painted({ text: level, colour }, hasColour);
    const about = rule === undefined ? '' : `${rule}: `;
    return `${file}:${line}:${column}: ${what}: ${oneLine(about + message)} [${check}]`;
  });
  const { errors, warnings } = counted(findings);
  const said = `${plural(rules, 'rule')}, ${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
  return `${[...lines, said].join('\n')}\n`;
}

function asJunit({ findings, rules }: LintReport): string {
  const suites = new Map<string, JunitCase[]>();
  for (const { place, level, check, message, rule = '' } of findings) {
    const { file, line, column } = place;
    const text = `${level}: ${message}\n${file}:${line}:${column}`;
    const made = { className: rule || check, name: `${check} at ${line}:${column}`, failure: text };
    suites.set(file, [...(suites.get(file) ?? []), made]);
  }
  // A report without a test is taken for one that was not made.
  if (suites.size === 0) suites.set('lint', [{ className: 'lint', name: plural(rules, 'rule') }]);
  return junitReport(suites);
}

function asSarif({ findings, unusable }: LintReport): string {
  const rules = Object.entries(LINT_CHECKS).map(([id, check]) => ({ id, ...check }));
  const results = findings.map(({ check, level, message, rule, place }) => ({
    ...place,
    ruleId: check,
    level,
    message: rule === undefined ? message : `${rule}: ${message}`,
  }));
  return sarifReport(rules, results, unusable.length === 0);
}

function counted(findings: readonly LintFinding[]) {
  const errors = findings.filter(({ level }) => level === 'error').length;
  return { errors, warnings: findings.length - errors };
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
