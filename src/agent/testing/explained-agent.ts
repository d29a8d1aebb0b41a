import { MemorySpoolFile } from '#alerts/memory-spool-file.js';
import type { SpoolFile } from '#alerts/spool-file.js';
import type { Alert } from '#model/alert.js';
import { ANNOTATION } from '#model/annotations.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import {
  type ContainerProfile,
  type ContainerProfileSpec,
  PROFILE_API_VERSION,
} from '#model/profile.js';
import type { RuleObject } from '#model/rule-objects.js';
import { aContainer } from '#model/testing/sample-container.js';
import { compileRuleSet } from '#rules/rule-set.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { alertList } from '../alert-output.ts';
import { configFrom } from '../config.ts';
import { Flow } from '../flow.ts';
import { memoryQueue } from '../open-queue.ts';
import { AGENT_VERSION } from '../version.ts';

const RULES_API = 'kubescape.io/v1';

/** A manifest of rules; those without an `eventType` are about execs. */
export function manifestOf(
  ...rules: readonly (Readonly<Record<string, unknown>> & { readonly expression: string })[]
): RuleObject {
  const spec = {
    rules: rules.map(({ expression, eventType = 'exec', message = "'seen'", ...rule }) => ({
      ...{ name: `Rule ${rule['id']}`, enabled: true, severity: 5, profileDependency: 0 },
      tags: ['context:container'],
      ...rule,
      expressions: { message, uniqueId: 'event.comm', ruleExpression: [{ eventType, expression }] },
    })),
  };
  return {
    source: 'rules.yaml',
    object: { apiVersion: RULES_API, kind: 'Rules', metadata: { name: 'test' }, spec },
  };
}

/** What a container's profile was learned to; changes as given. */
export function learnedProfile(
  spec: ContainerProfileSpec,
  annotations: Readonly<Record<string, string>> = {},
): ContainerProfile {
  const { namespace, profileName: name } = aContainer();
  return {
    ...{ apiVersion: PROFILE_API_VERSION, kind: 'ContainerProfile' },
    metadata: {
      ...{ namespace, name },
      annotations: {
        [ANNOTATION.status]: 'completed',
        [ANNOTATION.completion]: 'complete',
        ...annotations,
      },
    },
    spec,
  };
}

/** The stages of an agent on a virtual clock, with everything that explanations ask. */
export class ExplainedAgent {
  readonly clock: VirtualClock;
  readonly store: MemoryProfileStore;
  readonly spool: SpoolFile;
  readonly flow: Flow;
  readonly alerts: readonly Alert[];
  readonly #ending = new AbortController();
  readonly #ran: Promise<void>;

  /** `earlier` is an agent that ended: its store and its spool are taken over. */
  constructor(objects: readonly RuleObject[], earlier?: ExplainedAgent) {
    const clock = earlier?.clock ?? new VirtualClock(1_769_860_800_000);
    const random = seededRandom(1);
    this.clock = clock;
    this.store = earlier?.store ?? new MemoryProfileStore({ clock, random });
    this.spool = earlier?.spool ?? new MemorySpoolFile({ clock });
    const { sink, alerts } = alertList();
    this.alerts = alerts;
    this.flow = new Flow({
      ...{ clock, random, store: this.store, spool: this.spool, log: silentLogger, hostName: 'h' },
      rules: rulesOf(objects),
      queue: memoryQueue({ clock, log: silentLogger }),
      options: configFrom({ environment: {}, flags: {} }),
      sinks: [sink],
      onSaved: () => {},
      onCacheChange: () => {},
    });
    this.#ran = this.flow.cache.run({ signal: this.#ending.signal });
  }

  get questions() {
    return this.flow.questions;
  }

  useRules(...objects: readonly RuleObject[]): void {
    this.flow.useRules(rulesOf(objects));
  }

  /** A container begins, and whatever the store has of it is read. */
  async add(container: Container = aContainer()): Promise<void> {
    const timeMs = this.clock.now();
    this.flow.acceptContainerEvent({ type: 'container-added', timeMs, container });
    await this.clock.advance(2_000);
  }

  /** What the store has from now on. */
  async stores(profile: ContainerProfile): Promise<void> {
    const { signal } = new AbortController();
    await this.store.create('ContainerProfile', profile, { signal });
    await this.clock.advance(60_000);
  }

  /** The store has nothing of the container any more. */
  async forgets({ namespace, profileName: name } = aContainer()): Promise<void> {
    const { signal } = new AbortController();
    await this.store.delete('ContainerProfile', { namespace, name }, { signal });
    await this.clock.advance(60_000);
  }

  /** Judges an event as the pipeline does. Gives the keys of the alerts that come of it. */
  async judge(subject: AttributedEvent): Promise<readonly string[]> {
    const before = this.alerts.length;
    for (const finding of this.flow.rules.evaluate(subject)) this.flow.alerts.handle(finding);
    await this.clock.advance(1_000);
    return this.alerts.slice(before).map(({ idempotencyKey }) => idempotencyKey);
  }

  async end(): Promise<void> {
    this.#ending.abort();
    await this.clock.advance(1_000);
    await this.#ran;
  }
}

function rulesOf(objects: readonly RuleObject[]) {
  const { set, errors } = compileRuleSet({ objects, agentVersion: AGENT_VERSION });
  const [error] = errors;
  if (error !== undefined) throw error;
  return set;
}
