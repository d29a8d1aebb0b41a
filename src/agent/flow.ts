import { AlertDispatcher } from '#alerts/alert-dispatcher.js';
import { MemorySpoolFile } from '#alerts/memory-spool-file.js';
import { Attributor } from '#attribution/attributor.js';
import { isHostContainer } from '#attribution/host-container.js';
import { PeerNames } from '#attribution/peers/peer-names.js';
import { Learner } from '#learning/learner.js';
import type { Alert } from '#model/alert.js';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { ContainerEvent } from '#model/container.js';
import { EventAccounting } from '#model/event-accounting.js';
import type { Finding } from '#model/finding.js';
import type { RawRecord } from '#model/raw-event.js';
import { Pipeline } from '#pipeline/pipeline.js';
import { ProfileCache } from '#profile-cache/profile-cache.js';
import { eventDemandOf } from '#rules/event-demand.js';
import { RuleEngine } from '#rules/rule-engine.js';
import { profileNeedsOf } from '#rules/rule-needs.js';
import type { RuleSet } from '#rules/rule-set.js';
import { NO_SURROUNDINGS } from '#rules/surroundings.js';
import type { Clock } from '#runtime/clock.js';
import { AlertMemory } from './alert-memory.ts';
import type { AlertQuestions } from './alert-questions.ts';
import type { ContainerProfiles } from './container-profiles.ts';
import { Explainer } from './explainer.ts';
import type { FlowParts } from './flow-parts.ts';
import { LossReports } from './loss-reports.ts';
import type { AgentOptions } from './options.ts';
import { OwnFindings } from './own-findings.ts';
import { RecordAge } from './record-age.ts';
import { SensorSteering } from './sensor-steering.ts';
import { stageOptions } from './stage-options.ts';
import { AGENT_VERSION } from './version.ts';

/**
 * A removed container's last events are still on their way: in the kernel's buffer for up to 50 ms,
 * then in the order window. Its learning ends after them.
 */
const LAST_EVENTS_MS = 250;

type Parts = Omit<FlowParts, 'options'>;

/** The stages, joined in the order in which data moves. There is no other place where they meet. */
export class Flow {
  readonly accounting = new EventAccounting();
  readonly attributor: Attributor;
  readonly pipeline: Pipeline;
  readonly learner: Learner;
  readonly cache: ContainerProfiles;
  readonly rules: RuleEngine;
  readonly alerts: AlertDispatcher;
  readonly questions: AlertQuestions;
  readonly #memory = new AlertMemory();
  readonly #own: OwnFindings;
  readonly #peers: PeerNames;
  readonly #steering: SensorSteering;
  readonly #losses: LossReports;
  readonly #areNumbersInOrder: boolean;
  readonly #clock: Clock;
  readonly #recordAge: RecordAge;
  /** Ends the learning of a removed container now instead of later. */
  readonly #endings = new Map<string, () => void>();
  #containers = 0;
  #reportsSaved = 0;

  constructor({ options, ...parts }: FlowParts) {
    const { clock, random, log, store } = parts;
    const { accounting } = this;
    const stages = stageOptions(options);
    this.#clock = clock;
    this.attributor = new Attributor({
      clock,
      accounting,
      log,
      ...stages.attribution,
      scan: parts.scan,
      onEvent: (event) => this.pipeline.accept(event),
      onLoss: (container, count, reason) => this.#losses.ofContainer(container, count, reason),
      onSuppressed: (record) => this.pipeline.noteSuppressed(record),
    });
    this.pipeline = new Pipeline({
      ...{ clock, random, accounting },
      options: stages.pipeline,
      onEvent: (seen) => {
        const event = this.#peers.named(seen);
        this.learner.observe(event);
        this.#notePolicies(event);
        for (const finding of this.rules.evaluate(event)) this.alerts.handle(finding);
      },
    });
    this.learner = new Learner({
      ...parts,
      options: {
        ...stages.learning,
        ...(parts.architecture && { architecture: parts.architecture }),
      },
      onSaved: (saved) => {
        this.#reportsSaved += 1;
        // What comes of it is the container's own profile, even if it turns out partial.
        if (saved.status === 'completed') {
          this.cache.learningEnded(saved.containerId);
          this.#steering.reopen(saved.containerId);
        }
        parts.onSaved(saved);
      },
    });
    this.cache = this.#cacheFor(parts, options);
    this.rules = new RuleEngine({
      rules: parts.rules,
      profiles: this.cache,
      surroundings: parts.surroundings ?? NO_SURROUNDINGS,
      ...(parts.namespaceLabels && { namespaceLabels: parts.namespaceLabels }),
      ...{ clock, log },
    });
    this.#peers = new PeerNames({ clock, directory: parts.peers });
    this.#areNumbersInOrder = parts.areNumbersInOrder ?? false;
    this.#recordAge = new RecordAge({ clock, areTimesOurs: this.#areNumbersInOrder });
    this.#steering = this.#steeringFor(parts.control);
    this.#steering.rulesChanged(eventDemandOf(parts.rules));
    this.#losses = new LossReports({
      accounting,
      learner: () => this.learner,
      onShareLost: (container, count) => this.#own.shareLost(container, count),
      onUnseen: (containerId) => this.#steering.reopen(containerId),
    });
    this.alerts = this.#dispatcherFor(parts, options);
    this.#own = new OwnFindings({
      clock,
      rules: this.rules,
      containerOf: (containerId) => this.attributor.container(containerId),
      onFinding: (finding) => this.alerts.handle(finding),
    });
    this.questions = new Explainer({
      ...{ store, clock, memory: this.#memory },
      ...{ rules: this.rules, cache: this.cache, alerts: this.alerts },
      containerOf: (containerId) => this.attributor.container(containerId),
      storeCallBudgetMs: options.storeCallBudget,
    });
  }

  /** How old the oldest record was that came, or that waits, since this was last asked: in milliseconds. */
  takeRecordAgeMs(): number {
    return this.#recordAge.takeMs(this.pipeline.firstWaitingMs);
  }

  /** Judges by other rules from the next event on; profiles are compiled anew for them at once. */
  useRules(set: RuleSet): void {
    this.rules.use(set);
    this.cache.needsChanged(this.rules.needs);
    this.#steering.rulesChanged(eventDemandOf(set));
  }

  /** Containers that were told of, sandboxes left out. */
  get containers(): number {
    return this.#containers;
  }

  /** Reports of what was learned that were stored. */
  get reportsSaved(): number {
    return this.#reportsSaved;
  }

  /** Takes what a sensor delivered. */
  acceptRecords(records: readonly RawRecord[]): void {
    this.#recordAge.came(records);
    if (this.#areNumbersInOrder) this.pipeline.arriving();
    this.attributor.accept(records);
    if (this.#areNumbersInOrder) this.pipeline.arrived(records);
    this.#losses.ofUnknownOrigin();
  }

  /** Takes what the container runtime said. */
  acceptContainerEvent(event: ContainerEvent): void {
    if (event.type === 'container-removed') {
      this.attributor.containerRemoved(event);
      this.cache.containerRemoved(event.containerId);
      this.#endLearningSoon(event);
      return;
    }
    const { container } = event;
    // The same id again is another life: the one before must not end it.
    this.#endings.get(container.id)?.();
    if (container.kind === 'sandbox' || isHostContainer(container)) {
      this.attributor.containerAdded(container);
      return;
    }
    this.#containers += 1;
    this.learner.containerAdded(container);
    this.attributor.containerAdded(container);
    this.cache.containerAdded(container.id);
    this.steerSensor();
  }

  /** Tells the sensor anew what nobody needs; to be called now and again, since learning ends by itself. */
  steerSensor(): void {
    this.#steering.update();
  }

  /** Brings every event that is still on its way to its place. */
  drain(): void {
    this.attributor.drain();
    this.pipeline.drain();
    for (const end of this.#endings.values()) end();
    this.#losses.ofUnknownOrigin();
  }

  #notePolicies(event: AttributedEvent): void {
    const { id } = event.container;
    if (!this.learner.isRecording(id)) return;
    for (const ruleId of this.rules.policyMatches(event)) {
      this.learner.notePolicy(id, ruleId, event.event.comm);
    }
  }

  #cacheFor(parts: Parts, options: AgentOptions): ContainerProfiles {
    const { store, clock, random, log } = parts;
    const { makeCache = (cacheParts) => new ProfileCache(cacheParts) } = parts;
    return makeCache({
      store,
      clock,
      random,
      log,
      options: stageOptions(options).cache,
      identities: {
        identityOf: (containerId) => this.attributor.container(containerId),
      },
      needs: profileNeedsOf(parts.rules.rules),
      verifier: parts.verifier,
      pods: parts.pods,
      onChange: (change) => {
        // A profile that is learned further judges nobody yet: what was seen of it was seen.
        if (change.isEnforced || change.reason !== 'profile-changed') {
          this.#steering.reopen(change.containerId);
        }
        parts.onCacheChange(change);
      },
      onTampered: (tampered) => this.#own.tampered(tampered),
    });
  }

  #steeringFor(control: Parts['control']): SensorSteering {
    return new SensorSteering({
      control,
      reopenDedup: (containerId) => this.pipeline.reopenDedup(containerId),
      containers: () => this.attributor.containers(),
      cgroupsOf: (containerId) => this.attributor.cgroupsOf(containerId),
      isRecording: (containerId) => this.learner.isRecording(containerId),
    });
  }

  #dispatcherFor(
    { clock, random, log, health, sinks, hostName, spool = new MemorySpoolFile({ clock }) }: Parts,
    options: AgentOptions,
  ): AlertDispatcher {
    return new AlertDispatcher({
      ...{ clock, random, log, health, sinks, spool },
      node: nodeOf(options, hostName),
      cooldown: stageOptions(options).cooldown,
      onAlert: (finding, alert) => this.#remember(finding, alert),
    });
  }

  /** With the profile that it was judged by, which is what the cache has at this moment. */
  #remember(finding: Finding, alert: Alert): void {
    const { id } = finding.subject.container;
    const entry = this.cache.getContainerProfile(id);
    const sources = this.cache.container(id)?.sources ?? [];
    this.#memory.remember({
      alert,
      finding,
      ...{ sources, entry },
      release: this.cache.hold?.(id),
    });
  }

  #endLearningSoon(event: ContainerEvent & { readonly type: 'container-removed' }): void {
    this.#endings.get(event.containerId)?.();
    const end = () => {
      cancel();
      this.#endings.delete(event.containerId);
      this.learner.containerRemoved(event);
      this.#peers.containerRemoved(event.containerId);
    };
    const cancel = this.#clock.schedule(LAST_EVENTS_MS, end);
    this.#endings.set(event.containerId, end);
  }
}

function nodeOf(options: AgentOptions, hostName: string) {
  const { clusterName } = options;
  return {
    ...{ nodeName: options.nodeName || hostName, hostName, agentVersion: AGENT_VERSION },
    ...(clusterName !== '' && { clusterName }),
  };
}
