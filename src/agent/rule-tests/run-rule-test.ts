import { hashOf } from '#alerts/alert-from-finding.js';
import { Cooldown } from '#alerts/cooldown.js';
import { AgentError } from '#model/agent-error.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { ProfileLookup } from '#rules/profile-lookup.js';
import type { Rule } from '#rules/rule.js';
import type { RuleDecision } from '#rules/rule-decision.js';
import { RuleEngine } from '#rules/rule-engine.js';
import { RuleHost } from '#rules/rule-host.js';
import { needsOfRule } from '#rules/rule-needs.js';
import type { RuleSet } from '#rules/rule-set.js';
import { identityIn, type RuleSubject } from '#rules/rule-subject.js';
import type { Surroundings } from '#rules/surroundings.js';
import { parseDuration } from '#runtime/duration.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { OPTIONS } from '../options.ts';
import { differences } from './differences.ts';
import { reasonsOf } from './failed-expressions.ts';
import { givenProfile } from './given-profile.ts';
import { givenSubject } from './given-subject.ts';
import { givenSurroundings } from './given-world.ts';
import type { RuleTest, RuleTestStep } from './rule-test.ts';
import type { ActualOutcome } from './rule-test-result.ts';

/** What one step gave. */
export interface StepOutcome {
  readonly actual: ActualOutcome;
  /** What differs from what was expected, and why, for people: a line each; none when nothing does. */
  readonly why: readonly string[];
}

/**
 * Sends the events of a test through one engine, in their order. Throws `invalid` with the field and what was
 * expected when the set has no such rule, or something in a step cannot be used.
 */
export async function runRuleTest(test: RuleTest, set: RuleSet): Promise<readonly StepOutcome[]> {
  const run = new TestRun(test, set);
  const outcomes: StepOutcome[] = [];
  for (const [index, step] of test.steps.entries()) {
    try {
      outcomes.push(await run.next(step));
    } catch (reason) {
      const { message } = AgentError.from(reason);
      const where = test.isSequence ? `step ${index + 1}: ` : '';
      throw new AgentError('invalid', where + message, { cause: reason });
    }
  }
  return outcomes;
}

class TestRun {
  readonly #rule: Rule;
  readonly #clock = new VirtualClock();
  readonly #engine: RuleEngine;
  readonly #cooldown: Cooldown<true>;
  /** For what the engine is not asked: texts of a rule that is false, and reasons. */
  readonly #host: RuleHost;
  #surroundings: Surroundings | undefined;
  #entry:
    | { readonly containerId: string; readonly entry: ContainerProfileEntry | null }
    | undefined;

  constructor({ rule }: RuleTest, set: RuleSet) {
    this.#rule = ruleOf(set, rule);
    const cooldown = {
      windowMs: parseDuration(OPTIONS.cooldown.default, 'cooldown'),
      afterCount: OPTIONS.cooldownAfterCount.default,
    };
    this.#cooldown = new Cooldown(this.#clock, cooldown, () => {});
    const world = {
      profiles: this.#profiles(),
      surroundings: this.#givenNow(),
      clock: this.#clock,
    };
    this.#engine = new RuleEngine({ ...world, rules: set, log: silentLogger });
    this.#host = new RuleHost(world);
  }

  async next(step: RuleTestStep): Promise<StepOutcome> {
    await this.#clock.advance(step.afterMs);
    const { subject, profiledId } = givenSubject(step);
    this.#surroundings = givenSurroundings(step.context);
    const entry = givenProfile(step, needsOfRule(this.#rule));
    this.#entry = { containerId: profiledId, entry };
    const judging = this.#entryOf(subject.containerId);
    const [decision] = this.#engine.decide(subject, { ruleId: this.#rule.id, entry: judging });
    if (decision === undefined) throw new AgentError('internal', 'the engine decided nothing');
    this.#host.enter(subject.containerId, identityIn(subject), { entry: judging ?? undefined });
    const actual = { ...this.#texts(decision, step, subject), ...this.#outcome(decision, subject) };
    const differing = differences(step.expect, actual);
    if (differing.length === 0) return { actual, why: [] };
    return { actual, why: [...differing, ...reasonsOf(decision, subject, this.#host)] };
  }

  #profiles(): ProfileLookup {
    return {
      getContainerProfile: (id) => this.#entryOf(id) ?? undefined,
      getContainerProfileState: (id) =>
        this.#entryOf(id)?.state ?? { name: '', error: 'the test gives no profile' },
    };
  }

  #givenNow(): Surroundings {
    return {
      podSpecOf: (...pod) => this.#surroundings?.podSpecOf(...pod),
      isApiServerAddress: (address) => this.#surroundings?.isApiServerAddress(address) ?? false,
      environOf: (pid) => this.#surroundings?.environOf(pid),
    };
  }

  /** A rule gives texts only when it is true; a test may ask for them all the same. */
  #texts(
    { programs, verdict }: RuleDecision,
    { expect }: RuleTestStep,
    { activation }: RuleSubject,
  ): ActualOutcome {
    if (verdict === true) return {};
    const text = (name: 'message' | 'uniqueId') => {
      const value =
        expect[name] === undefined ? undefined : programs[name]?.evaluate(activation, this.#host);
      return typeof value === 'string' ? { [name]: value } : {};
    };
    return { ...text('message'), ...text('uniqueId') };
  }

  #entryOf(containerId: string): ContainerProfileEntry | null {
    return this.#entry?.containerId === containerId ? this.#entry.entry : null;
  }

  #outcome(decision: RuleDecision, { type, containerId }: RuleSubject): ActualOutcome {
    const { error, message, uniqueId } = decision;
    const stage = decision.stage ?? this.#cooldownOf(decision, containerId);
    // Without an expression for its type an event is true of a rule, but for the admission of requests.
    const verdict = decision.verdict ?? (error ? undefined : type !== 'k8s-admission');
    return {
      ...(verdict !== undefined && { verdict }),
      ...(message !== undefined && { message }),
      ...(uniqueId !== undefined && { uniqueId }),
      alert: stage === undefined,
      ...(stage !== undefined && { suppressedBy: stage }),
      ...(error && { error: error.message }),
    };
  }

  /** Counts what would be an alert, and says whether like ones passed already. */
  #cooldownOf({ uniqueId = '' }: RuleDecision, containerId: string): 'cooldown' | undefined {
    const key = `${hashOf(uniqueId)} ${containerId} ${this.#rule.id}`;
    const passes = this.#cooldown.admit(key, this.#clock.now(), () => true);
    return passes ? undefined : 'cooldown';
  }
}

function ruleOf({ rules, unused }: RuleSet, id: string): Rule {
  const all = [...rules.map(({ rule }) => rule), ...unused.map(({ rule }) => rule)];
  const found = all.find((rule) => rule.id === id);
  if (found) return found;
  const ids = all.map((rule) => rule.id).join(', ');
  throw new AgentError('invalid', `rule: expected one of ${ids || 'no rules'}, got ${id}`);
}
