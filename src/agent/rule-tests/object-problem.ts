import { AgentError } from '#model/agent-error.js';
import { RULE_KINDS, type RuleObject } from '#model/rule-objects.js';
import { isRecord } from '#profile/is-record.js';
import { parseRuleBinding } from '#rules/rule-binding.js';
import { parseRules } from '#rules/rule-manifest.js';

/** The API group of the kinds that are about rules. */
const GROUP = 'kubescape.io/';

/**
 * True of what says that it is about rules, and of what has no kind at all: of these a wrong version or kind is a
 * mistake. Other objects may stand beside rules, as for the agent.
 */
export function isAboutRules({ apiVersion, kind }: Readonly<Record<string, unknown>>): boolean {
  if (typeof kind !== 'string' || isRuleKind(kind)) return true;
  return typeof apiVersion === 'string' && apiVersion.startsWith(GROUP);
}

/**
 * What is wrong with a binding, or with a manifest around its rules: `invalid`, with source and field. The rules
 * themselves are not looked at, for one that is wrong spoils no other.
 */
export function objectProblem({ source, object }: RuleObject): AgentError | undefined {
  const { kind, spec } = object;
  if (kind === 'RuntimeRuleAlertBinding') {
    const parsed = parseRuleBinding({ source, object });
    return parsed instanceof AgentError ? parsed : undefined;
  }
  if (!isRuleKind(kind)) {
    const got = JSON.stringify(kind) ?? 'nothing';
    const expected = RULE_KINDS.join(' or ');
    return new AgentError('invalid', `${source}: kind: expected ${expected}, got ${got}`);
  }
  const hasRules = isRecord(spec) && Array.isArray(spec['rules']);
  const around = hasRules ? { ...object, spec: { rules: [] } } : object;
  return parseRules({ source, object: around }).errors[0];
}

function isRuleKind(kind: unknown): boolean {
  return RULE_KINDS.some((known) => known === kind);
}
