import * as v from 'valibot';
import { AgentError } from '#model/agent-error.js';
import { PROFILE_DEPENDENCY } from '#model/finding.js';
import { isRecord } from '#profile/is-record.js';
import { profileDataSchema } from './profile-data.ts';
import { RULE_EVENT_TYPES, type Rule } from './rule.ts';

/** A manifest that was read and parsed elsewhere. */
export interface RuleManifest {
  /** What to call it in messages: a file name, or kind and name. */
  readonly source: string;
  /** The whole object, `apiVersion` and `kind` included. */
  readonly object: Readonly<Record<string, unknown>>;
}

/** API version and kind of the public rule manifests. */
const API_VERSION = 'kubescape.io/v1';
const KIND = 'Rules';

const name = v.pipe(v.string(), v.nonEmpty('expected a text that is not empty'));
const expression = name;
const whole = v.pipe(v.number(), v.integer('expected a whole number'));

/** Fields with other names are for others. A field that is null is not given. */
const ruleSchema = v.object({
  enabled: v.boolean(),
  id: name,
  name,
  description: v.nullish(v.string(), ''),
  expressions: v.object({
    message: expression,
    uniqueId: expression,
    ruleExpression: v.pipe(
      v.array(v.object({ eventType: v.picklist(RULE_EVENT_TYPES), expression })),
      v.nonEmpty('expected at least one expression'),
    ),
  }),
  profileDependency: v.picklist(Object.values(PROFILE_DEPENDENCY)),
  profileDataRequired: v.nullish(profileDataSchema),
  severity: v.pipe(whole, v.minValue(0, 'expected 0 to 10'), v.maxValue(10, 'expected 0 to 10')),
  supportPolicy: v.nullish(v.boolean(), false),
  tags: v.nullish(v.array(v.string()), []),
  state: v.nullish(v.record(v.string(), v.unknown()), {}),
  agentVersionRequirement: v.nullish(v.string()),
  isTriggerAlert: v.nullish(v.boolean(), true),
  mitreTactic: v.nullish(v.string()),
  mitreTechnique: v.nullish(v.string()),
});

/**
 * The rules of a manifest that are well formed, and for each that is not one `invalid` error which
 * names the manifest, the rule, the field and what was expected. Expressions are not compiled here.
 */
export function parseRules({ source, object }: RuleManifest): {
  readonly rules: readonly Rule[];
  readonly errors: readonly AgentError[];
} {
  const envelope = checkEnvelope(object);
  if (typeof envelope === 'string') {
    return { rules: [], errors: [new AgentError('invalid', `${source}: ${envelope}`)] };
  }
  const rules: Rule[] = [];
  const errors: AgentError[] = [];
  envelope.forEach((item, index) => {
    const parsed = v.safeParse(ruleSchema, item, { abortPipeEarly: true });
    if (parsed.success) rules.push(toRule(parsed.output, source));
    else errors.push(ruleError(`${source}: ${title(item, index)}`, parsed.issues));
  });
  return { rules, errors };
}

/** The items of `spec.rules`, or what is wrong around them. */
function checkEnvelope(object: unknown): readonly unknown[] | string {
  const form = `apiVersion: ${API_VERSION}, kind: ${KIND} and the rules under spec.rules`;
  if (Array.isArray(object)) return `expected a manifest with ${form}, got a bare list`;
  if (!isRecord(object)) return `expected a manifest with ${form}`;
  for (const [field, expected] of [
    ['apiVersion', API_VERSION],
    ['kind', KIND],
  ] as const) {
    const got = object[field];
    if (got !== expected) return `${field}: expected ${expected}, got ${describe(got)}`;
  }
  const items = isRecord(object['spec']) ? object['spec']['rules'] : undefined;
  return Array.isArray(items) ? items : `spec.rules: expected a list, got ${describe(items)}`;
}

function toRule(parsed: v.InferOutput<typeof ruleSchema>, source: string): Rule {
  const { expressions, profileDataRequired, agentVersionRequirement, ...plain } = parsed;
  const { mitreTactic, mitreTechnique, ...rest } = plain;
  return {
    ...rest,
    ...expressions,
    ...(profileDataRequired && { profileDataRequired }),
    ...(agentVersionRequirement && { agentVersionRequirement }),
    ...(mitreTactic && { mitreTactic }),
    ...(mitreTechnique && { mitreTechnique }),
    source,
  };
}

/** All problems of one rule in one message, the first of each field. */
function ruleError(where: string, issues: readonly v.BaseIssue<unknown>[]): AgentError {
  const problems = issues.map((issue) => {
    const field = v.getDotPath(issue);
    return field === null ? problem(issue) : `${field}: ${problem(issue)}`;
  });
  return new AgentError('invalid', `${where}: ${[...new Set(problems)].join('; ')}`);
}

function problem(issue: v.BaseIssue<unknown>): string {
  const isOurs = issue.message.startsWith('expected');
  const wanted = isOurs ? issue.message : `expected ${issue.expected ?? 'something else'}`;
  return issue.received === 'undefined'
    ? `${wanted}, got nothing`
    : `${wanted}, got ${issue.received}`;
}

function title(item: unknown, index: number): string {
  const id = isRecord(item) ? item['id'] : undefined;
  return typeof id === 'string' && id !== '' ? `rule ${id}` : `rule at position ${index + 1}`;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
}
