import { AlertDispatcher, type AlertSink } from '#alerts/alert-dispatcher.js';
import { tamperedProfileFinding } from '#alerts/tampered-profile.js';
import { Attributor } from '#attribution/attributor.js';
import { Learner } from '#learning/learner.js';
import type { Saved } from '#learning/options.js';
import type { ReportQueue } from '#learning/report-queue.js';
import type { ContainerEvent } from '#model/container.js';
import { EventAccounting } from '#model/event-accounting.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { RawRecord } from '#model/raw-event.js';
import { Pipeline } from '#pipeline/pipeline.js';
import type { CacheChange } from '#profile-cache/cache-change.js';
import type { PodSource, ProfileVerifier, TamperedProfile } from '#profile-cache/ports.js';
import { ProfileCache, type ProfileCacheParts } from '#profile-cache/profile-cache.js';
import type { CompiledRule } from '#rules/compiled-rule.js';
import { RuleEngine } from '#rules/rule-engine.js';
import { profileNeedsOf } from '#rules/rule-needs.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ContainerProfiles } from './container-profiles.ts';
import type { AgentOptions } from './options.ts';
import { stageOptions } from './stage-options.ts';
import { AGENT_VERSION } from './version.ts';

/**
 * A removed container's last events are still on their way: in the kernel's buffer for up to 50 ms,
 * then in the order window. Its learning ends after them.
 */
const LAST_EVENTS_MS = 250;

/** What the stages are made from. */
export interface FlowParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly store: ProfileStore;
  readonly rules: readonly CompiledRule[];
  readonly options: AgentOptions;
  readonly hostName: string;
  /** Of this host, as Go calls it; goes into what is learned. Absent: nobody says. */
  readonly architecture?: string | undefined;
  readonly sinks: readonly AlertSink[];
  /** Told of every report that was stored. */
  readonly onSaved: (saved: Saved) => void;
  /** Told of every change of a container's profile. */
  readonly onCacheChange: (change: CacheChange) => void;
  /** Where reports wait for the store. */
  readonly queue: ReportQueue;
  /** The pods of this node, for those who need to know what became of them. Absent: nobody asks. */
  readonly pods?: PodSource | undefined;
  readonly health?: Health | undefined;
  /** Asked about every profile that a person wrote. Without one, all are trusted. */
  readonly verifier?: ProfileVerifier | undefined;
  /** Makes what the containers' profiles are looked up in; absent: the profile cache. */
  readonly makeCache?: ((parts: ProfileCacheParts) => ContainerProfiles) | undefined;
}

/** The stages, joined in the order in which data moves. There is no other place where they meet. */
export class Flow {
  readonly accounting = new EventAccounting();
  readonly attributor: Attributor;
  readonly pipeline: Pipeline;
  readonly learner: Learner;
  readonly cache: ContainerProfiles;
  readonly rules: RuleEngine;
  readonly alerts: AlertDispatcher;
  readonly #clock: Clock;
  /** Ends the learning of a removed container now instead of later. */
  readonly #endings = new Map<string, () => void>();
  #missedSeen = { lost: 0, dropped: 0 };
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
      onEvent: (event) => this.pipeline.accept(event),
      onLoss: (containerId, count) => this.learner.lossOccurred(count, containerId, 'dropped'),
    });
    this.pipeline = new Pipeline({
      clock,
      accounting,
      options: stages.pipeline,
      onEvent: (event) => {
        this.learner.observe(event);
        for (const ruleId of this.rules.policyMatches(event)) {
          this.learner.notePolicy(event.container.id, ruleId, event.event.comm);
        }
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
        if (saved.status === 'completed') this.cache.learningEnded(saved.containerId);
        parts.onSaved(saved);
      },
    });
    const { makeCache = (cacheParts) => new ProfileCache(cacheParts) } = parts;
    this.cache = makeCache({
      store,
      clock,
      random,
      log,
      options: stages.cache,
      identities: {
        identityOf: (containerId) => this.attributor.container(containerId),
      },
      needs: profileNeedsOf(parts.rules),
      verifier: parts.verifier,
      pods: parts.pods,
      onChange: (change) => {
        // A profile that is learned further judges nobody yet: what was seen of it was seen.
        if (change.isEnforced || change.reason !== 'profile-changed') this.pipeline.reopenDedup();
        parts.onCacheChange(change);
      },
      onTampered: (tampered) => this.#reportTampered(tampered),
    });
    this.rules = new RuleEngine({ rules: parts.rules, profiles: this.cache, log });
    this.alerts = new AlertDispatcher({
      clock,
      log,
      node: nodeOf(options, parts.hostName),
      sinks: parts.sinks,
      cooldown: stages.cooldown,
    });
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
    this.attributor.accept(records);
    this.#reportLoss();
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
    if (container.kind === 'sandbox') {
      this.attributor.containerAdded(container);
      return;
    }
    this.#containers += 1;
    this.learner.containerAdded(container);
    this.attributor.containerAdded(container);
    this.cache.containerAdded(container.id);
  }

  /** Brings every event that is still on its way to its place. */
  drain(): void {
    this.attributor.drain();
    this.pipeline.drain();
    for (const end of this.#endings.values()) end();
    this.#reportLoss();
  }

  #endLearningSoon(event: ContainerEvent & { readonly type: 'container-removed' }): void {
    this.#endings.get(event.containerId)?.();
    const end = () => {
      cancel();
      this.#endings.delete(event.containerId);
      this.learner.containerRemoved(event);
    };
    const cancel = this.#clock.schedule(LAST_EVENTS_MS, end);
    this.#endings.set(event.containerId, end);
  }

  #reportTampered({ containerId, origin, reason }: TamperedProfile): void {
    const container = this.attributor.container(containerId);
    if (!container) return;
    const timeMs = this.#clock.now();
    this.alerts.handle(tamperedProfileFinding({ container, origin, reason, timeMs }));
  }

  /** Whoever it was that missed events: what is being learned now may miss them. */
  #reportLoss(): void {
    const missed = this.accounting.missedOfUnknownOrigin;
    for (const kind of ['lost', 'dropped'] as const) {
      this.learner.lossOccurred(missed[kind] - this.#missedSeen[kind], undefined, kind);
    }
    this.#missedSeen = missed;
  }
}

function nodeOf(options: AgentOptions, hostName: string) {
  return { nodeName: options.nodeName || hostName, hostName, agentVersion: AGENT_VERSION };
}
