import { PROFILE_SURFACES } from '#model/profile-needs.js';
import { isRecord } from '#profile/is-record.js';
import { nearestName } from '#rules/nearest-name.js';
import type { FieldPath } from '../yaml-spans.ts';
import type { LintLevel } from './lint-check.ts';
import type { Report, WrittenRule } from './lint-subject.ts';

/** Fields of a rule in the public format. */
const RULE_FIELDS: readonly string[] = [
  ...['enabled', 'id', 'name', 'description', 'expressions', 'profileDependency', 'severity'],
  ...['profileDataRequired', 'supportPolicy', 'tags', 'state', 'agentVersionRequirement'],
  ...['isTriggerAlert', 'mitreTactic', 'mitreTechnique'],
];
const EXPRESSIONS_FIELDS: readonly string[] = ['message', 'uniqueId', 'ruleExpression'];
const CONDITION_FIELDS: readonly string[] = ['eventType', 'expression'];

/** Reports fields of a rule that nothing reads, with the name that may be meant. */
export function checkFieldNames(rule: WrittenRule, report: Report): void {
  const check = (value: unknown, { field, known, level }: Known) => {
    if (!isRecord(value)) return;
    for (const key of Object.keys(value).filter((each) => !known.includes(each))) {
      const at = [...field, key];
      const message = `${at.join('.')}: unknown field, ${hintFor(key, known)}`;
      report('unknown-field', message, { field: at, ...(level && { level }) });
    }
  };
  check(rule, { field: [], known: RULE_FIELDS });
  const { expressions, profileDataRequired } = rule;
  // Of these the agent takes no other, and leaves out the rule.
  const declared = { field: ['profileDataRequired'], known: PROFILE_SURFACES };
  check(profileDataRequired, { ...declared, level: 'error' });
  check(expressions, { field: ['expressions'], known: EXPRESSIONS_FIELDS });
  const conditions = isRecord(expressions) ? expressions['ruleExpression'] : [];
  for (const [index, condition] of (Array.isArray(conditions) ? conditions : []).entries()) {
    const field = ['expressions', 'ruleExpression', index];
    check(condition, { field, known: CONDITION_FIELDS });
  }
}

/** An object's place in a rule, and the fields that it may have. */
interface Known {
  readonly field: FieldPath;
  readonly known: readonly string[];
  /** Absent: a warning. */
  readonly level?: LintLevel;
}

function hintFor(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return near === undefined ? 'nothing reads it' : `did you mean ${near}?`;
}
