import { AgentError } from '#model/agent-error.js';
import type { ProfileKind } from '#model/profile.js';
import type { ObjectList, ProfileStore, WatchEvent } from '#model/profile-store.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { CacheCounters, ListReason } from './counters.ts';
import { FeedKnowledge, type KnowledgeParts, type KnownObject } from './feed-knowledge.ts';
import type { StoreCalls } from './store-calls.ts';

/** A store that fails is asked again after about a second, later at most twice a minute. */
const RETRY = { firstMs: 1_000, maxMs: 30_000 };
/** Kubernetes sends a bookmark about once a minute; a watch silent for longer than this is not trusted. */
const SILENCE_MS = 90_000;
/** Even with a watch that speaks, everything is compared this often. */
const LIST_AGE_MS = 600_000;
/** Failures after which what was known before is still the best there is. */
const CODES_THAT_PASS: ReadonlySet<string> = new Set([
  'unavailable',
  'expired',
  'conflict',
  'aborted',
]);

/** What a feed works with. */
export interface FeedParts extends KnowledgeParts {
  readonly store: Pick<ProfileStore, 'list' | 'watch'>;
  readonly calls: StoreCalls;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly counters: CacheCounters;
}

/**
 * Which objects of one kind exist in one namespace, and in which version: a list, and then a watch
 * from there on. It says what is worth reading, and reads no object itself. While the store cannot be
 * reached, it goes on knowing what it knew.
 */
export class ProfileFeed {
  readonly kind: ProfileKind;
  readonly namespace: string;
  readonly #parts: FeedParts;
  readonly #backoff: Backoff;
  readonly #knowledge: FeedKnowledge;
  #isSynced = false;
  #error: AgentError | undefined;
  #listedMs: number | undefined;
  #heardMs: number | undefined;
  /** When the watch that runs was opened; monotonic. Undefined while none runs. */
  #openedMs: number | undefined;
  #isDoubted = false;
  /** Of the run, while it lasts. */
  #signal: AbortSignal | undefined;
  /** A list that was asked for while the watch went on. */
  #listBeside: Promise<void> | undefined;
  #resourceVersion = '';
  #listReason: ListReason = 'first';
  /** Ends the wait or the watch under way, so that the list comes at once. */
  #interrupt: (() => void) | undefined;
  #settled: () => void = () => {};
  readonly #firstAnswer = new Promise<void>((resolve) => {
    this.#settled = resolve;
  });

  constructor(
    { kind, namespace }: { readonly kind: ProfileKind; readonly namespace: string },
    parts: FeedParts,
  ) {
    this.kind = kind;
    this.namespace = namespace;
    this.#parts = parts;
    this.#knowledge = new FeedKnowledge(parts);
    this.#backoff = new Backoff(RETRY, parts.random);
  }

  get hasAnswered(): boolean {
    return this.#isSynced || this.#error !== undefined;
  }

  /** Settles when the first list was answered, or failed. */
  get firstAnswer(): Promise<void> {
    return this.#firstAnswer;
  }

  /**
   * What it knows may be relied on. False until the first list was answered, and while the store
   * refuses to list for good: objects are then read one by one.
   */
  get isUsable(): boolean {
    return this.#isSynced && (this.#error === undefined || CODES_THAT_PASS.has(this.#error.code));
  }

  /** What is known about an object; its absence is known too. */
  about(name: string): KnownObject {
    return this.#knowledge.about(name);
  }

  /** Since when no watch has given a sign of life; monotonic. Undefined before the first watch. */
  get heardMs(): number | undefined {
    return this.#heardMs;
  }

  /** Somebody was told something else than what is known here: the next {@link check} finds out. */
  doubt(): void {
    this.#isDoubted = true;
  }

  /** The safety net: lists once when the watch cannot be relied on any more, or always with `isUrgent`. */
  check(isUrgent: boolean): void {
    if (this.#parts.calls.pauseMs > 0) return;
    const nowMs = this.#parts.clock.monotonic();
    const isPast = (ms: number | undefined, age: number) => ms !== undefined && nowMs - ms >= age;
    const isSilent = isPast(this.#heardMs, SILENCE_MS);
    const isOld = isPast(this.#listedMs, LIST_AGE_MS);
    const isWatching = this.#openedMs !== undefined;
    if (isWatching && !isUrgent && !isSilent && !isOld && !this.#isDoubted) return;
    if (isWatching) this.#listReason = reasonOf({ isSilent, isOld, isUrgent });
    // While a list is under way, the next check makes another one.
    this.#isDoubted = !isWatching && this.#interrupt === undefined && (isUrgent || this.#isDoubted);
    // A watch that was just opened in place of a silent one is given its time to speak.
    if (isWatching && isSilent && !isPast(this.#openedMs, SILENCE_MS)) this.#lookBeside();
    else this.#interrupt?.();
  }

  /** Lists and watches until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    let isListDue = true;
    while (!signal.aborted) {
      try {
        if (isListDue) await this.#list(signal);
        isListDue = await this.#follow(signal);
      } catch (reason) {
        if (signal.aborted) break;
        isListDue = this.#takeFailure(reason) || !this.#isSynced;
        isListDue = (await this.#rest(signal)) || isListDue;
      }
    }
    this.#signal = undefined;
    await this.#listBeside;
    this.#settled();
  }

  async #list(signal: AbortSignal): Promise<void> {
    // Never two at a time, though the watch may have ended meanwhile.
    await this.#listBeside;
    const { resourceVersion, items } = await this.#askForList(signal);
    this.#listedMs = this.#parts.clock.monotonic();
    this.#resourceVersion = resourceVersion;
    this.#error = undefined;
    this.#knowledge.compare(items);
    this.#isSynced = true;
    this.#settled();
  }

  /** Lists while the watch goes on. What the watch tells meanwhile is the better news. */
  #lookBeside(): void {
    const signal = this.#signal;
    if (signal === undefined) return;
    const heardMs = this.#heardMs;
    this.#listBeside ??= this.#askForList(signal)
      .then(({ items }) => {
        if (this.#heardMs === heardMs) this.#knowledge.compare(items);
      })
      // It is counted, and comes again with the next tick.
      .catch(() => {})
      .finally(() => {
        this.#listBeside = undefined;
      });
  }

  async #askForList(signal: AbortSignal): Promise<ObjectList> {
    const { store, calls, counters } = this.#parts;
    const { kind, namespace } = this;
    const what = `listing ${kind} in ${namespace}`;
    calls.refuseWhilePaused();
    counters.lists[this.#listReason] += 1;
    return calls.within({ verb: 'list', kind, what, signal }, (inner) =>
      store.list(kind, { namespace, signal: inner }),
    );
  }

  /** Watches from the last known version. True when a list is due, false when the watch may be resumed. */
  async #follow(signal: AbortSignal): Promise<boolean> {
    const { store, calls, clock, counters } = this.#parts;
    const { kind, namespace } = this;
    calls.refuseWhilePaused();
    const ended = new AbortController();
    let isListDue = false;
    this.#interrupt = () => {
      isListDue = true;
      ended.abort();
    };
    const startedMs = clock.monotonic();
    this.#heardMs ??= startedMs;
    this.#openedMs = startedMs;
    counters.count('watch', kind, 'ok');
    try {
      const events = store.watch(kind, {
        namespace,
        resourceVersion: this.#resourceVersion,
        signal: AbortSignal.any([signal, ended.signal]),
      });
      for await (const event of events) {
        this.#take(event);
        if (isListDue || signal.aborted) break;
      }
    } catch (reason) {
      if (!isListDue) throw signal.aborted ? reason : calls.failed('watch', kind, reason);
    } finally {
      this.#openedMs = undefined;
      this.#interrupt = undefined;
    }
    if (isListDue || signal.aborted) return true;
    // A store that closes every watch at once is not asked in a tight loop.
    if (clock.monotonic() - startedMs < RETRY.firstMs) {
      throw new AgentError('unavailable', `the watch of ${kind} in ${namespace} ended at once`);
    }
    return this.#resourceVersion === '';
  }

  #take(event: WatchEvent): void {
    this.#heardMs = this.#parts.clock.monotonic();
    this.#error = undefined;
    this.#backoff.reset();
    if (event.type === 'bookmark') {
      this.#resourceVersion = event.resourceVersion;
      return;
    }
    const { metadata, type } = event;
    // Without a list's version the store's versions do not order changes: nothing can be resumed from one.
    if (this.#resourceVersion !== '') this.#resourceVersion = metadata.resourceVersion ?? '';
    this.#knowledge.take(metadata, type === 'deleted');
  }

  /** True when the next try has to begin with a list. */
  #takeFailure(reason: unknown): boolean {
    const error = AgentError.from(reason, 'unavailable');
    const { kind, namespace } = this;
    this.#parts.log.debug('profiles cannot be followed', {
      kind,
      namespace,
      ...errorFields(error),
    });
    this.#error = error;
    this.#settled();
    this.#listReason = error.code === 'expired' ? 'expired' : 'failed';
    return error.code !== 'unavailable';
  }

  /** Waits before the next try. True when it was interrupted for a list. */
  async #rest(signal: AbortSignal): Promise<boolean> {
    const { clock, calls } = this.#parts;
    const waitMs = calls.pauseMs + this.#backoff.next();
    const awake = new AbortController();
    this.#interrupt = () => awake.abort();
    const wasInterrupted = await clock.sleep(waitMs, AbortSignal.any([signal, awake.signal])).then(
      () => false,
      () => true,
    );
    this.#interrupt = undefined;
    return wasInterrupted;
  }
}

function reasonOf(why: Readonly<Record<'isSilent' | 'isOld' | 'isUrgent', boolean>>): ListReason {
  if (why.isUrgent) return 'asked';
  if (why.isSilent) return 'silent';
  return why.isOld ? 'old' : 'doubted';
}
