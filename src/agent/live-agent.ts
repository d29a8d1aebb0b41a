import { arch, hostname } from 'node:os';
import type { AlertSink } from '#alerts/alert-dispatcher.js';
import type { Saved } from '#learning/options.js';
import { Metrics } from '#metrics/metrics.js';
import { AgentError } from '#model/agent-error.js';
import type { ContainerEvent } from '#model/container.js';
import type { CacheChange } from '#profile-cache/cache-change.js';
import type { CompiledRule } from '#rules/compiled-rule.js';
import { inBackground } from '#runtime/background.js';
import { systemClock } from '#runtime/clock.js';
import { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { type ClusterPods, openPods } from './cluster-pods.ts';
import { Flow } from './flow.ts';
import type { HostFeed } from './host-feed.ts';
import { loadRules } from './load-rules.ts';
import { type FeedSurroundings, openFeed, type RecordingToPlay } from './open-feed.ts';
import { type OpenedQueue, openQueue } from './open-queue.ts';
import { openStore } from './open-store.ts';
import type { OpenedStore, StoreParts } from './opened-store.ts';
import type { AgentOptions } from './options.ts';
import { registerFlowMetrics } from './register-metrics.ts';
import { reportingStore } from './store-health.ts';
import { type Summary, summaryOf } from './summary.ts';

/** What profiles call the architectures that Node runs on. */
const GO_ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** How often parts are asked that do not tell of their troubles themselves. */
const HEALTH_INTERVAL_MS = 5_000;

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
  /** Played instead of watching this host; absent: this host. */
  readonly recording?: RecordingToPlay | undefined;
}

interface Opened {
  readonly rules: readonly CompiledRule[];
  readonly makeFeed: (surroundings: FeedSurroundings) => HostFeed;
  readonly store: OpenedStore;
  readonly queue: OpenedQueue;
  readonly pods: ClusterPods | undefined;
  readonly metrics: Metrics;
}

/** An agent that watches this host. Made by {@link LiveAgent.create}, run once. */
export class LiveAgent {
  readonly metrics: Metrics;
  readonly health = new Health(() => systemClock.now());
  readonly flow: Flow;
  readonly #parts: LiveAgentParts;
  readonly #store: OpenedStore;
  readonly #queue: OpenedQueue;
  readonly #pods: ClusterPods | undefined;
  readonly #feed: HostFeed;

  private constructor(parts: LiveAgentParts, opened: Opened) {
    const { options, log, sinks, narration } = parts;
    this.#parts = parts;
    this.#store = opened.store;
    this.#queue = opened.queue;
    this.#pods = opened.pods;
    this.metrics = opened.metrics;
    this.flow = new Flow({
      clock: systemClock,
      random: systemRandom,
      log,
      store: reportingStore(opened.store.profiles, this.health),
      queue: opened.queue.queue,
      pods: opened.pods?.pods,
      health: this.health,
      rules: opened.rules,
      options,
      hostName: hostname(),
      architecture: GO_ARCHITECTURES[arch()],
      sinks,
      onSaved: (saved) => {
        opened.store.nudge();
        narration.onSaved(saved);
      },
      onCacheChange: (change) => narration.onCacheChange(change),
    });
    this.#feed = opened.makeFeed({
      health: this.health,
      accounting: this.flow.accounting,
      pods: opened.pods,
      keepRunning: (what, work) => this.#keepRunning(what, work),
    });
    registerFlowMetrics(this.metrics, this.flow);
  }

  /**
   * Loads the rules, finds the sensor and opens the store. Rejects with `invalid` or
   * `unavailable` and a message for a person when one of them cannot be had; nothing is left open then.
   */
  static async create(parts: LiveAgentParts): Promise<LiveAgent> {
    const { options, log, recording } = parts;
    const { rules, problems } = await loadRules(options.rules);
    for (const { message } of problems) log.warn('a rule was left out', { problem: message });
    const surroundings = { options, clock: systemClock, random: systemRandom, log };
    const makeFeed = openFeed({ ...surroundings, recording });
    const metrics = new Metrics();
    const opened = await openParts({ ...surroundings, metrics });
    const agent: LiveAgent = new LiveAgent(parts, { ...opened, rules, makeFeed, metrics });
    if (problems.length > 0) {
      agent.health.set('rules', `${problems.length} rules or files were left out; see the log`);
    }
    return agent;
  }

  /**
   * Watches until `signal` aborts or a recording ends, then brings every event to its place, saves what was
   * learned and closes everything. Rejects with `unavailable` when the sensor cannot start, and with any
   * mistake of ours in taking its events.
   */
  async run(signal: AbortSignal): Promise<Summary> {
    const { narration } = this.#parts;
    const { flow } = this;
    const downstream = new AbortController();
    const background = [
      this.#keepRunning('profile cache', () => flow.cache.run({ signal: downstream.signal })),
      this.#keepRunning('profile store', () => this.#store.run({ signal: downstream.signal })),
      this.#keepRunning('health', () => this.#watchHealth(downstream.signal)),
      this.#keepRunning('pod watch', async () => this.#pods?.run({ signal: downstream.signal })),
    ];
    try {
      await this.#feed.run({
        signal,
        onRecords: (records) => flow.acceptRecords(records),
        onContainerEvent: (event) => {
          narration.onContainerEvent(event);
          flow.acceptContainerEvent(event);
        },
      });
    } finally {
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

  /** Parts that go on by themselves after a failure are asked how they are. */
  async #watchHealth(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { health } = this;
      for (const [condition, trouble] of [
        ['merging', this.#store.trouble?.()],
        ['pods', this.#pods?.trouble()],
      ] as const) {
        if (trouble === undefined) health.clear(condition);
        else health.set(condition, trouble);
      }
      await systemClock.sleep(HEALTH_INTERVAL_MS, signal).catch(() => {});
    }
  }

  /** Closes what {@link create} opened, for an agent that will not run. */
  async discard(): Promise<void> {
    await this.flow.alerts.close();
    await this.#close();
  }

  /** Downstream parts end last, so that nothing that was accepted is lost on the way. */
  async #stop(downstream: AbortController, background: readonly Promise<void>[]): Promise<void> {
    this.flow.drain();
    await this.flow.learner.stop();
    downstream.abort();
    await Promise.all(background);
    await this.#store.finish();
    await this.flow.alerts.close();
    await this.#close();
  }

  async #close(): Promise<void> {
    this.#queue.close();
    this.#pods?.close();
    await this.#store.close();
  }
}

/** Opens what has to be closed again: all of it, or nothing. */
async function openParts(parts: StoreParts): Promise<Pick<Opened, 'store' | 'queue' | 'pods'>> {
  const queue = openQueue(parts);
  let pods: ClusterPods | undefined;
  try {
    pods = await openPods(parts);
    return { queue, pods, store: await openStore(parts) };
  } catch (reason) {
    pods?.close();
    queue.close();
    throw reason;
  }
}
