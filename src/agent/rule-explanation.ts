import type { SourcedEntry } from '#model/profile-question.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type {
  ExplainedEntry,
  ExplainedSource,
  RuleExplanation,
  TracedCall,
} from '#model/rule-decision.js';
import { redactText } from '#profile/redact.js';
import { questionOfCall } from '#rules/call-question.js';
import type { RuleDecision } from '#rules/rule-decision.js';
import { redactedCall, redactedExpression } from './redacted-trace.ts';
import { whyFound, whyNotTrue } from './verdict-words.ts';

/** What is known around a decision. */
export interface DecisionSurroundings {
  /** The container's profile. Rules see it only if it is enforced. */
  readonly entry: ContainerProfileEntry | undefined;
  /** The objects that the profile is made of. */
  readonly sources: readonly ExplainedSource[];
  /** Why it was learned only partly. */
  readonly partialBecause?: readonly string[];
  /** What the cooldown does to it, in words, when it holds it back. */
  readonly heldBack?: string | undefined;
}

/** A decision as it is told to people and machines. The calls say which entry of the profile answered. */
export function explanationOf(
  decision: RuleDecision,
  around: DecisionSurroundings,
): RuleExplanation {
  const { rule, verdict, message, uniqueId, traces = [] } = decision;
  const { entry, heldBack } = around;
  const stage = decision.stage ?? (heldBack === undefined ? undefined : 'cooldown');
  const expressions = traces.map(({ trace }) => redactedExpression(trace));
  const asked = uniqueCalls(traces.flatMap(({ calls }) => calls));
  const judging = entry?.isEnforced ? entry : undefined;
  const calls = asked.map((call) => redactedCall(withEntry(call, judging)));
  const told = { expressions, calls, judging, error: decision.error };
  return {
    ruleId: rule.id,
    ruleName: rule.name,
    ruleSource: rule.source,
    ...(stage !== undefined && { suppressedBy: stage }),
    why: whyOf(decision, { heldBack, told }),
    ...(verdict !== undefined && { verdict }),
    expressions,
    calls,
    ...profileOf(around),
    ...(message !== undefined && { message: redactText(message) }),
    ...(uniqueId !== undefined && { uniqueId: redactText(uniqueId) }),
  };
}

function whyOf(
  { stage, why, error }: RuleDecision,
  { heldBack, told }: { heldBack: string | undefined; told: Parameters<typeof whyFound>[0] },
): string {
  if (stage === 'expression' && error === undefined) return whyNotTrue(told);
  if (stage !== undefined) return why;
  return heldBack ?? whyFound(told);
}

/** Sub-expressions are evaluated one by one, so that a call may have been made several times. */
function uniqueCalls(calls: readonly TracedCall[]): readonly TracedCall[] {
  const seen = new Map(
    calls.map((call) => [JSON.stringify([call.function, call.arguments]), call]),
  );
  return [...seen.values()];
}

function withEntry(call: TracedCall, entry: ContainerProfileEntry | undefined): TracedCall {
  const question = questionOfCall(call.function, call.arguments);
  if (question === undefined || entry === undefined) return call;
  const { allowedBy, nearest } = entry.profile.explain(question);
  const [matched] = allowedBy;
  if (matched !== undefined) return { ...call, matched: explained(matched) };
  return nearest === undefined ? call : { ...call, nearest: explained(nearest) };
}

function explained({ entry, origin }: SourcedEntry): ExplainedEntry {
  return { entry, ...explainedSource(origin) };
}

/** A stored object of a profile as explanations name it. */
export function explainedSource({
  role,
  kind,
  namespace,
  name,
  resourceVersion,
}: SourcedEntry['origin']): ExplainedSource {
  return {
    ...{ role, object: `${kind} ${namespace}/${name}` },
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}

function profileOf({
  entry,
  sources,
  partialBecause,
}: DecisionSurroundings): Pick<RuleExplanation, 'profile'> {
  if (entry === undefined) return {};
  const { state, isEnforced } = entry;
  return { profile: { ...state, isEnforced, ...(partialBecause && { partialBecause }), sources } };
}
