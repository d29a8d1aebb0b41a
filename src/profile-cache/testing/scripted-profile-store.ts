import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey, ProfileStore } from '#model/profile-store.js';
import type { Clock } from '#runtime/clock.js';

/** How the store behaves when it is asked for one object. */
export interface Behaviour {
  readonly delayMs?: number;
  /** Rejects with this code instead of answering. */
  readonly fail?: ErrorCode;
  /** Never answers; ends only when the caller gives up. */
  readonly hang?: boolean;
  /** Answers after the delay even to a caller that has given up. */
  readonly isDeaf?: boolean;
}

/**
 * A store in memory that can be told to be slow, to hang and to fail, object by object. A call is
 * answered with what was stored when it was made, so a slow answer is an old one. Objects are frozen.
 */
export class ScriptedProfileStore implements Pick<ProfileStore, 'get'> {
  /** Every call that was made, as `kind namespace/name`. */
  readonly calls: string[] = [];
  /** The most calls that ever waited for one object at a time. */
  mostUnderWay = 0;
  readonly #clock: Clock;
  readonly #objects = new Map<string, ProfileKinds[ProfileKind]>();
  readonly #behaviours = new Map<string, Behaviour>();
  readonly #underWay = new Map<string, number>();
  #resourceVersion = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Stores an object under its name with a new version, which is returned. */
  put(object: ProfileKinds[ProfileKind]): string {
    this.#resourceVersion += 1;
    const resourceVersion = String(this.#resourceVersion);
    const metadata = { uid: 'u1', ...object.metadata, resourceVersion };
    const { kind } = object;
    this.#objects.set(keyOf(kind, metadata), deepFreeze(structuredClone({ ...object, metadata })));
    return resourceVersion;
  }

  remove(kind: ProfileKind, key: ObjectKey): void {
    this.#objects.delete(keyOf(kind, key));
  }

  /** The object as stored. */
  peek(kind: ProfileKind, key: ObjectKey): ProfileKinds[ProfileKind] | undefined {
    return this.#objects.get(keyOf(kind, key));
  }

  /** From now on calls for this object, existing or not, go like this. */
  behave(kind: ProfileKind, key: ObjectKey, behaviour: Behaviour): void {
    this.#behaviours.set(keyOf(kind, key), behaviour);
  }

  /** From now on every call is answered at once. */
  behaveWell(): void {
    this.#behaviours.clear();
  }

  /** How many calls somebody waits for. */
  get underWay(): number {
    return [...this.#underWay.values()].reduce((sum, count) => sum + count, 0);
  }

  get<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ProfileKinds[K] | undefined> {
    const id = keyOf(kind, key);
    const found = this.#objects.get(id) as ProfileKinds[K] | undefined;
    const { delayMs = 0, fail, hang = false, isDeaf = false } = this.#behaviours.get(id) ?? {};
    this.calls.push(id);
    this.#count(id, 1);
    return new Promise((resolve, reject) => {
      const answer = () => {
        leave();
        if (fail) reject(new AgentError(fail, `${id} failed as scripted`));
        else resolve(found);
      };
      const cancel = hang ? () => {} : this.#clock.schedule(delayMs, answer);
      let isWaitedFor = true;
      const leave = () => {
        signal.removeEventListener('abort', onAbort);
        if (isWaitedFor) this.#count(id, -1);
        isWaitedFor = false;
      };
      const onAbort = () => {
        leave();
        if (isDeaf) return;
        cancel();
        reject(new AgentError('aborted', `${id} was aborted`));
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #count(id: string, change: number): void {
    const count = (this.#underWay.get(id) ?? 0) + change;
    this.#underWay.set(id, count);
    this.mostUnderWay = Math.max(this.mostUnderWay, count);
  }
}

function keyOf(kind: ProfileKind, { namespace, name }: ObjectKey): string {
  return `${kind} ${namespace}/${name}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}
