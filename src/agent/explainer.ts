import type { AlertDispatcher } from '#alerts/alert-dispatcher.js';
import { AgentError } from '#model/agent-error.js';
import type { Alert } from '#model/alert.js';
import { ANNOTATION } from '#model/annotations.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { RuleExplanation } from '#model/rule-decision.js';
import type { CacheEntryView } from '#profile-cache/cache-entry-view.js';
import { givenActivation } from '#rules/given-activation.js';
import { RULE_EVENT_TYPES, type RuleEventType } from '#rules/rule.js';
import { contextOf } from '#rules/rule-context.js';
import type { RuleDecision } from '#rules/rule-decision.js';
import type { RuleEngine } from '#rules/rule-engine.js';
import { type RuleSubject, subjectOf } from '#rules/rule-subject.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import type { AlertMemory, RememberedAlert } from './alert-memory.ts';
import type { AlertQuestions, AllowingOverlay, AskedEvent } from './alert-questions.ts';
import { allowingSpec, overlayObjects } from './allowing-overlay.ts';
import { findContainer } from './container-lookup.ts';
import type { ContainerProfiles } from './container-profiles.ts';
import { type DecisionSurroundings, explanationOf } from './rule-explanation.ts';

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

/** Fewer characters than this are more likely a slip than the beginning of a key. */
const SHORTEST_PREFIX = 4;

/** Answers questions about alerts, by the same code that decides about them. */
export class Explainer implements AlertQuestions {
  readonly #parts: ExplainerParts;

  constructor(parts: ExplainerParts) {
    this.#parts = parts;
  }

  recent(): readonly Alert[] {
    return this.#parts.memory.alerts();
  }

  async alert(key: string): Promise<Alert> {
    return this.#remembered(key)?.alert ?? this.#spooled(key).alert;
  }

  async explainAlert(key: string): Promise<RuleExplanation> {
    const known = this.#remembered(key) ?? this.#judgedAnew(key);
    const { alert, finding, entry, sources } = known;
    const { subject } = finding;
    if (subject.event === undefined) return withoutEvent(alert);
    const [decision] = this.#decisions(subjectOf(subject), { ruleId: finding.rule.id, entry });
    if (decision === undefined) return withoutRule(alert);
    const told = explanationOf(decision, await this.#surroundings(entry, sources));
    const notes = ['isAnew' in known ? JUDGED_ANEW : '', this.#repeats(known)].filter(Boolean);
    return { ...told, why: [told.why, ...notes].join('; ') };
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
    const subject = describedSubject(event, view, container);
    const entry = cache.getContainerProfile(view.containerId);
    const decisions = this.#parts.rules.decide(subject, { ruleId, trace: true });
    if (ruleId !== undefined && decisions.length === 0) {
      throw new AgentError('not-found', `there is no rule ${ruleId}`);
    }
    const around = await this.#surroundings(entry, view.sources);
    return decisions.map((decision) =>
      explanationOf(decision, { ...around, heldBack: this.#heldBack(decision, container) }),
    );
  }

  async overlayFor(key: string): Promise<AllowingOverlay> {
    const { finding, entry } = this.#remembered(key) ?? this.#judgedAnew(key);
    const { subject, rule } = finding;
    const [decision] =
      (subject.event && this.#decisions(subjectOf(subject), { ruleId: rule.id, entry })) || [];
    if (subject.event === undefined || decision === undefined) {
      throw new AgentError('invalid', `${rule.id}: no entry of a profile could allow this`);
    }
    const calls = (decision.traces ?? []).flatMap((trace) => trace.calls);
    const policy = decision.rule.supportPolicy
      ? { ruleId: rule.id, processName: subject.event.comm }
      : undefined;
    const asksProfile = calls.some(({ answer }) => answer === false);
    const spec = allowingSpec({ subject, calls, policy: asksProfile ? undefined : policy });
    const objects = overlayObjects(subject.container, spec);
    if (objects.length === 0 || (!asksProfile && policy === undefined)) {
      const how = 'a binding or other parameters of the rule can';
      throw new AgentError('invalid', `${rule.id} does not ask the profile about this: ${how}`);
    }
    return { objects, remarks: [] };
  }

  #decisions(
    subject: RuleSubject,
    { ruleId, entry }: { readonly ruleId: string; readonly entry: RememberedAlert['entry'] },
  ): readonly RuleDecision[] {
    return this.#parts.rules.decide(subject, { ruleId, entry: entry ?? null, trace: true });
  }

  /** Undefined when it is not remembered. Throws `conflict` when the key's beginning fits several. */
  #remembered(key: string): RememberedAlert | undefined {
    if (key.length < SHORTEST_PREFIX) {
      const expected = `expected an alert's key, or at least ${SHORTEST_PREFIX} characters of it`;
      throw new AgentError('invalid', `"${key}": ${expected}`);
    }
    const found = this.#parts.memory.find(key);
    if (found !== 'ambiguous') return found;
    throw new AgentError('conflict', `"${key}" is the beginning of several alerts' keys`);
  }

  #spooled(key: string): { readonly alert: Alert; readonly event?: string } {
    const found = this.#parts.alerts.find(key);
    if (found === 'ambiguous') {
      throw new AgentError('conflict', `"${key}" is the beginning of several alerts' keys`);
    }
    if (found !== undefined) return { ...found, alert: JSON.parse(found.alert) as Alert };
    throw new AgentError('not-found', `there is no alert "${key}", or it is too long ago`);
  }

  /** An alert of an earlier life of the agent, with the container and its profile as they are now. */
  #judgedAnew(key: string): RememberedAlert & { readonly isAnew: true } {
    const { alert, event } = this.#spooled(key);
    const container = this.#parts.containerOf(alert.containerID);
    if (event === undefined || container === undefined) {
      const gone = `container ${alert.containerID} is gone, and what it was judged by with it`;
      throw new AgentError('not-found', `alert "${key}" cannot be explained any more: ${gone}`);
    }
    const { cache } = this.#parts;
    const subject = restored(JSON.parse(event) as AttributedEvent['event'], container);
    const { ruleID: id } = alert;
    return {
      alert,
      finding: { rule: { id }, subject } as RememberedAlert['finding'],
      entry: cache.getContainerProfile(container.id),
      sources: cache.container(container.id)?.sources ?? [],
      isAnew: true,
    };
  }

  #repeats({ finding }: RememberedAlert): string {
    const window = finding.uniqueId && this.#parts.alerts.cooldownOf(finding);
    if (!window || window.held === 0) return '';
    return `${window.held} like it were held back since, until ${formatTimestamp(window.endMs)}`;
  }

  #heldBack({ rule, uniqueId }: RuleDecision, container: Container | undefined) {
    if (uniqueId === undefined || container === undefined) return undefined;
    const finding = { rule, uniqueId, subject: { container } };
    const window = this.#parts.alerts.cooldownOf(finding);
    if (window === undefined || !window.isFull) return undefined;
    const told = `${window.passed} like it passed and ${window.held} were held back`;
    return `it would be held back: ${told}, until ${formatTimestamp(window.endMs)}`;
  }

  /** Why a profile is partial stands in the learned object alone. A store that does not answer leaves it out. */
  async #surroundings(
    entry: RememberedAlert['entry'],
    sources: CacheEntryView['sources'],
  ): Promise<DecisionSurroundings> {
    const learned = sources.find(
      ({ role, presence }) => role === 'learned' && presence === 'present',
    );
    if (entry?.state.completion !== 'partial' || learned === undefined) return { entry, sources };
    const { store, clock, storeCallBudgetMs: budgetMs } = this.#parts;
    const { kind, namespace, name } = learned;
    const { signal } = new AbortController();
    const object = await withBudget(
      { clock, budgetMs, signal, what: 'the profile store' },
      (within) => store.get(kind, { namespace, name }, { signal: within }),
    ).catch(() => undefined);
    const told = object?.metadata.annotations?.[ANNOTATION.partialBecause];
    return { entry, sources, ...(told !== undefined && { partialBecause: [told] }) };
  }
}

const JUDGED_ANEW = 'judged anew, by the rules and the profile as they are now';

function withoutEvent(alert: Alert): RuleExplanation {
  return { ...about(alert), why: alert.message };
}

function withoutRule(alert: Alert): RuleExplanation {
  return { ...about(alert), why: `${alert.reason.short}; the rule is not in use any more` };
}

function about({ ruleID, alertName, message, uniqueID }: Alert) {
  return {
    ...{ ruleId: ruleID, ruleName: alertName, ruleSource: '', message, uniqueId: uniqueID },
    ...{ expressions: [], calls: [] },
  };
}

/** What a person described, in the container that was named. Throws `invalid` that names the field. */
function describedSubject(
  event: AskedEvent['event'],
  view: CacheEntryView,
  container: Container | undefined,
): RuleSubject {
  const { type, ...fields } = event;
  if (!RULE_EVENT_TYPES.includes(type as RuleEventType)) {
    const types = RULE_EVENT_TYPES.join(', ');
    throw new AgentError(
      'invalid',
      `event.type: expected one of ${types}, got ${JSON.stringify(type)}`,
    );
  }
  const { containerId, containerName = '', namespace = '', podName = '' } = view;
  const place = { containerId, containerName, namespace, podName };
  const { comm } = fields;
  const labels = container?.pod?.labels;
  return {
    type: type as RuleEventType,
    activation: givenActivation(type as RuleEventType, { ...place, ...fields }),
    context: container === undefined ? 'kubernetes' : contextOf(container),
    ...{ containerId, namespace, comm: typeof comm === 'string' ? comm : '' },
    ...(labels !== undefined && { podLabels: labels }),
  };
}

/** An event that was kept, with what it says itself of its process. */
function restored(event: AttributedEvent['event'], container: Container): AttributedEvent {
  const { pid, ppid, comm, uid, gid, timeMs } = event;
  const process = {
    ...{ pid, ppid, comm, uid, gid, exePath: '', args: [], cwd: '', upperLayer: false },
    startTimeMs: timeMs,
  };
  return { event, container, process };
}
