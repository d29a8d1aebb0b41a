import type { AgentError } from '#model/agent-error.js';
import type { DecisionStage } from '#model/rule-decision.js';
import type { Rule } from './rule.ts';
import type { IndexedRule } from './rule-index.ts';
import { type FindingParts, OUTDATED, type Passed } from './rule-pipeline.ts';
import type { RuleSubject } from './rule-subject.ts';

/** Why a rule has no say on a container at all. */
export function whyLeftOut(
  stage: 'binding' | 'context',
  { tags }: Rule,
  { context, namespace }: RuleSubject,
): string {
  if (stage === 'binding')
    return `no binding names the rule for this pod in namespace ${namespace}`;
  const contexts = tags.filter((tag) => tag.startsWith('context:')).map((tag) => tag.slice(8));
  return `the rule is for ${contexts.join(', ') || 'kubernetes'}, the container runs in ${context}`;
}

/** The stage that stopped an event, and why; undefined when none did. */
export function whyStopped(
  rule: IndexedRule,
  outcome: Passed | DecisionStage,
  parts: FindingParts & { readonly error: AgentError | undefined },
): { readonly stage: DecisionStage; readonly why: string } | undefined {
  if (typeof outcome !== 'string') return undefined;
  const why = outcome === 'profile' ? whyNoProfile(parts) : wordsFor(outcome, rule, parts);
  return { stage: outcome, why };
}

function whyNoProfile({ evaluation: { about, entry }, profiles }: FindingParts): string {
  const { name, status, error } = profiles.getContainerProfileState(about.containerId);
  if (entry) return `the rule requires a profile, and ${OUTDATED}: ${name}`;
  if (error !== undefined) return `the rule requires a profile: ${error}`;
  return `the rule requires a profile that is final, and ${name || 'this one'} is ${status ?? 'not'}`;
}

function wordsFor(
  stage: DecisionStage,
  { applied: { compiled } }: IndexedRule,
  { evaluation: { about }, error }: FindingParts & { readonly error: AgentError | undefined },
): string {
  switch (stage) {
    case 'eventType': {
      const types = [...compiled.expressions.keys()].join(', ');
      return `the rule is about events of type ${types}, this is ${about.type}`;
    }
    case 'prefilter':
      return 'the parameters of the rule leave the event out';
    case 'policy':
      return `the profile’s policy for the rule allows it to the container or to ${about.comm}`;
    case 'uniqueId':
      return `the expression for the unique id failed: ${error?.message ?? ''}`;
    default:
      return error ? `an expression failed: ${error.message}` : 'its expressions are not all true';
  }
}
