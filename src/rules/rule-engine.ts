import type { AgentError } from '#model/agent-error.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Finding } from '#model/finding.js';
import { isJudgeable } from '#model/judgeable-event.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import { EventFacts } from './guards/event-facts.ts';
import type { ProfileLookup } from './profile-lookup.ts';
import type { ErrorStage, RuleCounts } from './rule-counts.ts';
import type { DecideOptions, RuleDecision } from './rule-decision.ts';
import { RuleDecisions } from './rule-decisions.ts';
import { RuleHost } from './rule-host.ts';
import type { IndexedRule } from './rule-index.ts';
import { profileNeedsOf } from './rule-needs.ts';
import { allTrue, type Evaluation, findingOf, passStages } from './rule-pipeline.ts';
import { type NamespaceLabels, RulePlans } from './rule-plans.ts';
import type { RuleSet } from './rule-set.ts';
import { identityIn, type RuleSubject, subjectOf } from './rule-subject.ts';
import type { Surroundings } from './surroundings.ts';

/** The answers for events that nothing is found in; one array for all of them. */
const NOTHING: readonly Finding[] = Object.freeze([]);
const NO_RULES: readonly string[] = Object.freeze([]);

/** What a {@link RuleEngine} is made of. */
export interface RuleEngineOptions {
  readonly rules: RuleSet;
  readonly profiles: ProfileLookup;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly log: Logger;
  /** For bindings that select by more than a namespace's name. Absent: no other label is known. */
  readonly namespaceLabels?: NamespaceLabels;
  /** False: guards are not asked, every expression is evaluated. To compare with. */
  readonly usesGuards?: boolean;
}

/** Holds every event against the rules that are about it. Synchronous, and it never throws. */
export class RuleEngine {
  readonly #host: RuleHost;
  readonly #parts: RuleEngineOptions;
  readonly #facts: EventFacts | undefined;
  readonly #decisions = new RuleDecisions();
  readonly #failed = (rule: IndexedRule, stage: ErrorStage, error: AgentError) =>
    this.#report(rule, stage, error);
  #plans: RulePlans;
  #needs: ProfileNeeds;

  constructor(parts: RuleEngineOptions) {
    this.#parts = parts;
    this.#host = new RuleHost(parts);
    this.#facts = parts.usesGuards === false ? undefined : new EventFacts(this.#host);
    this.#plans = this.#plansFor(parts.rules, new Map());
    this.#needs = profileNeedsOf(parts.rules.rules);
  }

  /** What profiles must hold for the rules in use. The same object until other rules are used. */
  get needs(): ProfileNeeds {
    return this.#needs;
  }

  /** The rules in use. */
  get rules(): RuleSet {
    return this.#plans.set;
  }

  /**
   * Uses other rules from the next event on. Counts of a rule go on under its id. The profiles' holder
   * has to be told of the new {@link needs}; until it is, rules that need more are judged without a profile.
   */
  use(set: RuleSet): void {
    this.#plans.settle();
    this.#plans = this.#plansFor(set, this.#plans.counts);
    this.#needs = profileNeedsOf(set.rules);
  }

  /** What the rules find in an event; nothing in the answer to an HTTP request. Do not change the array: when empty it is shared. */
  evaluate(subject: AttributedEvent): readonly Finding[] {
    if (!isJudgeable(subject.event)) return NOTHING;
    const rules = this.#plans.planFor(subject.container).rulesFor(subject.event.type);
    if (rules === undefined) return NOTHING;
    const about = subjectOf(subject);
    const candidates = rules.candidates(about.activation, this.#facts !== undefined);
    if (candidates.length === 0) return NOTHING;
    const evaluation = this.#enter(about);
    let findings: Finding[] | undefined;
    for (const rule of candidates) {
      const finding = this.#evaluateRule(rule, evaluation);
      if (finding === undefined) continue;
      findings ??= [];
      findings.push(finding);
    }
    return findings ?? NOTHING;
  }

  /**
   * The rules that are true of an event and that a learned profile can allow by a policy alone, whatever the
   * container's profile allows now. Do not change the array: when empty it is shared.
   */
  policyMatches(subject: AttributedEvent): readonly string[] {
    if (!isJudgeable(subject.event)) return NO_RULES;
    const rules = this.#plans.planFor(subject.container).rulesFor(subject.event.type)?.policyRules;
    if (rules === undefined) return NO_RULES;
    const { about, facts } = this.#enter(subjectOf(subject));
    const matches = rules.filter((rule) => {
      this.#host.askFor(rule.applied.needsCheck);
      if (facts && rule.guard?.canBeTrue(facts) === false) return false;
      const truth = allTrue(rule.programs, about.activation, this.#host);
      if (typeof truth !== 'boolean') this.#report(rule, 'expression', truth);
      return truth === true;
    });
    return matches.length === 0 ? NO_RULES : matches.map(({ applied }) => applied.compiled.rule.id);
  }

  /**
   * What becomes of an event at each rule about its type, and why, off the hot path: nothing is counted. By
   * the same code as {@link evaluate}. With `ruleId` only of that rule, even if it is not in use or about
   * other events.
   */
  decide(subject: RuleSubject, options: DecideOptions = {}): readonly RuleDecision[] {
    if (subject.subject !== undefined && !isJudgeable(subject.subject.event)) return [];
    return this.#decisions.on(subject, {
      ...options,
      plans: this.#plans,
      profiles: this.#parts.profiles,
      host: this.#host,
    });
  }

  /** What happened to each rule so far, by its id. */
  get counts(): ReadonlyMap<string, Readonly<RuleCounts>> {
    this.#plans.settle();
    return this.#plans.counts;
  }

  #plansFor(set: RuleSet, counts: ReadonlyMap<string, RuleCounts>): RulePlans {
    const { namespaceLabels = () => undefined } = this.#parts;
    return new RulePlans(set, { namespaceLabels, counts });
  }

  #enter(about: RuleSubject): Evaluation {
    const entry = this.#host.enter(about.containerId, identityIn(about));
    this.#facts?.turnTo(about.activation);
    return { about, entry, facts: this.#facts, failed: this.#failed };
  }

  #evaluateRule(rule: IndexedRule, evaluation: Evaluation): Finding | undefined {
    const { counts } = rule.applied;
    const outcome = passStages(rule, evaluation, this.#host);
    if (outcome === 'profile' || outcome === 'prefilter' || outcome === 'policy') {
      counts.skipped[outcome] += 1;
      return undefined;
    }
    counts.evaluated += 1;
    if (typeof outcome === 'string') return undefined;
    const finding = findingOf(rule, outcome, {
      evaluation,
      host: this.#host,
      profiles: this.#parts.profiles,
    });
    if (finding) counts.findings += 1;
    return finding;
  }

  /** Counts every failure and tells of a rule's first at each stage. */
  #report({ applied }: IndexedRule, stage: ErrorStage, error: AgentError): void {
    const { counts, compiled } = applied;
    counts.errors[stage] += 1;
    if (counts.errors[stage] > 1) return;
    this.#parts.log.warn('rule failed; later failures of it are only counted', {
      ruleId: compiled.rule.id,
      stage,
      error: error.message,
    });
  }
}
