import { AgentError } from '#model/agent-error.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { ContainerProfileSpec } from '#model/profile.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { TracedCall } from '#model/rule-decision.js';
import { projectProfile } from '#profile/projection.js';
import type { RuleDecision } from '#rules/rule-decision.js';
import type { RuleEngine } from '#rules/rule-engine.js';
import { subjectOf } from '#rules/rule-subject.js';
import type { AllowingOverlay } from './alert-questions.ts';
import { allowingSpec, overlayObjects } from './allowing-overlay.ts';
import { isRefusal } from './verdict-words.ts';
import { widenedProfile } from './widened-profile.ts';

/** What is to be allowed: an event that a rule found, and the profile that it was judged by. */
export interface ToAllow {
  readonly ruleId: string;
  readonly subject: AttributedEvent;
  readonly entry: ContainerProfileEntry | undefined;
}

/**
 * The smallest overlay that would have allowed it, tried out with the rules that are in use: entries of the profile
 * where the rule asks for them, else a policy where it takes one. Throws `invalid`, with what can be done
 * instead, when neither would.
 */
export function overlayAnswer(
  rules: Pick<RuleEngine, 'decide'>,
  { ruleId, subject, entry }: ToAllow,
): AllowingOverlay {
  const judging = entry?.isEnforced ? entry : undefined;
  const decide: Decide = (spec) => {
    const by = spec === undefined ? judging : widened(judging, spec);
    return rules.decide(subjectOf(subject), { ruleId, entry: by ?? null, trace: true })[0];
  };
  const decision = decide(undefined);
  if (decision === undefined) {
    throw new AgentError('invalid', `${ruleId} is not in use any more: nothing has to be allowed`);
  }
  if (decision.verdict === false || decision.stage === 'policy') {
    const changed = 'the rule or the profile has changed since';
    throw new AgentError('invalid', `${ruleId} does not find it any more: ${changed}`);
  }
  const spec = entriesFor(subject, decision, decide) ?? policyFor(subject, decision, decide);
  if (spec === undefined) throw new AgentError('invalid', insteadOf(decision));
  return {
    objects: overlayObjects(subject.container, spec),
    remarks: remarksOn(spec, judging),
  };
}

/** What the rule decides with a spec laid over the profile. */
type Decide = (spec: ContainerProfileSpec | undefined) => RuleDecision | undefined;

/** A rule that got one of its answers may ask for more. */
const MOST_ROUNDS = 8;

function entriesFor(
  subject: AttributedEvent,
  first: RuleDecision,
  decide: Decide,
): ContainerProfileSpec | undefined {
  const refused = refusalsIn(first);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const spec = allowingSpec(subject, refused);
    if (Object.keys(spec).length === 0) return undefined;
    const decision = decide(spec);
    if (decision?.finding === undefined) return spec;
    const more = refusalsIn(decision);
    if (more.length === 0) return undefined;
    refused.push(...more);
  }
  return undefined;
}

function refusalsIn({ traces = [] }: RuleDecision): TracedCall[] {
  return traces.flatMap(({ calls }) => calls).filter(isRefusal);
}

/** It allows a process all that the rule is about, so it comes only where no entry does. */
function policyFor(
  { event }: AttributedEvent,
  { rule }: RuleDecision,
  decide: Decide,
): ContainerProfileSpec | undefined {
  if (!rule.supportPolicy) return undefined;
  const spec = { rulePolicies: { [rule.id]: { processAllowed: [event.comm] } } };
  return decide(spec)?.finding === undefined ? spec : undefined;
}

function widened(
  judging: ContainerProfileEntry | undefined,
  spec: ContainerProfileSpec,
): ContainerProfileEntry {
  const added = projectProfile(spec);
  const profile = judging ? widenedProfile(judging.profile, added) : added;
  return { profile, state: judging?.state ?? { name: '' }, isEnforced: true };
}

function insteadOf({ rule: { id }, stage, why }: RuleDecision): string {
  if (stage === 'disabled') return `${id} is not in use any more: ${why}`;
  const ways =
    'bind it so that it leaves this pod out, give it other parameters, or disable it (docs/rules.md)';
  return `no profile can allow what ${id} is about, it does not ask for one; instead, ${ways}`;
}

function remarksOn(
  { execs, rulePolicies }: ContainerProfileSpec,
  judging: ContainerProfileEntry | undefined,
): readonly string[] {
  const [policy] = Object.keys(rulePolicies ?? {});
  return [
    ...(judging === undefined
      ? [
          'no profile of the container is in force: until one is learned, this would be all it may do',
        ]
      : []),
    ...(execs?.some(({ args }) => (args?.length ?? 0) > 0)
      ? ['only these arguments are allowed: ⋯ stands for any one of them, and without args any are']
      : []),
    ...(policy === undefined
      ? []
      : [`the profile cannot allow this alone: the process may do all that ${policy} is about`]),
  ];
}
