import { arch, hostname } from 'node:os';
import type { AlertSink } from '#alerts/alert-sink.js';
import { ProcScan } from '#attribution/proc-scan.js';
import { ImageFiles } from '#attribution/runtimes/image-files.js';
import type { Saved } from '#learning/options.js';
import { Metrics } from '#metrics/metrics.js';
import { AgentError } from '#model/agent-error.js';
import type { ContainerEvent } from '#model/container.js';
import type { CacheChange } from '#profile-cache/cache-change.js';
import { inBackground } from '#runtime/background.js';
import { systemClock } from '#runtime/clock.js';
import { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { type AgentParts, openAgentParts } from './agent-parts.ts';
import { Flow } from './flow.ts';
import type { HostFeed } from './host-feed.ts';
import { ImageListing } from './image-listing.ts';
import { type OpenedFeed, openFeed, type RecordingToPlay } from './open-feed.ts';
import type { AgentOptions } from './options.ts';
import { progressChecks } from './progress-checks.ts';
import { ProgressWatch } from './progress-watch.ts';
import { registerFlowMetrics, registerProgressMetrics } from './register-metrics.ts';
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
  readonly feed: OpenedFeed;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly agentParts: AgentParts;
}

/** An agent that watches this host. Made by {@link LiveAgent.create}, run once. */
export class LiveAgent {
  readonly metrics: Metrics;
  readonly health: Health;
  readonly flow: Flow;
  readonly #parts: LiveAgentParts;
  readonly #opened: AgentParts;
  readonly #feed: HostFeed;
  readonly #progress: ProgressWatch;

  private constructor(parts: LiveAgentParts, opened: Opened) {
    const { options, log, sinks, narration } = parts;
    this.#parts = parts;
    const { store, queue, pods, rules, spool, sinks: others } = opened.agentParts;
    this.#opened = opened.agentParts;
    this.metrics = opened.metrics;
    this.health = opened.health;
    this.flow = new Flow({
      clock: systemClock,
      random: systemRandom,
      log,
      store: reportingStore(store.profiles, this.health),
      queue: queue.queue,
      pods: pods?.pods,
      health: this.health,
      rules: rules.set,
      surroundings: rules.surroundings,
      namespaceLabels: rules.namespaceLabels,
      spool,
      options,
      hostName: hostname(),
      architecture: GO_ARCHITECTURES[arch()],
      sinks: [...sinks, ...others],
      control: opened.feed.control,
      areNumbersInOrder: opened.feed.isOurSensor,
      ...(parts.recording === undefined && { scan: new ProcScan({ clock: systemClock }) }),
      peers: pods?.peers,
      onSaved: (saved) => {
        store.nudge();
        narration.onSaved(saved);
      },
      onCacheChange: (change) => narration.onCacheChange(change),
    });
    this.#feed = opened.feed.makeFeed({
      health: this.health,
      accounting: this.flow.accounting,
      pods,
      keepRunning: (what, work) => this.#keepRunning(what, work),
    });
    this.#progress = new ProgressWatch({
      clock: systemClock,
      health: this.health,
      checks: progressChecks(this.flow, options),
    });
    registerFlowMetrics(this.metrics, this.flow);
    registerProgressMetrics(this.metrics, this.#progress);
  }

  /**
   * Finds the sensor, and opens the store, the rules and the sinks. Rejects with `invalid` or
   * `unavailable` and a message for a person when one of them cannot be had; nothing is left open then.
   */
  static async create(parts: LiveAgentParts): Promise<LiveAgent> {
    const { options, log, recording } = parts;
    const surroundings = { options, clock: systemClock, random: systemRandom, log };
    const metrics = new Metrics();
    const health = new Health(() => systemClock.now());
    const feed = await openFeed({ ...surroundings, health, recording });
    const agentParts = await openAgentParts({ ...surroundings, metrics, health });
    return new LiveAgent(parts, { feed, metrics, health, agentParts });
  }

  /**
   * Watches until `signal` aborts or a recording ends, then brings every event to its place, saves what was
   * learned and closes everything. Rejects with `unavailable` when the sensor cannot start, and with any
   * mistake of ours in taking its events.
   */
  async run(signal: AbortSignal): Promise<Summary> {
    const { narration } = this.#parts;
    const { flow } = this;
    const { store, pods, rules } = this.#opened;
    const downstream = new AbortController();
    const listing = this.#imageListing(downstream.signal);
    const background = [
      this.#keepRunning('profile cache', () => flow.cache.run({ signal: downstream.signal })),
      this.#keepRunning('profile store', () => store.run({ signal: downstream.signal })),
      this.#keepRunning('rules', () =>
        rules.run({ signal: downstream.signal, onRules: (set) => flow.useRules(set) }),
      ),
      this.#keepRunning('health', () => this.#watchHealth(downstream.signal)),
      this.#keepRunning('progress', () => this.#progress.run({ signal: downstream.signal })),
      this.#keepRunning('pod watch', async () => pods?.run({ signal: downstream.signal })),
    ];
    try {
      await this.#feed.run({
        signal,
        onRecords: (records) => flow.acceptRecords(records),
        onContainerEvent: (event) => {
          narration.onContainerEvent(event);
          flow.acceptContainerEvent(event);
          listing?.acceptContainerEvent(event);
        },
      });
    } finally {
      await this.#stop(downstream, [...background, listing?.settled()]);
    }
    return summaryOf(flow);
  }

  /** The containers of a recording are not of this host. */
  #imageListing(signal: AbortSignal): ImageListing | undefined {
    const { store } = this.#opened;
    const { recording, log } = this.#parts;
    if (store.imageFiles === undefined || recording !== undefined) return undefined;
    const files = new ImageFiles({ clock: systemClock });
    const onSettled = () => store.nudge();
    return new ImageListing({ files, lists: store.imageFiles, onSettled, log, signal });
  }

  /** A part that ends by an error stays ended; the health says so from then on. */
  #keepRunning(what: string, work: () => Promise<void>): Promise<void> {
    return inBackground(what, this.#parts.log, () =>
      work().catch((reason: unknown) => {
        this.health.set(
          `broken-${what.replaceAll(' ', '-')}`,
          `broke down: ${AgentError.from(reason).message}`,
        );
        throw reason;
      }),
    );
  }

  /** Parts that go on by themselves after a failure are asked how they are. */
  async #watchHealth(signal: AbortSignal): Promise<void> {
    const { store, pods, rules } = this.#opened;
    while (!signal.aborted) {
      const { health } = this;
      for (const [condition, trouble] of [
        ['merging', store.trouble?.()],
        ['pods', pods?.trouble()],
        ['peers', pods?.peersTrouble()],
        ['rule-watch', rules.trouble()],
      ] as const) {
        if (trouble === undefined) health.clear(condition);
        else health.set(condition, trouble);
      }
      this.flow.steerSensor();
      await systemClock.sleep(HEALTH_INTERVAL_MS, signal).catch(() => {});
    }
  }

  /** Closes what {@link create} opened, for an agent that will not run. */
  async discard(): Promise<void> {
    await this.flow.alerts.close();
    await this.#opened.close();
  }

  /** Downstream parts end last, so that nothing that was accepted is lost on the way. */
  async #stop(
    downstream: AbortController,
    background: readonly (Promise<void> | undefined)[],
  ): Promise<void> {
    this.flow.drain();
    await this.flow.learner.stop();
    downstream.abort();
    await Promise.all(background);
    await this.#opened.store.finish();
    await this.flow.alerts.close();
    await this.#opened.close();
  }
}
