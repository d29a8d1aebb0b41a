import { AgentError } from '#model/agent-error.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import { type Finding, PROFILE_DEPENDENCY } from '#model/finding.js';
import type { RulePolicy } from '#model/profile.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { Logger } from '#runtime/log.js';
import type { CompiledRule } from './compiled-rule.ts';
import { activationOf, type EventActivation } from './event-activation.ts';
import { FindingReason } from './finding-reason.ts';
import type { ProfileLookup } from './profile-lookup.ts';
import type { RuleContext } from './rule-context.ts';
import type { ErrorStage, RuleCounts } from './rule-counts.ts';
import { RuleHost } from './rule-host.ts';
import { type IndexedRule, RuleIndex } from './rule-index.ts';

/** The answers for events that nothing is found in; one array for all of them. */
const NOTHING: readonly Finding[] = Object.freeze([]);
const NO_RULES: readonly string[] = Object.freeze([]);

/** Why a profile that is enforced was not used: rules were changed, and it was made for those before. */
const OUTDATED = 'the profile does not hold yet what the rule needs';

/** One event on its way through the rules. */
interface Evaluation {
  readonly subject: AttributedEvent;
  readonly activation: EventActivation;
  /** The container's profile, if it is enforced. */
  readonly entry: ContainerProfileEntry | undefined;
}

/** What a {@link RuleEngine} is made of. */
export interface RuleEngineOptions {
  readonly rules: readonly CompiledRule[];
  readonly profiles: ProfileLookup;
  readonly log: Logger;
}

/** Holds every event against the rules that are about it. Synchronous, and it never throws. */
export class RuleEngine {
  readonly #index: RuleIndex;
  readonly #host: RuleHost;
  readonly #profiles: ProfileLookup;
  readonly #log: Logger;

  constructor({ rules, profiles, log }: RuleEngineOptions) {
    this.#index = new RuleIndex(rules);
    this.#host = new RuleHost(profiles);
    this.#profiles = profiles;
    this.#log = log;
  }

  /** What the rules find in an event. Do not change the array: when empty it is shared. */
  evaluate(subject: AttributedEvent): readonly Finding[] {
    const { event, container } = subject;
    const rules = this.#index.rulesFor(contextOf(subject), event.type);
    if (rules === undefined) return NOTHING;
    const entry = this.#host.enter(container.id);
    const evaluation = { subject, activation: activationOf(subject), entry };
    let findings: Finding[] | undefined;
    for (const rule of rules) {
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
    const rules = this.#index.policyRulesFor(contextOf(subject), subject.event.type);
    if (rules === undefined) return NO_RULES;
    this.#host.enter(subject.container.id);
    const activation = activationOf(subject);
    return rules
      .filter((rule) => {
        this.#host.askFor(rule.needsCheck);
        return this.#isTrue(rule, activation);
      })
      .map(({ about }) => about.id);
  }

  /** What happened to each rule so far, by its id. */
  get counts(): ReadonlyMap<string, Readonly<RuleCounts>> {
    return this.#index.counts;
  }

  /** The order of these steps is the public system's: docs/rules.md. */
  #evaluateRule(indexed: IndexedRule, evaluation: Evaluation): Finding | undefined {
    const { compiled, counts, needsCheck } = indexed;
    const { rule, prefilter } = compiled;
    const { entry, activation, subject } = evaluation;
    this.#host.askFor(needsCheck);
    if (rule.profileDependency === PROFILE_DEPENDENCY.required && !this.#host.judging) {
      counts.skipped.profile += 1;
      return undefined;
    }
    if (prefilter?.skips(activation.event.path || activation.event.exepath)) {
      counts.skipped.prefilter += 1;
      return undefined;
    }
    if (rule.supportPolicy && isAllowed(entry?.profile.policyOf(rule.id), subject.event.comm)) {
      counts.skipped.policy += 1;
      return undefined;
    }
    counts.evaluated += 1;
    return this.#isTrue(indexed, activation) ? this.#findingOf(indexed, evaluation) : undefined;
  }

  #isTrue(indexed: IndexedRule, activation: EventActivation): boolean {
    for (const program of indexed.programs) {
      const value = program.evaluate(activation, this.#host);
      if (value === true) continue;
      if (value !== false) this.#report(indexed, 'expression', value);
      return false;
    }
    return true;
  }

  #findingOf(indexed: IndexedRule, evaluation: Evaluation): Finding | undefined {
    const { activation, subject } = evaluation;
    const { message, uniqueId } = indexed.compiled;
    const id = uniqueId.evaluate(activation, this.#host);
    if (id instanceof AgentError) {
      this.#report(indexed, 'uniqueId', id);
      return undefined;
    }
    const text = message.evaluate(activation, this.#host);
    if (text instanceof AgentError) this.#report(indexed, 'message', text);
    indexed.counts.findings += 1;
    const expressions = indexed.programs.map(({ source }) => source);
    return {
      rule: indexed.about,
      subject,
      message: text instanceof AgentError ? '' : text,
      uniqueId: id,
      profile: this.#profileOf(indexed, evaluation),
      reason: new FindingReason(expressions, subject, this.#host.judging?.profile),
    };
  }

  #profileOf({ about }: IndexedRule, { entry, subject }: Evaluation): Finding['profile'] {
    const { judging } = this.#host;
    if (judging) return { ...judging.state, checksum: judging.profile.checksum };
    if (about.profileDependency === PROFILE_DEPENDENCY.notRequired) return undefined;
    const state = this.#profiles.getContainerProfileState(subject.container.id);
    return { ...state, ...(entry && { error: OUTDATED }), checksum: '' };
  }

  /** Counts every failure and tells of a rule's first at each stage. */
  #report({ counts, about }: IndexedRule, stage: ErrorStage, error: AgentError): void {
    counts.errors[stage] += 1;
    if (counts.errors[stage] > 1) return;
    this.#log.warn('rule failed; later failures of it are only counted', {
      ruleId: about.id,
      stage,
      error: error.message,
    });
  }
}

function contextOf({ container }: AttributedEvent): RuleContext {
  return container.pod === undefined ? 'standalone' : 'kubernetes';
}

function isAllowed(policy: RulePolicy | undefined, comm: string): boolean {
  if (policy === undefined) return false;
  return policy.containerAllowed === true || (policy.processAllowed?.includes(comm) ?? false);
}
