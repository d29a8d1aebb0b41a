import {
  type FindingPlace,
  LINT_CHECKS,
  type LintFinding,
} from '#agent/rule-tests/lint/lint-check.js';
import type { LintReport } from '#agent/rule-tests/lint/lint-files.js';
import { oneLine } from '../one-line.ts';
import { painted } from '../text-table.ts';
import { type JunitCase, junitReport } from './junit.ts';
import { plural } from './plural.ts';
import type { ReportFormat, ReportForms } from './report-format.ts';
import { sarifReport } from './sarif.ts';

/** What linting found, as it is printed; see docs/rule-tests.md for the forms. */
export function printedFindings(
  report: LintReport,
  format: ReportFormat,
  hasColour: boolean,
): string {
  return FORMS[format]({ ...report, hasColour });
}

interface PrintedReport extends LintReport {
  readonly hasColour: boolean;
}

const FORMS: ReportForms<PrintedReport> = {
  json: asJson,
  junit: asJunit,
  sarif: asSarif,
  text: asText,
};

function asJson({ findings, rules }: LintReport): string {
  const { errors, warnings } = counted(findings);
  const told = findings.map(({ place, check, level, message, rule }) => ({
    ...{ check, level, rule: rule ?? null, message },
    ...{ file: place.file, line: place.line ?? null, column: place.column ?? null },
  }));
  return `${JSON.stringify({ rules, errors, warnings, findings: told }, undefined, 2)}\n`;
}

function asText({ findings, rules, hasColour }: PrintedReport): string {
  const lines = findings.map(({ place, level, check, message, rule }) => {
    const colour = level === 'error' ? 'red' : 'yellow';
    const what = painted({ text: level, colour }, hasColour);
    const about = rule === undefined ? '' : `${rule}: `;
    return `${written(place)}: ${what}: ${oneLine(about + message)} [${check}]`;
  });
  const { errors, warnings } = counted(findings);
  const said = `${plural(rules, 'rule')}, ${plural(errors, 'error')}, ${plural(warnings, 'warning')}`;
  return `${[...lines, said].join('\n')}\n`;
}

function asJunit({ findings, rules }: LintReport): string {
  const suites = new Map<string, JunitCase[]>();
  for (const { place, level, check, message, rule = '' } of findings) {
    const { file, ...at } = place;
    const text = `${level}: ${message}\n${written(place)}`;
    const name = at.line === undefined ? check : `${check} at ${numbers(place)}`;
    suites.set(file, [
      ...(suites.get(file) ?? []),
      { className: rule || check, name, failure: text },
    ]);
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

/** A place as editors understand it, as far as it is known. */
function written(place: FindingPlace): string {
  return place.line === undefined ? place.file : `${place.file}:${numbers(place)}`;
}

function numbers({ line, column }: FindingPlace): string {
  return column === undefined ? `${line}` : `${line}:${column}`;
}
