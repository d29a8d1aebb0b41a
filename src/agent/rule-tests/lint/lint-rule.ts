import { PROFILE_SURFACES } from '#model/profile-needs.js';
import type { RuleLanguages } from '#rules/rule-environment.js';
import { parseRules } from '#rules/rule-manifest.js';
import type { PlacedDocument } from '../placed-document.ts';
import type { FieldPath } from '../yaml-spans.ts';
import { checkExpressions } from './expression-checks.ts';
import { formatProblems } from './format-problems.ts';
import { LINT_CHECKS, type LintFinding } from './lint-check.ts';
import type { Report, WrittenRule } from './lint-subject.ts';
import { checkPlainFields } from './plain-checks.ts';
import { checkPrefilter } from './prefilter-checks.ts';
import { checkDeclarations, checkQuestions, checkUse } from './profile-data-checks.ts';
import { checkTruth } from './truth-checks.ts';
import { checkFieldNames } from './unknown-fields.ts';

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
  const report: Report = (check, message, at) => {
    const { field, offset, level = LINT_CHECKS[check].level } = at;
    const where = [...path, ...field];
    const place =
      offset === undefined ? document.place(where) : document.placeInText(where, offset);
    const about = typeof id === 'string' && id !== '' ? { rule: id } : {};
    findings.push({ check, level, message, ...about, place });
  };
  checkFormat(rule, report);
  checkFieldNames(rule, report);
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
    const problems = message.replace(/^: rule (at position 1|.*?): /, '');
    for (const { said, field } of formatProblems(problems)) {
      if (CHECKED_APART.has(String(field[0]))) continue;
      if (isUnknownSurface(field)) continue;
      report('invalid-rule', said, { field });
    }
  }
}

/** Said among the names of fields. */
function isUnknownSurface([outer, surface, ...inner]: FieldPath): boolean {
  const isSurface = PROFILE_SURFACES.some((known) => known === surface);
  return (
    outer === 'profileDataRequired' && inner.length === 0 && surface !== undefined && !isSurface
  );
}
