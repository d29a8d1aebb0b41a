import { AgentError } from '#model/agent-error.js';
import type { Container } from '#model/container.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { jittered, type Random } from '#runtime/random.js';
import { isCgroupOf } from './container-cgroup.ts';
import { containerIdentity, sandboxIdOf } from './container-identity.ts';
import type { ContainerRecord } from './container-record.ts';
import { ContainerRuns, type StartedTask, type WatchedContainerEvent } from './container-runs.ts';
import { type ContainerdApi, loadContainerdApi } from './containerd-api.ts';
import { ContainerdClient, type ListedTask } from './containerd-client.ts';
import { type ProcessFacts, ProcessFiles } from './process-files.ts';

/** How often everything is listed anew, in case an event was lost: a few cheap local calls. */
const RESYNC_MS = 60_000;
const RESYNC_JITTER = 0.1;
/** How soon it is listed anew when a container could not be read. */
const RETRY_LIST_MS = 5_000;
/** Reads of one container are tried this often, so far apart; its events wait two seconds. */
const READ_TRIES = 3;
const RETRY_READ_MS = 150;
/**
 * A container found in a later list is taken as seen from its start when it is younger than this:
 * its events, which wait up to two seconds for it, are then still there.
 */
const SEEN_FROM_START_MS = 1_500;
/** The socket is a local one, and events are held for two seconds: a longer wait would lose them. */
const RECONNECT = { firstMs: 100, maxMs: 1_500 };
const HEALTH_NAME = 'container-runtime';

interface ContainerdWatcherOptions {
  readonly socketPath: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Has the condition `container-runtime` while containerd cannot be reached. */
  readonly health?: Health;
  /** `/proc` of the host; `/proc` when absent. */
  readonly procRoot?: string;
  /** Where the v2 cgroup hierarchy is mounted; looked up when absent. */
  readonly cgroupRoot?: string;
  /** Milliseconds since the Unix epoch: a container that started before is pre-existing. */
  readonly agentStartMs: number;
}

interface RunOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: WatchedContainerEvent) => void;
}

/**
 * Tells which containers run, from containerd's events and lists, in all of its namespaces.
 * Identity is asked for when a container is created, before its program runs.
 */
export class ContainerdWatcher {
  readonly #options: ContainerdWatcherOptions;
  readonly #files: ProcessFiles;
  readonly #api: ContainerdApi;
  #client: ContainerdClient;
  #hasListed = false;
  #hasUnread = false;

  constructor(options: ContainerdWatcherOptions) {
    this.#options = options;
    this.#files = new ProcessFiles(options);
    this.#api = loadContainerdApi();
    this.#client = this.#connect();
  }

  /**
   * Delivers one `container-added` and one `container-removed` for each run of a container until
   * `signal` aborts, then settles. When containerd goes away it tries again for ever, and delivers
   * what it missed meanwhile. Never rejects. What runs when `signal` aborts is not removed.
   * Call it once.
   */
  async run({ signal, onEvent }: RunOptions): Promise<void> {
    const { clock, random, log, health } = this.#options;
    const backoff = new Backoff(RECONNECT, random);
    const runs = new ContainerRuns({ onEvent, identify: (task) => this.#identify(task, signal) });
    let wasListed = false;
    let isToldOf = false;
    while (!signal.aborted) {
      const reason = await this.#watch(runs, signal, () => {
        backoff.reset();
        wasListed = true;
        isToldOf = false;
        health?.clear(HEALTH_NAME);
      });
      this.#client.close();
      if (signal.aborted) break;
      const waitMs = backoff.next();
      health?.set(HEALTH_NAME, `cannot watch containers by containerd: ${reason.message}`);
      // Said once; from then on it is the health that tells.
      const what = wasListed ? 'lost containerd' : 'containerd is not reached yet';
      log[isToldOf ? 'debug' : 'warn'](what, { ...errorFields(reason), waitMs });
      isToldOf = true;
      await clock.sleep(waitMs, signal).catch(() => undefined);
      this.#client = this.#connect();
    }
    this.#client.close();
    await runs.settled();
  }

  /** One connection, until it breaks or `signal` aborts; returns why it ended. */
  async #watch(
    runs: ContainerRuns,
    signal: AbortSignal,
    onListed: () => void,
  ): Promise<AgentError> {
    const { log } = this.#options;
    const over = new AbortController();
    const session = AbortSignal.any([signal, over.signal]);
    const stream = this.#client
      .subscribe({
        signal: session,
        onEvent: (event) => runs.apply(event),
        onDamaged: (error) => log.warn('cannot read an event of containerd', errorFields(error)),
      })
      .then(
        () => new AgentError('unavailable', "containerd's event stream ended"),
        (reason: unknown) => AgentError.from(reason, 'unavailable'),
      )
      .finally(() => over.abort());
    const listing = await this.#keepListed(runs, session, onListed);
    over.abort();
    const streaming = await stream;
    return listing.code === 'aborted' ? streaming : listing;
  }

  /** Lists at once and then now and again; returns what ended it. */
  async #keepListed(
    runs: ContainerRuns,
    signal: AbortSignal,
    onListed: () => void,
  ): Promise<AgentError> {
    const { clock, random } = this.#options;
    try {
      // containerd does not tell when a subscription stands. One answered call later it does: calls
      // on one connection are taken up in order.
      await this.#client.version({ signal });
      for (;;) {
        this.#hasUnread = false;
        await this.#list(runs, signal);
        onListed();
        const dueMs = clock.monotonic() + jittered(RESYNC_MS, RESYNC_JITTER, random);
        do await clock.sleep(RETRY_LIST_MS, signal);
        while (clock.monotonic() < dueMs && !this.#hasUnread);
      }
    } catch (reason) {
      return AgentError.from(reason, 'unavailable');
    }
  }

  async #list(runs: ContainerRuns, signal: AbortSignal): Promise<void> {
    const baseline = runs.baseline();
    try {
      const namespaces = await this.#client.namespaces({ signal });
      const lists = new Map<string, readonly ListedTask[]>();
      for (const namespace of namespaces) {
        const tasks = await this.#tasksOf(namespace, signal);
        if (tasks !== undefined) lists.set(namespace, tasks);
      }
      const isGone = (namespace: string) => !namespaces.includes(namespace);
      runs.reconcile(baseline, lists, { timeMs: this.#options.clock.now(), isGone });
      this.#hasListed = true;
    } catch (reason) {
      runs.abandon(baseline);
      throw reason;
    }
  }

  /** Undefined when this namespace could not be asked: the others still can. */
  async #tasksOf(
    namespace: string,
    signal: AbortSignal,
  ): Promise<readonly ListedTask[] | undefined> {
    try {
      return await this.#client.tasks({ namespace, signal });
    } catch (reason) {
      if (signal.aborted) throw reason;
      this.#hasUnread = true;
      this.#options.log.warn('cannot list containers', { namespace, ...errorFields(reason) });
      return undefined;
    }
  }

  async #identify(task: StartedTask, signal: AbortSignal): Promise<Container | undefined> {
    const { clock, log } = this.#options;
    // Before anything that waits: the process may be gone a moment later.
    const facts = this.#files.read(task.pid);
    const isFirstList = task.isListed && !this.#hasListed;
    const { namespace, containerId } = task;
    for (let tries = 1; ; tries += 1) {
      try {
        const container = await this.#read({ task, facts, isFirstList, signal });
        if (container === undefined)
          log.debug('container has vanished', { namespace, containerId });
        return container;
      } catch (reason) {
        if (signal.aborted) return undefined;
        if (tries < READ_TRIES) {
          await clock.sleep(RETRY_READ_MS, signal).catch(() => undefined);
          continue;
        }
        this.#hasUnread = true;
        log.warn('cannot read container', { namespace, containerId, ...errorFields(reason) });
        return undefined;
      }
    }
  }

  async #read({
    task,
    facts,
    isFirstList,
    signal,
  }: Readonly<{
    task: StartedTask;
    facts: ProcessFacts;
    isFirstList: boolean;
    signal: AbortSignal;
  }>): Promise<Container | undefined> {
    const client = this.#client;
    const scope = { namespace: task.namespace, signal };
    const record = await client.container(task.containerId, scope);
    if (record === undefined) return undefined;
    const sandboxId = sandboxIdOf(record);
    const [sandbox, imageDigest] = await Promise.all([
      sandboxId === undefined ? undefined : client.container(sandboxId, scope),
      this.#imageDigest(client, record, scope),
    ]);
    const nowMs = this.#options.clock.now();
    const { startedAtMs = nowMs, cgroup } = facts;
    const isOld = startedAtMs < this.#options.agentStartMs;
    const isMissed = task.isListed && (isFirstList || nowMs - startedAtMs > SEEN_FROM_START_MS);
    return containerIdentity(record, {
      runtimeNamespace: task.namespace,
      pid: task.pid,
      imageDigest,
      startedAtMs,
      preExisting: isOld || isMissed,
      cgroupId: cgroup !== undefined && isCgroupOf(cgroup.path, record) ? cgroup.id : undefined,
      sandboxLabels: sandbox?.labels,
    });
  }

  /** Empty when it cannot be had: a container is worth knowing without it. */
  async #imageDigest(
    client: ContainerdClient,
    { image }: ContainerRecord,
    scope: Readonly<{ namespace: string; signal: AbortSignal }>,
  ): Promise<string> {
    if (image === '') return '';
    return (await client.imageDigest(image, scope).catch(() => undefined)) ?? '';
  }

  #connect(): ContainerdClient {
    const { socketPath, clock } = this.#options;
    return new ContainerdClient({ api: this.#api, socketPath, clock });
  }
}
