import { AgentError } from '#model/agent-error.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ApiClient } from './api-client.ts';
import { CurrentError } from './current-error.ts';
import { METADATA_LIST, METADATA_OBJECT } from './metadata-form.ts';
import { newReflectorCounters, type ReflectorCounters } from './reflector-counters.ts';
import { type ReflectorListener, ReflectorReplica } from './reflector-replica.ts';
import type { WatchLine } from './watch-body.ts';

/** client-go's: the first wait, the longest, and the health after which they start over. */
const BACKOFF = { firstMs: 800, maxMs: 30_000 };
const HEALTHY_MS = 120_000;
/** client-go asks the server to end a watch after a random time between this and twice this. */
const WATCH_SECONDS = 300;
/** A watch that ends sooner without any progress is not opened again at once. */
const SHORT_WATCH_MS = 1_000;
/** Kubernetes sends a bookmark about once a minute. */
const IDLE_MS = 150_000;
/** A server that does not end the first part of a streaming list within this does not know of them. */
const STREAMED_LIST_MS = 30_000;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** What is followed, and how. */
export interface ReflectorOptions<T> extends ReflectorListener<T> {
  readonly client: Pick<ApiClient, 'list' | 'watch'>;
  /** Of the collection, for example `/api/v1/pods`. */
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** `parse` gets PartialObjectMetadata, from servers that know it; others send whole objects. */
  readonly metadataOnly?: boolean;
  /** Asks for the list as the beginning of the watch. Servers that cannot are asked for a list then. */
  readonly streamingList?: boolean;
  /** A watch that says nothing for so long is given up; 150 s when absent. */
  readonly idleMs?: number;
  /** Counts on in these; new ones when absent. */
  readonly counters?: ReflectorCounters;
}

/** How well a reflector knows what there is. */
export interface ReflectorState {
  /** The first list was taken. */
  readonly isSynced: boolean;
  /** The version that is known; empty before the first list. */
  readonly resourceVersion: string;
  /** What went wrong last, until something goes well again. */
  readonly error: AgentError | undefined;
  /** When the server last gave a sign of life; monotonic. */
  readonly heardMs: number | undefined;
}

/**
 * Keeps a listener told of the objects of one collection: a list, and then a watch from there. Behaves as the
 * table in docs/kube-client.md says.
 */
export class Reflector<T> {
  readonly counters: ReflectorCounters;
  readonly #options: ReflectorOptions<T>;
  readonly #replica: ReflectorReplica<T>;
  readonly #backoff: Backoff;
  #isSynced = false;
  #resourceVersion = '';
  readonly #trouble: CurrentError;
  #heardMs: number | undefined;
  #failedMs: number | undefined;
  #isListDue = true;
  #isStreaming: boolean;
  /** The next list is a plain one, whatever was asked for. */
  #isStreamDoubted = false;
  readonly #firstList = Promise.withResolvers<void>();

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.counters = options.counters ?? newReflectorCounters();
    this.#trouble = new CurrentError(options.log, 'objects cannot be followed');
    this.#isStreaming = options.streamingList ?? false;
    this.#backoff = new Backoff(BACKOFF, options.random);
    this.#replica = new ReflectorReplica(options, this.counters, (message, reason) =>
      options.log.warn(message, { path: options.path, ...errorFields(reason) }),
    );
  }

  get state(): ReflectorState {
    return {
      isSynced: this.#isSynced,
      resourceVersion: this.#resourceVersion,
      error: this.#trouble.error,
      heardMs: this.#heardMs,
    };
  }

  /** Settles when the first list was taken. Never, when that never happens. */
  get synced(): Promise<void> {
    return this.#firstList.promise;
  }

  /** Lists and watches until `signal` aborts. Never rejects. Not to be called twice at a time. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#turn(signal);
      } catch (reason) {
        if (!signal.aborted) await this.#rest(reason, signal);
      }
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    if (!this.#isListDue) return this.#watch(signal);
    if (this.#isStreaming && !this.#isStreamDoubted) return this.#watchFromList(signal);
    await this.#list(signal);
    return this.#watch(signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, path, metadataOnly } = this.#options;
    const { items, resourceVersion } = await client.list(path, {
      signal,
      query: this.#selectors(),
      ...(metadataOnly && { accept: METADATA_LIST }),
    });
    if (signal.aborted) return;
    this.#takeList(items, resourceVersion);
  }

  #takeList(items: readonly unknown[], resourceVersion: string): void {
    this.counters.lists += 1;
    this.#resourceVersion = resourceVersion;
    this.#isListDue = false;
    this.#isStreamDoubted = false;
    this.#hear();
    this.#replica.replace(items);
    this.#isSynced = true;
    this.#firstList.resolve();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const startedMs = clock.monotonic();
    const fromVersion = this.#resourceVersion;
    for await (const line of this.#open({ resourceVersion: fromVersion }, signal)) {
      if (signal.aborted) return;
      this.#take(line);
    }
    // Without a version nothing can be resumed: what happened meanwhile shows in a list only.
    if (this.#resourceVersion === '') this.#isListDue = true;
    const hasMoved = fromVersion !== this.#resourceVersion;
    if (signal.aborted || hasMoved || clock.monotonic() - startedMs >= SHORT_WATCH_MS) return;
    this.counters.shortWatches += 1;
    throw new AgentError('unavailable', `watch ${this.#options.path}: it ended at once`);
  }

  /** A watch that begins with all there is, up to a bookmark that says so. */
  async #watchFromList(signal: AbortSignal): Promise<void> {
    const late = new AbortController();
    const cancel = this.#options.clock.schedule(STREAMED_LIST_MS, () => late.abort());
    const objects = new Map<string, unknown>();
    this.#isStreamDoubted = true;
    let isWhole = false;
    try {
      const query = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };
      for await (const line of this.#open(query, AbortSignal.any([signal, late.signal]))) {
        if (signal.aborted) return;
        if (isWhole) this.#take(line);
        else if (endsInitialEvents(line)) {
          isWhole = true;
          cancel();
          this.#takeList([...objects.values()], versionOf(line));
        } else collect(objects, line);
      }
    } catch (reason) {
      throw late.signal.aborted ? this.#streamRefused(reason) : this.#streamFailed(reason, isWhole);
    } finally {
      cancel();
    }
    if (!isWhole) throw new AgentError('unavailable', 'a streaming list ended before its end');
  }

  #streamFailed(reason: unknown, isWhole: boolean): unknown {
    const isRefused = !isWhole && AgentError.from(reason).code === 'invalid';
    return isRefused ? this.#streamRefused(reason) : reason;
  }

  /** From now on lists are asked for. */
  #streamRefused(cause: unknown): AgentError {
    this.#isStreaming = false;
    this.#options.log.info('the server has no streaming lists', { path: this.#options.path });
    return new AgentError('invalid', 'the server has no streaming lists', { cause });
  }

  #open(query: Readonly<Record<string, string | boolean>>, signal: AbortSignal) {
    const { client, path, metadataOnly, random, idleMs } = this.#options;
    this.counters.watches += 1;
    return client.watch(path, {
      signal,
      idleMs: idleMs ?? IDLE_MS,
      query: {
        ...this.#selectors(),
        ...query,
        allowWatchBookmarks: true,
        timeoutSeconds: Math.floor(WATCH_SECONDS * (1 + random.next())),
      },
      ...(metadataOnly && { accept: METADATA_OBJECT }),
    });
  }

  #take({ type, object }: WatchLine): void {
    const version = versionOf({ object });
    this.#hear();
    if (type === 'BOOKMARK') this.counters.bookmarks += 1;
    else this.counters.events += 1;
    if (type === 'DELETED') this.#replica.remove(object);
    else if (type !== 'BOOKMARK') this.#replica.put(object);
    // Without a list's version the server's versions do not order changes.
    if (this.#resourceVersion !== '' && version !== '') this.#resourceVersion = version;
  }

  #hear(): void {
    this.#heardMs = this.#options.clock.monotonic();
    this.#trouble.passed();
  }

  #selectors() {
    const { fieldSelector, labelSelector } = this.#options;
    return { fieldSelector, labelSelector };
  }

  async #rest(reason: unknown, signal: AbortSignal): Promise<void> {
    const { clock, path } = this.#options;
    const error = AgentError.from(reason);
    this.#trouble.failed(error, { path });
    this.counters.errors += 1;
    if (error.code === 'expired') this.counters.expired += 1;
    // After anything but a lost connection the version may be the trouble, or a line was lost; without a
    // version there is nothing to resume from.
    if (error.code !== 'unavailable' || this.#resourceVersion === '') this.#isListDue = true;
    const nowMs = clock.monotonic();
    if (this.#failedMs !== undefined && nowMs - this.#failedMs >= HEALTHY_MS) this.#backoff.reset();
    this.#failedMs = nowMs;
    const waitMs = Math.max(this.#backoff.next(), error.retryAfterMs ?? 0);
    await clock.sleep(waitMs, signal).catch(() => {});
  }
}

function endsInitialEvents({ type, object }: WatchLine): boolean {
  const metadata = Object(object['metadata']) as { readonly annotations?: unknown };
  const annotations = Object(metadata.annotations) as Readonly<Record<string, unknown>>;
  return type === 'BOOKMARK' && annotations[INITIAL_EVENTS_END] === 'true';
}

function collect(objects: Map<string, unknown>, { type, object }: WatchLine): void {
  const { namespace, name } = Object(object['metadata']) as Readonly<Record<string, unknown>>;
  const key = `${namespace}/${name}`;
  if (type === 'DELETED') objects.delete(key);
  else if (type !== 'BOOKMARK') objects.set(key, object);
}

function versionOf({ object }: Pick<WatchLine, 'object'>): string {
  const { resourceVersion } = Object(object['metadata']) as { readonly resourceVersion?: unknown };
  return typeof resourceVersion === 'string' ? resourceVersion : '';
}
