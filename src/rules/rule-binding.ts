import * as v from 'valibot';
import { AgentError } from '#model/agent-error.js';
import type { RuleObject } from '#model/rule-objects.js';
import { isRecord } from '#profile/is-record.js';
import { type LabelSelector, labelSelectorSchema } from './label-selector.ts';
import type { Rule } from './rule.ts';
import { describeIssues } from './schema-issues.ts';
import { strictFields } from './strict-fields.ts';

/** A rule, or the rules with some tags, as a binding names them. Exactly one of id, name and tags. */
export interface BoundRule {
  readonly id?: string;
  readonly name?: string;
  /** Every rule that has one of them. */
  readonly tags?: readonly string[];
  /** Take the place of the same keys of the rule's `state`. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Takes the place of the rule's severity. */
  readonly severity?: number;
}

/** Says which rules are used for which pods. */
export interface RuleBinding {
  /** The manifest it came from, for messages. */
  readonly source: string;
  readonly name: string;
  /** Asked with the labels of a pod's namespace, its name among them. */
  readonly namespaceSelector: LabelSelector;
  readonly podSelector: LabelSelector;
  /** None of them: no rule. */
  readonly rules: readonly BoundRule[];
}

const name = v.pipe(v.string(), v.nonEmpty('expected a text that is not empty'));
const WANTED_SEVERITY = 'expected a whole number from 0 to 10';
const severity = v.pipe(
  v.union([v.number(), v.string()], WANTED_SEVERITY),
  v.check((value) => /^(\d|10)$/.test(String(value)), WANTED_SEVERITY),
  v.transform(Number),
);

type Parameters = BoundRule['parameters'];

const boundRule = v.pipe(
  strictFields({
    ruleID: v.exactOptional(name),
    ruleName: v.exactOptional(name),
    ruleTags: v.exactOptional(v.pipe(v.array(name), v.nonEmpty('expected at least one tag'))),
    parameters: v.nullish(v.custom<Parameters>(isRecord, 'expected parameters by name'), {}),
    severity: v.exactOptional(severity),
  }),
  v.check(
    (rule) =>
      [rule.ruleID, rule.ruleName, rule.ruleTags].filter((one) => one !== undefined).length === 1,
    'expected exactly one of ruleID, ruleName and ruleTags',
  ),
  v.transform(
    ({ ruleID, ruleName, ruleTags, parameters, ...rest }): BoundRule => ({
      ...(ruleID !== undefined && { id: ruleID }),
      ...(ruleName !== undefined && { name: ruleName }),
      ...(ruleTags !== undefined && { tags: ruleTags }),
      ...(rest.severity !== undefined && { severity: rest.severity }),
      parameters,
    }),
  ),
);

const bindingSchema = v.object({
  apiVersion: v.literal('kubescape.io/v1'),
  spec: strictFields({
    namespaceSelector: labelSelectorSchema,
    podSelector: labelSelectorSchema,
    rules: v.nullish(v.array(boundRule), []),
  }),
});

/** Validates a binding. One that is wrong gives an `invalid` error that names source and fields. */
export function parseRuleBinding({ source, object }: RuleObject): RuleBinding | AgentError {
  const parsed = v.safeParse(bindingSchema, object, { abortPipeEarly: true });
  if (!parsed.success) {
    return new AgentError('invalid', `${source}: ${describeIssues(parsed.issues)}`);
  }
  const { metadata } = object;
  const given = isRecord(metadata) ? metadata['name'] : undefined;
  return { source, name: typeof given === 'string' ? given : '', ...parsed.output.spec };
}

/** True when a binding means this rule by `bound`. */
export function bindsRule({ id, name, tags }: BoundRule, rule: Rule): boolean {
  if (id !== undefined) return rule.id === id;
  if (name !== undefined) return rule.name === name;
  return tags?.some((tag) => rule.tags.includes(tag)) ?? false;
}
