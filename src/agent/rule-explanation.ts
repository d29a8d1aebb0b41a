import type { SourcedEntry } from '#model/profile-question.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type {
  ExplainedEntry,
  RuleExplanation,
  TracedCall,
  TracedExpression,
} from '#model/rule-decision.js';
import type { CacheEntryView } from '#profile-cache/cache-entry-view.js';
import { questionOfCall } from '#rules/call-question.js';
import type { RuleDecision } from '#rules/rule-decision.js';

/** What is known around a decision. */
export interface DecisionSurroundings {
  /** The profile it was made by. */
  readonly entry: ContainerProfileEntry | undefined;
  /** The objects that the profile is made of. */
  readonly sources: CacheEntryView['sources'];
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
  const expressions: readonly TracedExpression[] = traces.map(({ trace }) => trace);
  return {
    ruleId: rule.id,
    ruleName: rule.name,
    ruleSource: rule.source,
    ...(stage !== undefined && { suppressedBy: stage }),
    why: decision.stage === undefined && heldBack !== undefined ? heldBack : decision.why,
    ...(verdict !== undefined && { verdict }),
    expressions,
    calls: uniqueCalls(traces.flatMap(({ calls }) => calls)).map((call) => withEntry(call, entry)),
    ...profileOf(around),
    ...(message !== undefined && { message }),
    ...(uniqueId !== undefined && { uniqueId }),
  };
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
  const { role, kind, namespace, name, resourceVersion } = origin;
  return {
    ...{ entry, role, object: `${kind} ${namespace}/${name}` },
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}

function profileOf({
  entry,
  sources,
  partialBecause,
}: DecisionSurroundings): Pick<RuleExplanation, 'profile'> {
  if (entry === undefined) return {};
  const present = sources.filter(({ presence }) => presence === 'present');
  return {
    profile: {
      ...entry.state,
      isEnforced: entry.isEnforced,
      ...(partialBecause && { partialBecause }),
      sources: present.map(({ role, kind, namespace, name, resourceVersion }) => ({
        ...{ role, object: `${kind} ${namespace}/${name}` },
        ...(resourceVersion !== undefined && { resourceVersion }),
      })),
    },
  };
}
