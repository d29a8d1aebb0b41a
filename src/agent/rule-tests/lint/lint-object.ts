import { AgentError } from '#model/agent-error.js';
import type { BoundRule } from '#rules/rule-binding.js';
import { parseRuleBinding } from '#rules/rule-binding.js';
import type { ListedObject } from '../listed-objects.ts';
import { objectProblem } from '../object-problem.ts';
import type { PlacedDocument } from '../placed-document.ts';
import type { FieldPath } from '../yaml-spans.ts';
import { formatProblems } from './format-problems.ts';
import { LINT_CHECKS, type LintCheck, type LintFinding, type LintLevel } from './lint-check.ts';
import type { WrittenRule } from './lint-subject.ts';

/** A manifest of rules or a binding, where it stands. */
export interface PlacedObject extends ListedObject {
  readonly document: PlacedDocument;
}

/** What is wrong with a binding, or with a manifest around its rules. */
export function lintObject(placed: PlacedObject): readonly LintFinding[] {
  const { object } = placed;
  const problem = objectProblem({ source: '', object });
  if (problem === undefined) return [];
  const isBinding = object['kind'] === 'RuntimeRuleAlertBinding';
  return formatProblems(problem.message.replace(/^: /, '')).map(({ said, field }) => {
    if (!isBinding) return findingAt(placed, { check: 'invalid-rule', said, field });
    // The agent refuses a binding with such a field, for it might apply to more than was meant.
    const isUnknown = said.includes(': unknown field');
    const check = isUnknown ? 'unknown-field' : 'invalid-binding';
    return findingAt(placed, { check, said, field, level: 'error' });
  });
}

/** What a binding that is well formed binds and nobody has: no rule at all, or one that is not among `known`. */
export function lintBoundRules(
  placed: PlacedObject,
  known: readonly WrittenRule[],
): readonly LintFinding[] {
  const { object } = placed;
  if (object['kind'] !== 'RuntimeRuleAlertBinding') return [];
  const binding = parseRuleBinding({ source: '', object });
  if (binding instanceof AgentError) return [];
  const told = (said: string, field: FieldPath) =>
    findingAt(placed, { check: 'binding', said, field });
  if (binding.rules.length === 0) return [told('spec.rules: binds no rule', ['spec', 'rules'])];
  return binding.rules.flatMap((bound, index) => {
    if (known.some((rule) => isBound(rule, bound))) return [];
    const field = ['spec', 'rules', index];
    const said = `${field.join('.')}: there is no rule with ${wordsFor(bound)}`;
    return [told(`${said}, in the files given, beside them or in the default rules`, field)];
  });
}

function isBound(rule: WrittenRule, { id, name, tags }: BoundRule): boolean {
  if (id !== undefined) return rule['id'] === id;
  if (name !== undefined) return rule['name'] === name;
  const { tags: own } = rule;
  return Array.isArray(own) && (tags ?? []).some((tag) => own.includes(tag));
}

function wordsFor({ id, name, tags = [] }: BoundRule): string {
  if (id !== undefined) return `the id ${id}`;
  return name === undefined ? `a tag of ${tags.join(', ')}` : `the name ${name}`;
}

function findingAt(
  { document, path }: PlacedObject,
  found: {
    readonly check: LintCheck;
    readonly said: string;
    readonly field: FieldPath;
    readonly level?: LintLevel;
  },
): LintFinding {
  const { check, said: message, field, level = LINT_CHECKS[check].level } = found;
  return { check, level, message, place: document.place([...path, ...field]) };
}
