import type { RuleLanguages } from '#rules/rule-environment.js';
import { parseRules } from '#rules/rule-manifest.js';
import type { PlacedDocument } from '../placed-document.ts';
import type { FieldPath } from '../yaml-spans.ts';
import { checkExpressions } from './expression-checks.ts';
import { LINT_CHECKS, type LintFinding } from './lint-check.ts';
import type { Report, WrittenRule } from './lint-subject.ts';
import { checkPlainFields } from './plain-checks.ts';
import { checkPrefilter } from './prefilter-checks.ts';
import { checkDeclarations, checkQuestions, checkUse } from './profile-data-checks.ts';
import { checkTruth } from './truth-checks.ts';

/** A rule where it stands. */
export interface PlacedRule {
  readonly rule: WrittenRule;
  readonly document: PlacedDocument;
  readonly path: FieldPath;
}

/** Fields of which a check of their own says more than the format's. */
const CHECKED_APART: ReadonlySet<string> = new Set(['severity', 'profileDependency', 'state']);

/** Everything that can be said of one rule by itself. */
export function lintRule(
  { rule, document, path }: PlacedRule,
  languages: RuleLanguages,
): readonly LintFinding[] {
  const findings: LintFinding[] = [];
  const { id } = rule;
  const report: Report = (check, message, { field, offset }) => {
    const at = [...path, ...field];
    const place = offset === undefined ? document.place(at) : document.placeInText(at, offset);
    const about = typeof id === 'string' && id !== '' ? { rule: id } : {};
    findings.push({ check, level: LINT_CHECKS[check].level, message, ...about, place });
  };
  checkFormat(rule, report);
  checkPlainFields(rule, report);
  checkDeclarations(rule, report);
  checkPrefilter(rule, report);
  const { expressions, areAll } = checkExpressions(rule, languages, report);
  checkTruth(expressions, rule, report);
  checkQuestions(expressions, rule, report);
  // What an expression that does not compile was to ask is not known.
  if (areAll) checkUse(expressions, rule, report);
  return findings;
}

/** Asks the parser of manifests, by a manifest with nothing but the rule. */
function checkFormat(rule: WrittenRule, report: Report): void {
  const object = { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules: [rule] } };
  const { errors } = parseRules({ source: '', object });
  for (const { message } of errors) {
    const problems = message.replace(/^: rule (at position 1|.*?): /, '').split('; ');
    for (const problem of problems) {
      const [, field = ''] = /^([\w.]+): /.exec(problem) ?? [];
      const keys = field.split('.').filter(Boolean);
      if (CHECKED_APART.has(keys[0] ?? '')) continue;
      const said = problem.replace(/expected "\w+", got nothing/, 'expected a value, got nothing');
      report('invalid-rule', said, {
        field: keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
      });
    }
  }
}
