import { AgentError } from '#model/agent-error.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey, ProfileStore } from '#model/profile-store.js';
import { unlessAborted } from '#runtime/abort.js';
import type { WorkSlices } from '#runtime/work-slices.js';
import { CallLanes } from './call-lanes.ts';
import type { StoreCalls } from './store-calls.ts';

/** Calls for objects of one kind at a time: an agent that starts must not flood its store. */
const LANES = 32;

/** What one call said about an object, as of a change number: whatever changed later, it may not show. */
export interface ObjectAnswer<K extends ProfileKind> {
  readonly object: ProfileKinds[K] | undefined;
  readonly asOf: number;
}

interface UnderWay {
  readonly asOf: number;
  readonly answer: Promise<ObjectAnswer<ProfileKind>>;
  readonly stop: AbortController;
  /** How many wait for it. */
  waiting: number;
}

/**
 * Reads objects: never more than one call for an object at a time, shared by all who ask while it is
 * new enough for them. A call that nobody waits for any more is ended.
 */
export class ObjectReader {
  readonly #store: Pick<ProfileStore, 'get'>;
  readonly #calls: StoreCalls;
  readonly #slices: WorkSlices;
  readonly #latestChange: () => number;
  readonly #underWay = new Map<string, UnderWay>();
  /** Of each kind, so that one that hangs does not hold up the others. */
  readonly #lanes: Readonly<Record<ProfileKind, CallLanes>> = {
    ContainerProfile: new CallLanes(LANES),
    ApplicationProfile: new CallLanes(LANES),
    NetworkNeighborhood: new CallLanes(LANES),
  };

  constructor({
    store,
    calls,
    slices,
    latestChange,
  }: Readonly<{
    store: Pick<ProfileStore, 'get'>;
    calls: StoreCalls;
    slices: WorkSlices;
    latestChange: () => number;
  }>) {
    this.#store = store;
    this.#calls = calls;
    this.#slices = slices;
    this.#latestChange = latestChange;
  }

  /**
   * The object as it was after change `since` or later. Rejects with what the call failed with; a
   * `not-found` is an answer. Rejects with `aborted` as soon as `signal` aborts, whoever else waits.
   */
  async read<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    { since, signal }: { readonly since: number; readonly signal: AbortSignal },
  ): Promise<ObjectAnswer<K>> {
    const id = `${kind} ${key.namespace}/${key.name}`;
    for (;;) {
      const known = this.#underWay.get(id);
      const call = known ?? this.#begin(kind, key, id);
      const answer = await this.#waitFor(id, call, signal).catch((reason: unknown) => {
        // A call that began too early says nothing about what came of it.
        if (call.asOf < since && !signal.aborted) return undefined;
        throw reason;
      });
      // The call of a kind answers with objects of that kind.
      if (answer && answer.asOf >= since) return answer as ObjectAnswer<K>;
    }
  }

  #begin(kind: ProfileKind, key: ObjectKey, id: string): UnderWay {
    const asOf = this.#latestChange();
    const stop = new AbortController();
    const answer = this.#ask(kind, key, stop.signal)
      .then((object) => ({ object, asOf }))
      .finally(() => this.#end(id, call));
    const call: UnderWay = { asOf, answer, stop, waiting: 0 };
    // Whoever waits hears of a failure; when nobody does, nobody needs to.
    answer.catch(() => {});
    this.#underWay.set(id, call);
    return call;
  }

  #end(id: string, call: UnderWay): void {
    if (this.#underWay.get(id) === call) this.#underWay.delete(id);
  }

  async #ask(kind: ProfileKind, key: ObjectKey, signal: AbortSignal) {
    const what = `reading ${kind} ${key.namespace}/${key.name}`;
    const lanes = this.#lanes[kind];
    await lanes.enter(signal);
    try {
      // An embedded store reads and decodes within the call itself.
      await this.#slices.turn();
      return await this.#calls.within({ verb: 'get', kind, what, signal }, (inner) =>
        this.#store.get(kind, key, { signal: inner }),
      );
    } catch (reason) {
      if (AgentError.from(reason).code === 'not-found') return undefined;
      throw reason;
    } finally {
      lanes.leave();
    }
  }

  async #waitFor(
    id: string,
    call: UnderWay,
    signal: AbortSignal,
  ): Promise<ObjectAnswer<ProfileKind>> {
    call.waiting += 1;
    try {
      return await unlessAborted({ signal, what: 'the wait for an object' }, call.answer);
    } finally {
      call.waiting -= 1;
      if (call.waiting === 0) {
        this.#end(id, call);
        call.stop.abort();
      }
    }
  }
}
