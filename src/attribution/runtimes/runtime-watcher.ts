import { AgentError } from '#model/agent-error.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { jittered, type Random } from '#runtime/random.js';
import { isCgroupOf } from '../container-cgroup.ts';
import { containerIdentity } from '../container-identity.ts';
import type { WatchedContainerEvent } from '../container-runs.ts';
import { ProcessFiles } from '../process-files.ts';
import { ContainerLives, type ContainerLook, type LookReason } from './container-lives.ts';
import type { DescribedContainer, RuntimeClient, RuntimeKind } from './runtime-client.ts';

/** How often everything is listed anew, in case a hint was lost. */
const RESYNC_MS = 60_000;
const RESYNC_JITTER = 0.1;
/** How often where there is no stream of hints; the events of a new container wait two seconds for it. */
const POLL_MS = 500;
/** How soon it is listed anew when a container could not be read. */
const RETRY_LIST_MS = 5_000;
/** Reads of one container are tried this often, so far apart. */
const READ_TRIES = 3;
const RETRY_READ_MS = 150;
/** A container found in a later list is taken as seen from its start when it is younger: its events are still held. */
const SEEN_FROM_START_MS = 1_500;
/** The socket is a local one, and events are held for two seconds: a longer wait would lose them. */
const RECONNECT = { firstMs: 100, maxMs: 1_500 };

const HEALTH_NAME = 'container-runtime';

/** What a watcher of containers is made from, whatever the runtime. */
export interface RuntimeWatcherOptions {
  readonly socketPath: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Has the condition `container-runtime` while the runtime cannot be reached. */
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

/** Tells which containers run, by a runtime's hints and lists, and by asking it about each. */
export class RuntimeWatcher {
  readonly #kind: RuntimeKind;
  readonly #options: RuntimeWatcherOptions;
  readonly #files: ProcessFiles;
  /** Containers whose trouble was told. */
  readonly #unread = new Set<string>();
  #client: RuntimeClient;
  #hasListed = false;
  /** Of the connection there is now. */
  #isStreamTrusted = false;

  constructor(kind: RuntimeKind, options: RuntimeWatcherOptions) {
    this.#kind = kind;
    this.#options = options;
    this.#files = new ProcessFiles(options);
    this.#client = kind.connect();
  }

  /**
   * Delivers one `container-added` and one `container-removed` for each run of a container until `signal` aborts, then settles.
   * When the runtime goes away it tries again for ever, and delivers what it missed meanwhile. Never rejects. What runs
   * when `signal` aborts is not removed. Call it once.
   */
  async run({ signal, onEvent }: RunOptions): Promise<void> {
    const { clock, random, log, health } = this.#options;
    const { name, runtimeNamespace } = this.#kind;
    const backoff = new Backoff(RECONNECT, random);
    const look = (reason: LookReason) => this.#look(reason, signal);
    const lives = new ContainerLives({ look, onEvent, runtimeNamespace });
    let isToldOf = false;
    while (!signal.aborted) {
      const reason = await this.#watch(lives, signal, () => {
        backoff.reset();
        isToldOf = false;
        health?.clear(HEALTH_NAME);
      });
      this.#client.close();
      if (signal.aborted) break;
      const waitMs = backoff.next();
      health?.set(HEALTH_NAME, `cannot watch containers by ${name}: ${reason.message}`);
      // Said once; from then on it is the health that tells.
      const fields = { runtime: name, ...errorFields(reason), waitMs };
      log[isToldOf ? 'debug' : 'warn']('the container runtime is not reached', fields);
      isToldOf = true;
      await clock.sleep(waitMs, signal).catch(() => undefined);
      this.#client = this.#kind.connect();
    }
    this.#client.close();
    await lives.settled();
  }

  /** One connection, until it breaks or `signal` aborts; returns why it ended. */
  async #watch(
    lives: ContainerLives,
    signal: AbortSignal,
    onListed: () => void,
  ): Promise<AgentError> {
    const over = new AbortController();
    const session = AbortSignal.any([signal, over.signal]);
    const standing = Promise.withResolvers<void>();
    this.#isStreamTrusted = false;
    const stream = this.#follow(lives, session, standing.resolve).finally(() => {
      standing.resolve();
      over.abort();
    });
    await standing.promise;
    const listing = await this.#keepListed(lives, session, onListed);
    over.abort();
    const streaming = await stream;
    return listing.code === 'aborted' ? streaming : listing;
  }

  /** Returns why the stream ended. One that this runtime has not is no reason to end: then lists do. */
  async #follow(
    lives: ContainerLives,
    signal: AbortSignal,
    onStanding: () => void,
  ): Promise<AgentError> {
    const { name, isStreamSure } = this.#kind;
    try {
      await this.#client.follow({
        signal,
        onStanding: () => {
          this.#isStreamTrusted ||= isStreamSure;
          onStanding();
        },
        onHint: (hint) => {
          this.#isStreamTrusted = true;
          lives.hint(hint);
        },
      });
      return new AgentError('unavailable', `the events of ${name} ended`);
    } catch (reason) {
      const error = AgentError.from(reason, 'unavailable');
      if (error.code !== 'invalid') return error;
      this.#isStreamTrusted = false;
      onStanding();
      await untilAborted(signal);
      return error;
    }
  }

  /** Lists at once and then now and again; returns what ended it. */
  async #keepListed(
    lives: ContainerLives,
    signal: AbortSignal,
    onListed: () => void,
  ): Promise<AgentError> {
    const { clock, random } = this.#options;
    try {
      for (let listedMs = Number.NEGATIVE_INFINITY; ; ) {
        const isThorough = clock.monotonic() - listedMs >= RESYNC_MS / 2 && this.#kind.canRestart;
        if (isThorough || listedMs < 0) listedMs = clock.monotonic();
        const running = await this.#client.running({ signal });
        this.#forgetUnread(running);
        lives.list(running, { timeMs: clock.now(), isThorough, isFirst: !this.#hasListed });
        this.#hasListed = true;
        onListed();
        const dueMs = clock.monotonic() + jittered(RESYNC_MS, RESYNC_JITTER, random);
        do await clock.sleep(this.#isStreamTrusted ? RETRY_LIST_MS : POLL_MS, signal);
        while (clock.monotonic() < dueMs && this.#isStreamTrusted && this.#unread.size === 0);
      }
    } catch (reason) {
      return AgentError.from(reason, 'unavailable');
    }
  }

  #forgetUnread(running: readonly string[]): void {
    const there = new Set(running);
    for (const containerId of this.#unread) {
      if (!there.has(containerId)) this.#unread.delete(containerId);
    }
  }

  async #look(reason: LookReason, signal: AbortSignal): Promise<ContainerLook> {
    const { clock, log } = this.#options;
    const { containerId } = reason;
    for (let tries = 1; ; tries += 1) {
      try {
        const found = await this.#client.describe(containerId, { signal });
        this.#unread.delete(containerId);
        return { found, container: found && this.#identified(found, reason) };
      } catch (cause) {
        if (signal.aborted) return { found: 'failed' };
        if (tries < READ_TRIES) {
          await clock.sleep(RETRY_READ_MS, signal).catch(() => undefined);
          continue;
        }
        const level = this.#unread.has(containerId) ? 'debug' : 'warn';
        this.#unread.add(containerId);
        log[level]('cannot read container', { containerId, ...errorFields(cause) });
        return { found: 'failed' };
      }
    }
  }

  #identified(found: DescribedContainer, { source }: LookReason) {
    const { record, labels, sandboxLabels, imageDigest, pid } = found;
    const { agentStartMs, clock } = this.#options;
    const nowMs = clock.now();
    const facts = pid > 0 ? this.#files.read(pid) : {};
    const startedAtMs = facts.startedAtMs ?? found.startedAtMs ?? nowMs;
    const isLate = source === 'list' && nowMs - startedAtMs > SEEN_FROM_START_MS;
    const isMissed = source === 'first-list' || isLate;
    const { cgroup } = facts;
    const identity = containerIdentity(record, {
      runtimeNamespace: this.#kind.runtimeNamespace,
      ...{ pid, imageDigest, startedAtMs, sandboxLabels },
      preExisting: startedAtMs < agentStartMs || isMissed,
      cgroupId: cgroup !== undefined && isCgroupOf(cgroup.path, record) ? cgroup.id : undefined,
    });
    return { ...identity, labels };
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
