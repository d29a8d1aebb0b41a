import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type {
  ObjectKey,
  ObjectList,
  ProfileStore,
  WatchEvent,
  WatchOptions,
} from '#model/profile-store.js';
import type { Clock } from '#runtime/clock.js';
import { CallTally } from './call-tally.ts';
import { type Change, isIn, nameOf, ObjectHistory } from './object-history.ts';
import { AnswerDesk, type Behaviour } from './scripted-answer.ts';
import { ScriptedWatch } from './scripted-watch.ts';

/**
 * What kind of server it plays. `feeds`: lists and watches as the port says. `no-feeds`: forbids
 * both, with `invalid`. `public`: as the public storage does, lists have no resourceVersion, and
 * watches stay idle for ever.
 */
export type ServerMode = 'feeds' | 'no-feeds' | 'public';

/** A call, for tests that listen. `name` only of a GET. */
export interface StoreCall {
  readonly verb: 'get' | 'list' | 'watch';
  readonly kind: ProfileKind;
  readonly namespace: string | undefined;
  readonly name?: string;
}

interface OpenWatch {
  readonly kind: ProfileKind;
  readonly namespace: string | undefined;
  readonly watch: ScriptedWatch;
}

const BOOKMARK_INTERVAL_MS = 30_000;

/**
 * A store in memory that can be told to be slow, to hang, to fail and to forget: object by object for
 * GET, by kind and namespace for lists and watches. A call is answered with what was stored when it
 * was made, so a slow answer is an old one. Everything handed out is frozen.
 */
export class ScriptedProfileStore implements Pick<ProfileStore, 'get' | 'list' | 'watch'> {
  mode: ServerMode = 'feeds';
  /** Every GET that was made, as `kind namespace/name`. */
  readonly calls: string[] = [];
  /** Every list that was made, as `kind namespace`. */
  readonly lists: string[] = [];
  /** Every watch that was opened, as `kind namespace`. */
  readonly watchOpenings: string[] = [];
  /** Hears of every call when it is made. */
  onCall: (call: StoreCall) => void = () => {};
  /** GETs by object, lists and watches by kind and namespace; a call that was given up does not count. */
  readonly tallies = { get: new CallTally(), list: new CallTally(), watch: new CallTally() };
  /** When it last asked to be left alone, and until when; monotonic. */
  rest = { fromMs: 0, untilMs: 0 };
  readonly #clock: Clock;
  readonly #history = new ObjectHistory();
  readonly #behaviours = new Map<string, Behaviour>();
  readonly #open = new Set<OpenWatch>();
  readonly #desk: AnswerDesk;
  #timers = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#desk = new AnswerDesk(
      (delayMs, run) => this.#schedule(delayMs, run),
      (retryAfterMs) => {
        const fromMs = clock.monotonic();
        const untilMs = Math.max(this.rest.untilMs, fromMs + retryAfterMs);
        if (retryAfterMs > 0) this.rest = { fromMs, untilMs };
      },
    );
  }

  /** Stores an object under its name with a new version, which is returned. */
  put(object: ProfileKinds[ProfileKind]): string {
    const change = this.#history.put(object);
    this.#tell(change);
    return String(change.version);
  }

  /** Deletes an object; a deletion has a version of its own. Does nothing when there is none. */
  remove(kind: ProfileKind, key: ObjectKey): void {
    const change = this.#history.remove(kind, key);
    if (change) this.#tell(change);
  }

  /** The object as stored. */
  peek<K extends ProfileKind>(kind: K, key: ObjectKey): ProfileKinds[K] | undefined {
    return this.#history.get(kind, key);
  }

  /** The version of the last change. */
  get version(): number {
    return this.#history.version;
  }

  /** From now on GETs for this object, existing or not, go like this. */
  behave(kind: ProfileKind, key: ObjectKey, behaviour: Behaviour): void {
    this.#behaviours.set(`get ${nameOf(kind, key)}`, behaviour);
  }

  /** From now on lists of this kind go like this; without a namespace, those of all namespaces. */
  behaveList(kind: ProfileKind, namespace: string | undefined, behaviour: Behaviour): void {
    this.#behaviours.set(`list ${feedOf(kind, namespace)}`, behaviour);
  }

  /** From now on watches of this kind are opened like this. Those that run stay as they are. */
  behaveWatch(kind: ProfileKind, namespace: string | undefined, behaviour: Behaviour): void {
    this.#behaviours.set(`watch ${feedOf(kind, namespace)}`, behaviour);
  }

  /** From now on every call is answered at once. What runs or is kept back stays as it is. */
  behaveWell(): void {
    this.#behaviours.clear();
  }

  /** Keeps no more history: a watch from before now is `expired`. */
  forgetHistory(): void {
    this.#history.forget();
  }

  /** The watches that run, of all kinds or of one, in all namespaces or in one. */
  watches(kind?: ProfileKind, namespace?: string): readonly ScriptedWatch[] {
    return [...this.#open]
      .filter((open) => (kind ?? open.kind) === open.kind)
      .filter((open) => (namespace ?? open.namespace) === open.namespace)
      .map(({ watch }) => watch);
  }

  /** How many answers are kept back by `isHeld`. */
  get heldCount(): number {
    return this.#desk.heldCount;
  }

  /** Lets one answer go that is kept back; any number names one. */
  release(which = 0): void {
    this.#desk.release(which);
  }

  /** How many GETs somebody waits for. */
  get underWay(): number {
    return this.tallies.get.underWay;
  }

  /** The most GETs that ever waited for one object at a time. */
  get mostUnderWay(): number {
    return this.tallies.get.most;
  }

  /** How many timers of the clock are the store's own: late answers, bookmarks. */
  get pendingTimers(): number {
    return this.#timers;
  }

  get<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ProfileKinds[K] | undefined> {
    const what = nameOf(kind, key);
    this.calls.push(what);
    this.onCall({ verb: 'get', kind, ...key });
    const onEnd = this.tallies.get.begin(what);
    const behaviour = this.#behaviours.get(`get ${what}`) ?? {};
    return this.#desk.ask({ what, behaviour, signal, onEnd, answer: this.#history.get(kind, key) });
  }

  list(
    kind: ProfileKind,
    { namespace, signal }: { readonly namespace?: string; readonly signal: AbortSignal },
  ): Promise<ObjectList> {
    const what = feedOf(kind, namespace);
    this.lists.push(what);
    this.onCall({ verb: 'list', kind, namespace });
    const onEnd = this.tallies.list.begin(what);
    const resourceVersion = this.mode === 'public' ? '' : String(this.#history.version);
    const answer = Object.freeze({ resourceVersion, items: this.#history.list(kind, namespace) });
    const behaviour = this.#feedBehaviour(`list ${what}`);
    return this.#desk.ask({ what: `list of ${what}`, behaviour, signal, onEnd, answer });
  }

  watch(kind: ProfileKind, options: WatchOptions): AsyncIterable<WatchEvent> {
    return { [Symbol.asyncIterator]: () => this.#openWatch(kind, options) };
  }

  #openWatch(
    kind: ProfileKind,
    { namespace, resourceVersion, signal }: WatchOptions,
  ): AsyncIterator<WatchEvent> {
    const what = feedOf(kind, namespace);
    this.watchOpenings.push(what);
    this.onCall({ verb: 'watch', kind, namespace });
    const endTally = this.tallies.watch.begin(what);
    let stopBookmarks = () => {};
    const watch: ScriptedWatch = new ScriptedWatch({
      what,
      behaviour: this.#feedBehaviour(`watch ${what}`),
      signal,
      now: () => this.#clock.monotonic(),
      schedule: (delayMs, run) => this.#schedule(delayMs, run),
      onEnd: () => {
        stopBookmarks();
        endTally();
        this.#open.delete(open);
      },
    });
    const open: OpenWatch = { kind, namespace, watch };
    this.#open.add(open);
    watch.start();
    if (this.mode === 'public') watch.silence();
    if (!signal.aborted) this.#tellBacklog(open, resourceVersion);
    if (!watch.isOver && !signal.aborted) stopBookmarks = this.#bookmarks(watch);
    return watch;
  }

  #tellBacklog({ kind, namespace, watch }: OpenWatch, resourceVersion: string): void {
    if (resourceVersion === '') return;
    const missed = this.#history.since(Number(resourceVersion));
    if (missed === undefined) {
      watch.fail({ fail: 'expired', delayMs: watch.delayMs });
      return;
    }
    for (const change of missed) {
      if (change.kind === kind && isIn(namespace, change)) watch.tell(change.event);
    }
  }

  #bookmarks(watch: ScriptedWatch): () => void {
    let cancel = () => {};
    const again = () => {
      cancel = this.#schedule(BOOKMARK_INTERVAL_MS, () => {
        again();
        watch.tell({ type: 'bookmark', resourceVersion: String(this.#history.version) });
      });
    };
    again();
    return () => cancel();
  }

  #tell(change: Change): void {
    for (const { kind, namespace, watch } of this.#open) {
      if (kind === change.kind && isIn(namespace, change)) watch.tell(change.event);
    }
  }

  #feedBehaviour(what: string): Behaviour {
    return this.mode === 'no-feeds' ? { fail: 'invalid' } : (this.#behaviours.get(what) ?? {});
  }

  #schedule(delayMs: number, run: () => void): () => void {
    let isPending = true;
    const done = () => {
      if (isPending) this.#timers -= 1;
      isPending = false;
    };
    this.#timers += 1;
    const cancel = this.#clock.schedule(delayMs, () => {
      done();
      run();
    });
    return () => {
      done();
      cancel();
    };
  }
}

function feedOf(kind: ProfileKind, namespace: string | undefined): string {
  return `${kind} ${namespace ?? '*'}`;
}
