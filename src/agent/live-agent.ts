import { hostname } from 'node:os';
import type { AlertSink } from '#alerts/alert-dispatcher.js';
import { ContainerdWatcher } from '#attribution/containerd-watcher.js';
import type { Saved } from '#learning/options.js';
import { Metrics } from '#metrics/metrics.js';
import { AgentError } from '#model/agent-error.js';
import type { ContainerEvent } from '#model/container.js';
import type { EventSource, RawRecord } from '#model/raw-event.js';
import type { CacheChange } from '#profile-cache/cache-change.js';
import type { CompiledRule } from '#rules/compiled-rule.js';
import { inBackground } from '#runtime/background.js';
import { systemClock } from '#runtime/clock.js';
import { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { type EmbeddedStore, openEmbeddedStore } from './embedded-store.ts';
import { Flow } from './flow.ts';
import { loadRules } from './load-rules.ts';
import { openSensor } from './open-sensor.ts';
import type { AgentOptions } from './options.ts';
import { registerFlowMetrics } from './register-metrics.ts';
import { reportingStore } from './store-health.ts';
import { type Summary, summaryOf } from './summary.ts';
import { superviseSource } from './supervise-source.ts';
import { Sight } from './supervise-source-sight.ts';

/** What happens in a running agent, for those who tell people about it. */
export interface Narration {
  readonly onContainerEvent: (event: ContainerEvent) => void;
  readonly onSaved: (saved: Saved) => void;
  readonly onCacheChange: (change: CacheChange) => void;
}

/** Tells nobody. */
export const silentNarration: Narration = {
  onContainerEvent() {},
  onSaved() {},
  onCacheChange() {},
};

/** What a live agent is made from. */
export interface LiveAgentParts {
  readonly options: AgentOptions;
  readonly log: Logger;
  readonly sinks: readonly AlertSink[];
  readonly narration: Narration;
}

interface Opened {
  readonly rules: readonly CompiledRule[];
  readonly sensor: EventSource;
  readonly store: EmbeddedStore;
  readonly metrics: Metrics;
}

/** An agent that watches this host. Made by {@link LiveAgent.create}, run once. */
export class LiveAgent {
  readonly metrics: Metrics;
  readonly health = new Health(() => systemClock.now());
  readonly flow: Flow;
  readonly #parts: LiveAgentParts;
  readonly #store: EmbeddedStore;
  readonly #sensor: EventSource;
  readonly #startedMs = systemClock.now();

  private constructor(parts: LiveAgentParts, opened: Opened) {
    const { options, log, sinks, narration } = parts;
    this.#parts = parts;
    this.#sensor = opened.sensor;
    this.#store = opened.store;
    this.metrics = opened.metrics;
    this.flow = new Flow({
      clock: systemClock,
      random: systemRandom,
      log,
      store: reportingStore(opened.store.profiles, this.health),
      rules: opened.rules,
      options,
      hostName: hostname(),
      sinks,
      onSaved: (saved) => {
        opened.store.consolidator.nudge();
        narration.onSaved(saved);
      },
      onCacheChange: (change) => narration.onCacheChange(change),
    });
    registerFlowMetrics(this.metrics, this.flow);
  }

  /**
   * Loads the rules, finds the sensor and opens the store. Rejects with `invalid` or
   * `unavailable` and a message for a person when one of them cannot be had; nothing is left open then.
   */
  static async create(parts: LiveAgentParts): Promise<LiveAgent> {
    const { options, log } = parts;
    const { rules, problems } = await loadRules(options.rules);
    for (const { message } of problems) log.warn('a rule was left out', { problem: message });
    const sensor = openSensor({ folder: options.sensorFolder, clock: systemClock, log });
    const metrics = new Metrics();
    const store = openEmbeddedStore({
      options,
      clock: systemClock,
      random: systemRandom,
      log,
      metrics,
    });
    const agent: LiveAgent = new LiveAgent(parts, { rules, sensor, store, metrics });
    if (problems.length > 0) {
      agent.health.set('rules', `${problems.length} rules or files were left out; see the log`);
    }
    return agent;
  }

  /**
   * Watches until `signal` aborts, then brings every event to its place, saves what was learned and
   * closes everything. While containerd is not reached it waits, with the condition `containerd` set.
   * Rejects with `unavailable` when the sensor cannot start, and with any mistake of ours in taking its events.
   */
  async run(signal: AbortSignal): Promise<Summary> {
    const { log, options, narration } = this.#parts;
    const { flow } = this;
    const upstream = new AbortController();
    const untilEnd = AbortSignal.any([signal, upstream.signal]);
    const downstream = new AbortController();
    const sight = new Sight();
    const background = [
      this.#keepRunning('profile cache', () => flow.cache.run({ signal: downstream.signal })),
      this.#keepRunning('consolidation', () =>
        this.#store.consolidator.run({ signal: downstream.signal }),
      ),
    ];
    const watcher = new ContainerdWatcher({
      socketPath: options.containerdSocket,
      clock: systemClock,
      random: systemRandom,
      log,
      health: this.health,
      agentStartMs: this.#startedMs,
    });
    const watching = this.#keepRunning('containerd watch', () =>
      watcher.run({
        signal: untilEnd,
        onEvent: (told) => {
          const event = sight.mark(told);
          narration.onContainerEvent(event);
          flow.acceptContainerEvent(event);
        },
      }),
    );
    try {
      await superviseSource({
        source: this.#sensor,
        clock: systemClock,
        random: systemRandom,
        log,
        health: this.health,
        accounting: flow.accounting,
        sight,
        onRecords: (records: readonly RawRecord[]) => flow.acceptRecords(records),
        signal: untilEnd,
      });
    } finally {
      upstream.abort();
      await watching;
      await this.#stop(downstream, background);
    }
    return summaryOf(flow);
  }

  /** A part that ends by an error stays ended; the health says so from then on. */
  #keepRunning(what: string, work: () => Promise<void>): Promise<void> {
    return inBackground(what, this.#parts.log, () =>
      work().catch((reason: unknown) => {
        this.health.set(
          what.replaceAll(' ', '-'),
          `broke down: ${AgentError.from(reason).message}`,
        );
        throw reason;
      }),
    );
  }

  /** Closes what {@link create} opened, for an agent that will not run. */
  async discard(): Promise<void> {
    await this.flow.alerts.close();
    this.#store.profiles.close();
  }

  /** Downstream parts end last, so that nothing that was accepted is lost on the way. */
  async #stop(downstream: AbortController, background: readonly Promise<void>[]): Promise<void> {
    this.flow.drain();
    await this.flow.learner.stop();
    downstream.abort();
    await Promise.all(background);
    await this.#store.consolidator.once().catch((error: unknown) => {
      this.#parts.log.warn('the last reports stay unmerged', {
        error: AgentError.from(error).message,
      });
    });
    await this.flow.alerts.close();
    this.#store.profiles.close();
  }
}
