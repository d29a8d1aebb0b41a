import type { CelProgram } from '#cel/cel-program.js';
import { AgentError } from '#model/agent-error.js';
import { type Finding, PROFILE_DEPENDENCY } from '#model/finding.js';
import type { RulePolicy } from '#model/profile.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { DecisionStage } from '#model/rule-decision.js';
import type { EventActivation } from './event-activation.ts';
import { FindingReason } from './finding-reason.ts';
import type { EventFacts } from './guards/event-facts.ts';
import type { ProfileLookup } from './profile-lookup.ts';
import type { RuleContext } from './rule-context.ts';
import type { ErrorStage } from './rule-counts.ts';
import type { RuleHost } from './rule-host.ts';
import type { IndexedRule } from './rule-index.ts';
import type { RuleSubject } from './rule-subject.ts';
import type { RuleVariant } from './rule-variants.ts';

/** One event on its way through the rules. */
export interface Evaluation {
  readonly about: RuleSubject;
  /** The container's profile, if it is enforced. */
  readonly entry: ContainerProfileEntry | undefined;
  /** What guards know of the event; absent when they are not to be asked. */
  readonly facts: EventFacts | undefined;
  /** Told of each expression that failed. */
  readonly failed: (rule: IndexedRule, stage: ErrorStage, error: AgentError) => void;
}

/** What a rule says of an event that it found. */
export interface Passed {
  readonly variant: RuleVariant;
  readonly message: string;
  readonly uniqueId: string;
}

/** Why a profile that is enforced was not used: rules were changed, and it was made for those before. */
export const OUTDATED = 'the profile does not hold yet what the rule needs';

/** What a finding is made from, beside what was found. */
export interface FindingParts {
  readonly evaluation: Evaluation;
  readonly host: RuleHost;
  readonly profiles: Pick<ProfileLookup, 'getContainerProfileState'>;
}

/** Where containers are learned, so that a profile can be waited for: everywhere but on the node itself. */
const PROFILED: ReadonlySet<RuleContext> = new Set(['kubernetes', 'standalone', 'ecs']);

/**
 * Takes an event through the stages of a rule that applies to its container. Gives what the rule found,
 * or the stage that stopped it. The order is the public system's: docs/rules.md.
 */
export function passStages(
  rule: IndexedRule,
  evaluation: Evaluation,
  host: RuleHost,
): Passed | DecisionStage {
  const { about, facts, entry } = evaluation;
  const { compiled, variants, needsCheck } = rule.applied;
  host.askFor(needsCheck);
  if (lacksProfile(compiled.rule.profileDependency, about, host)) return 'profile';
  if (rule.programs.length === 0) return 'eventType';
  const variant = variantFor(variants, about);
  if (variant === undefined) return 'prefilter';
  if (compiled.rule.supportPolicy && isAllowed(entry?.profile.policyOf(compiled.rule.id), about)) {
    return 'policy';
  }
  if (facts && rule.guard?.canBeTrue(facts) === false) return 'expression';
  const truth = allTrue(rule.programs, about.activation, host);
  if (truth instanceof AgentError) evaluation.failed(rule, 'expression', truth);
  return truth === true ? textsOf(rule, variant, { evaluation, host }) : 'expression';
}

/**
 * The values of expressions, ANDed as CEL's `&&` does: one that is false makes the answer false, even
 * if others fail; else one that fails makes it fail.
 */
export function allTrue(
  programs: readonly CelProgram<RuleHost, 'bool'>[],
  activation: EventActivation,
  host: RuleHost,
): boolean | AgentError {
  let failure: AgentError | undefined;
  for (const program of programs) {
    const value = program.evaluate(activation, host);
    if (value === false) return false;
    if (value !== true) failure ??= value;
  }
  return failure ?? true;
}

/** The finding of a rule that passed, if the event itself is there. Ask before another rule is turned to. */
export function findingOf(
  { applied, programs }: IndexedRule,
  { variant, message, uniqueId }: Passed,
  { evaluation, host, profiles }: FindingParts,
): Finding | undefined {
  const { about, entry } = evaluation;
  const { subject } = about;
  if (subject === undefined) return undefined;
  const { judging } = host;
  const expressions = programs.map(({ source }) => source);
  const { profileDependency } = applied.compiled.rule;
  const isAsked = profileDependency !== PROFILE_DEPENDENCY.notRequired;
  return {
    rule: variant.about,
    ...{ subject, message, uniqueId },
    profile: judging
      ? { ...judging.state, checksum: judging.profile.checksum }
      : isAsked
        ? {
            ...profiles.getContainerProfileState(about.containerId),
            ...(entry && { error: OUTDATED }),
            checksum: '',
          }
        : undefined,
    reason: new FindingReason(expressions, subject, judging?.profile),
  };
}

/** What a rule says of an event that its expressions are true of. */
export function textsOf(
  rule: IndexedRule,
  variant: RuleVariant,
  { evaluation, host }: { readonly evaluation: Evaluation; readonly host: RuleHost },
): Passed | 'uniqueId' {
  const { activation, type } = evaluation.about;
  const { message, uniqueId } = rule.applied.compiled.textsFor(type);
  const id = uniqueId.evaluate(activation, host);
  if (id instanceof AgentError) {
    evaluation.failed(rule, 'uniqueId', id);
    return 'uniqueId';
  }
  const text = message.evaluate(activation, host);
  if (!(text instanceof AgentError)) return { variant, message: text, uniqueId: id };
  evaluation.failed(rule, 'message', text);
  return { variant, message: '', uniqueId: id };
}

function lacksProfile(dependency: number, { context }: RuleSubject, host: RuleHost): boolean {
  if (dependency !== PROFILE_DEPENDENCY.required || host.judging) return false;
  return PROFILED.has(context);
}

function variantFor(
  variants: readonly RuleVariant[],
  { type, activation: { event } }: RuleSubject,
): RuleVariant | undefined {
  for (const variant of variants) {
    if (!variant.prefilter?.skips({ type, event })) return variant;
  }
  return undefined;
}

function isAllowed(policy: RulePolicy | undefined, { comm }: RuleSubject): boolean {
  if (policy === undefined) return false;
  return policy.containerAllowed === true || (policy.processAllowed?.includes(comm) ?? false);
}
