import { AgentError } from '#model/agent-error.js';
import type { ContainerProfileEntry, ProfileState } from '#model/projected-profile.js';
import type { DecisionStage } from '#model/rule-decision.js';
import { type CompiledRule, compileRule } from './compiled-rule.ts';
import { whyLeftOut, whyStopped } from './decision-words.ts';
import { NeedsCheck } from './needs-check.ts';
import type { ProfileLookup } from './profile-lookup.ts';
import type { Rule } from './rule.ts';
import { noCounts } from './rule-counts.ts';
import type { DecideOptions, RuleDecision } from './rule-decision.ts';
import { RuleLanguages } from './rule-environment.ts';
import type { RuleHost } from './rule-host.ts';
import type { IndexedRule } from './rule-index.ts';
import {
  allTrue,
  type Evaluation,
  type FindingParts,
  findingOf,
  type Passed,
  passStages,
  textsOf,
} from './rule-pipeline.ts';
import type { AppliedRule } from './rule-plan.ts';
import type { RulePlans } from './rule-plans.ts';
import type { UnusedRule } from './rule-set.ts';
import { identityIn, type RuleSubject } from './rule-subject.ts';
import { variantsOf } from './rule-variants.ts';

/** What decisions are made with. */
interface DecisionParts extends DecideOptions {
  readonly plans: RulePlans;
  readonly profiles: ProfileLookup;
  readonly host: RuleHost;
}

/** What is known of a rule before an event is brought to it. */
interface Candidate {
  readonly applied: AppliedRule;
  /** Where it stops whatever the event is, and why. */
  readonly leftOut?: { readonly stage: DecisionStage; readonly why: string } | undefined;
}

/** Decides off the hot path; compiles rules that are not in use when somebody asks about them. */
export class RuleDecisions {
  readonly #compiled = new WeakMap<Rule, CompiledRule | AgentError>();

  /** See `RuleEngine.decide`. */
  on(about: RuleSubject, parts: DecisionParts): readonly RuleDecision[] {
    const { plans, ruleId } = parts;
    const used = plans.rules.filter(({ compiled }) =>
      ruleId === undefined ? compiled.expressions.has(about.type) : compiled.rule.id === ruleId,
    );
    const plan = plans.planOf(about);
    const decisions = used.map((rule): RuleDecision => {
      const { id } = rule.compiled.rule;
      const applied = plan.applied(id);
      if (typeof applied !== 'string') return decide({ applied }, about, parts);
      const leftOut = { stage: applied, why: whyLeftOut(applied, rule.compiled.rule, about) };
      const variants = variantsOf(rule.compiled, undefined);
      return decide({ applied: { ...rule, variants }, leftOut }, about, parts);
    });
    const unused = plans.set.unused.filter(({ rule }) => rule.id === ruleId);
    return [...decisions, ...unused.map((one) => this.#onUnused(one, about, parts))];
  }

  #onUnused({ rule, why }: UnusedRule, about: RuleSubject, parts: DecisionParts): RuleDecision {
    const stage = 'disabled';
    const compiled = this.#compile(rule);
    if (compiled instanceof AgentError) {
      return { rule, stage, why, error: compiled, programs: { expressions: [] } };
    }
    const applied: AppliedRule = {
      compiled,
      position: -1,
      needsCheck: new NeedsCheck(compiled.needs),
      counts: noCounts(),
      guards: new Map(),
      variants: variantsOf(compiled, undefined),
    };
    return decide({ applied, leftOut: { stage, why } }, about, parts);
  }

  #compile(rule: Rule): CompiledRule | AgentError {
    const known = this.#compiled.get(rule);
    if (known) return known;
    const made = tryToCompile(rule);
    this.#compiled.set(rule, made);
    return made;
  }
}

function tryToCompile(rule: Rule): CompiledRule | AgentError {
  try {
    return compileRule(new RuleLanguages(), rule);
  } catch (reason) {
    return AgentError.from(reason, 'invalid');
  }
}

function decide(
  { applied, leftOut }: Candidate,
  about: RuleSubject,
  { host, profiles, entry: given, trace = false }: DecisionParts,
): RuleDecision {
  const { rule, expressions } = applied.compiled;
  const programs = expressions.get(about.type) ?? [];
  const indexed: IndexedRule = { applied, programs, guard: undefined, met: 0 };
  let error: AgentError | undefined;
  const snapshot = given === undefined ? undefined : { entry: given ?? undefined };
  const evaluation: Evaluation = {
    about,
    entry: host.enter(about.containerId, identityIn(about), snapshot),
    facts: undefined,
    failed: (_rule, _stage, failure) => {
      error = failure;
    },
  };
  const parts = { evaluation, host, profiles: snapshot ? statesOf(snapshot.entry) : profiles };
  const outcome = passStages(indexed, evaluation, host);
  const verdict = verdictOf(indexed, outcome, parts);
  const texts = verdict === true ? textsAfter(indexed, outcome, parts) : undefined;
  const found = leftOut || typeof outcome === 'string' ? undefined : outcome;
  const finding = found && findingOf(indexed, found, parts);
  const stopped = leftOut ?? whyStopped(indexed, outcome, { ...parts, error });
  return {
    rule,
    ...(stopped ?? { why: 'its expressions are true and no stage stops it' }),
    ...(verdict !== undefined && { verdict }),
    ...(finding && { finding }),
    ...(error && { error }),
    ...(texts && { message: texts.message, uniqueId: texts.uniqueId }),
    ...(trace && { traces: programs.map((program) => program.trace(about.activation, host)) }),
    programs: { expressions: programs, ...applied.compiled.textsFor(about.type) },
  };
}

function verdictOf(
  { programs }: IndexedRule,
  outcome: Passed | DecisionStage,
  { evaluation, host }: FindingParts,
): boolean | undefined {
  if (programs.length === 0) return undefined;
  if (outcome === 'expression') return false;
  if (outcome === 'uniqueId' || typeof outcome !== 'string') return true;
  return allTrue(programs, evaluation.about.activation, host) === true;
}

/** The texts of a rule whose expressions are true, also when it was stopped before it gave them. */
function textsAfter(
  rule: IndexedRule,
  outcome: Passed | DecisionStage,
  parts: FindingParts,
): Passed | undefined {
  if (typeof outcome !== 'string') return outcome;
  const [variant] = rule.applied.variants;
  if (outcome === 'uniqueId' || variant === undefined) return undefined;
  const texts = textsOf(rule, variant, parts);
  return typeof texts === 'string' ? undefined : texts;
}

function statesOf(entry: ContainerProfileEntry | undefined) {
  const none: ProfileState = { name: '', error: 'there is no profile' };
  return { getContainerProfileState: () => entry?.state ?? none };
}
