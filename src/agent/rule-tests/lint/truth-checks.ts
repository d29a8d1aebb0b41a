import type { RuleEventType } from '#rules/rule.js';
import { constantValue } from './constant-value.ts';
import { zeroOf } from './event-type-fields.ts';
import { fieldsRead } from './expression-checks.ts';
import type { CheckedExpression, Report, WrittenRule } from './lint-subject.ts';
import { both, type PossibleText, possibleTexts } from './possible-texts.ts';
import { prefilterTexts } from './prefilter-checks.ts';

/** Reports expressions that no event can make true, and fields that events of the type never have. */
export function checkTruth(
  expressions: readonly CheckedExpression[],
  rule: WrittenRule,
  report: Report,
): void {
  const conditions = expressions.filter(({ isCondition }) => isCondition);
  for (const condition of conditions) {
    const [type] = condition.types;
    if (type === undefined) continue;
    const isFalse = constantValue(condition.root, type) === false;
    if (isFalse) {
      const message = `the expression is false for every ${type} event`;
      report('never-true', message + zeroWords(condition, type), { field: condition.field });
    } else {
      reportZeroFields(condition, type, report);
    }
  }
  for (const type of new Set(conditions.flatMap(({ types }) => types))) {
    reportContradiction(
      conditions.filter((each) => each.types.includes(type)),
      { type, rule, report },
    );
  }
}

/** Which fields are why. */
function zeroWords(expression: CheckedExpression, type: RuleEventType): string {
  const fields = fieldsRead(expression).filter(({ field }) => zeroOf(field, type));
  const names = [...new Set(fields.map(({ field }) => `event.${field}`))];
  return names.length === 0 ? '' : `; it has no ${names.join(', ')}`;
}

function reportZeroFields(
  expression: CheckedExpression,
  type: RuleEventType,
  report: Report,
): void {
  const told = new Set<string>();
  for (const { field, offset } of fieldsRead(expression)) {
    if (told.has(field) || !zeroOf(field, type)) continue;
    told.add(field);
    const message = `event.${field}: is empty in every ${type} event`;
    report('zero-field', message, { field: expression.field, offset });
  }
}

/** Conditions on one type are ANDed, and the prefilter comes before them. */
function reportContradiction(
  conditions: readonly CheckedExpression[],
  {
    type,
    rule,
    report,
  }: { readonly type: RuleEventType; readonly rule: WrittenRule; readonly report: Report },
): void {
  const [first] = conditions;
  if (first === undefined) return;
  const fields = new Set(conditions.flatMap((each) => fieldsRead(each)).map(({ field }) => field));
  for (const field of fields) {
    const wanted = conditions
      .map(({ root }) => possibleTexts(root, field))
      .reduce((left, right) => both(left, right), undefined);
    if (wanted === undefined) continue;
    const problem = problemWith(wanted, prefilterTexts(rule, { type, field }));
    if (problem) report('never-true', `event.${field}: ${problem}`, { field: first.field });
  }
}

function problemWith(
  wanted: readonly PossibleText[],
  { included, ignores }: ReturnType<typeof prefilterTexts>,
): string | undefined {
  if (wanted.length === 0) return 'no value meets all that the expressions ask of it';
  const left = both(wanted, included);
  if (left?.length === 0)
    return 'the prefilter leaves out every value that the expressions ask for';
  if (left?.every(({ text }) => ignores(text))) {
    return 'the prefilter ignores every value that the expressions ask for';
  }
  return undefined;
}
