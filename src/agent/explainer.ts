import type { AlertDispatcher } from '#alerts/alert-dispatcher.js';
import { AgentError } from '#model/agent-error.js';
import type { Alert } from '#model/alert.js';
import { ANNOTATION } from '#model/annotations.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { RuleExplanation } from '#model/rule-decision.js';
import type { CacheEntryView } from '#profile-cache/cache-entry-view.js';
import type { RuleDecision } from '#rules/rule-decision.js';
import type { RuleEngine } from '#rules/rule-engine.js';
import { subjectOf } from '#rules/rule-subject.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import { alertNotes, withoutEvent, withoutRule } from './alert-explanation.ts';
import type { AlertMemory, RememberedAlert } from './alert-memory.ts';
import type { AlertQuestions, AllowingOverlay, AskedEvent } from './alert-questions.ts';
import { findContainer } from './container-lookup.ts';
import type { ContainerProfiles } from './container-profiles.ts';
import { describedEvent } from './described-event.ts';
import { KnownAlerts } from './known-alerts.ts';
import { overlayAnswer } from './overlay-answer.ts';
import { type DecisionSurroundings, explainedSource, explanationOf } from './rule-explanation.ts';
import { storedProfileEntry } from './stored-profile-entry.ts';

/** What an {@link Explainer} asks. */
export interface ExplainerParts {
  readonly memory: AlertMemory;
  readonly rules: Pick<RuleEngine, 'decide'>;
  readonly cache: Pick<ContainerProfiles, 'container' | 'list' | 'getContainerProfile'>;
  readonly alerts: Pick<AlertDispatcher, 'cooldownOf' | 'find'>;
  readonly containerOf: (containerId: string) => Container | undefined;
  readonly store: Pick<ProfileStore, 'get'>;
  readonly clock: Clock;
  /** How long a call to the store may take, in milliseconds. */
  readonly storeCallBudgetMs: number;
}

/** The profile that something is judged by. */
type Judging = Pick<DecisionSurroundings, 'entry' | 'sources'>;

/** Answers questions about alerts, by the same code that decides about them. */
export class Explainer implements AlertQuestions {
  readonly #parts: ExplainerParts;
  readonly #known: KnownAlerts;

  constructor(parts: ExplainerParts) {
    this.#parts = parts;
    this.#known = new KnownAlerts({ memory: parts.memory, spool: parts.alerts });
  }

  recent(): readonly Alert[] {
    return this.#parts.memory.alerts();
  }

  async alert(key: string): Promise<Alert> {
    return this.#known.find(key).alert;
  }

  async explainAlert(key: string): Promise<RuleExplanation> {
    const known = this.#known.findOriginal(key);
    const { alert, subject, remembered } = known;
    if (subject?.event === undefined) return withoutEvent(known);
    const judging = await this.#judging(known.remembered, subject);
    const decision = this.#decide(alert.ruleID, subject, judging);
    if (decision === undefined) return withoutRule(known);
    const told = explanationOf(decision, await this.#withBecause(judging));
    const uniqueId = remembered?.finding.uniqueId ?? decision.uniqueId;
    const window = this.#window(alert.ruleID, uniqueId, subject.container);
    return { ...told, why: alertNotes(known, { told, decision, window }) };
  }

  async explainEvent({
    event,
    containerId,
    ruleId,
  }: AskedEvent): Promise<readonly RuleExplanation[]> {
    const { cache } = this.#parts;
    const view = findContainer(
      { container: (id) => cache.container(id), containers: () => cache.list() },
      containerId,
    );
    const container = this.#parts.containerOf(view.containerId);
    const subject = describedEvent(event, { view, container });
    const decisions = this.#parts.rules.decide(subject, { ruleId, trace: true });
    if (ruleId !== undefined && decisions.length === 0) {
      throw new AgentError('not-found', `there is no rule ${ruleId}`);
    }
    const around = await this.#withBecause(this.#cached(view.containerId));
    return decisions.map((decision) => {
      const heldBack = this.#heldBack(decision, container);
      return explanationOf(decision, { ...around, heldBack });
    });
  }

  async overlayFor(key: string): Promise<AllowingOverlay> {
    const { alert, subject, remembered } = this.#known.findOriginal(key);
    if (subject?.event === undefined) {
      const why = remembered ? 'it is about no event' : 'its event is not kept any more';
      throw new AgentError('invalid', `${alert.ruleID}: nothing can be made to allow it: ${why}`);
    }
    const { entry } = await this.#judging(remembered, subject);
    return overlayAnswer(this.#parts.rules, { ruleId: alert.ruleID, subject, entry });
  }

  #decide(ruleId: string, subject: AttributedEvent, { entry }: Judging): RuleDecision | undefined {
    const { rules } = this.#parts;
    return rules.decide(subjectOf(subject), { ruleId, entry: entry ?? null, trace: true })[0];
  }

  /** By the profile that an alert was decided by; if that is forgotten, by the one that there is now. */
  async #judging(
    remembered: RememberedAlert | undefined,
    { container }: AttributedEvent,
  ): Promise<Judging> {
    if (remembered) {
      return { entry: remembered.entry, sources: present(remembered.sources) };
    }
    if (this.#parts.cache.container(container.id)) return this.#cached(container.id);
    const found = await this.#fromStore((signal) =>
      storedProfileEntry(this.#parts.store, container, signal),
    );
    return { entry: found?.entry, sources: (found?.origins ?? []).map(explainedSource) };
  }

  #cached(containerId: string): Judging {
    const { cache } = this.#parts;
    const sources = present(cache.container(containerId)?.sources ?? []);
    return { entry: cache.getContainerProfile(containerId), sources };
  }

  #window(ruleId: string, uniqueId: string | undefined, container: Container | undefined) {
    if (uniqueId === undefined || container === undefined) return undefined;
    const subject = { container };
    return this.#parts.alerts.cooldownOf({ rule: { id: ruleId }, uniqueId, subject });
  }

  #heldBack({ rule, uniqueId }: RuleDecision, container: Container | undefined) {
    const window = this.#window(rule.id, uniqueId, container);
    if (window === undefined || !window.isFull) return undefined;
    const { passed, held, endMs } = window;
    const told = `${passed} like it passed and ${held} ${held === 1 ? 'was' : 'were'} held back`;
    return `it would be held back as a repeat until ${formatTimestamp(endMs)}: ${told} so far`;
  }

  /** Why a profile is partial stands in the learned object alone. */
  async #withBecause(judging: Judging): Promise<DecisionSurroundings> {
    const { entry, sources } = judging;
    const learned = sources.find(({ role }) => role === 'learned');
    const [kind, key = ''] = learned?.object.split(' ') ?? [];
    if (entry?.state.completion !== 'partial' || kind !== 'ContainerProfile') return judging;
    const [namespace = '', name = ''] = key.split('/');
    const object = await this.#fromStore((signal) =>
      this.#parts.store.get(kind, { namespace, name }, { signal }),
    );
    const told = object?.metadata.annotations?.[ANNOTATION.partialBecause];
    return { ...judging, ...(told !== undefined && { partialBecause: [told] }) };
  }

  /** Undefined too when the store does not answer in time: an explanation does without it. */
  async #fromStore<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    const { clock, storeCallBudgetMs: budgetMs } = this.#parts;
    const { signal } = new AbortController();
    const call = { clock, budgetMs, signal, what: 'the profile store' };
    return withBudget(call, ask).catch(() => undefined);
  }
}

/** As explanations name them, without those that the store does not have. */
function present(sources: CacheEntryView['sources']): Judging['sources'] {
  return sources.filter(({ presence }) => presence === 'present').map(explainedSource);
}
