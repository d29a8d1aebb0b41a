import { AgentError } from '#model/agent-error.js';
import type { ReflectorCounters } from './reflector-counters.ts';

/** One change of one object. */
export interface ReflectorEvent<T> {
  readonly type: 'added' | 'modified' | 'deleted';
  readonly item: T;
}

/** Who is told of what there is. What they throw is reported and counted, and changes nothing. */
export interface ReflectorListener<T> {
  /** Makes an item of an object; throws when it cannot. Such an object is counted and left out. */
  readonly parse: (raw: Readonly<Record<string, unknown>>) => T;
  /** All that there is; whatever is not among it does not exist any more. */
  readonly onReplace: (items: readonly T[]) => void;
  readonly onEvent: (event: ReflectorEvent<T>) => void;
}

interface Known<T> {
  readonly uid: string;
  readonly item: T;
}

/**
 * What the server has said there is, told to a listener: each object by namespace and name, and by UID, so
 * that one that was deleted and made again is told as such. An object that cannot be understood is left out; when
 * an earlier form of the very same object was understood, that one stays.
 */
export class ReflectorReplica<T> {
  readonly #listener: ReflectorListener<T>;
  readonly #counters: ReflectorCounters;
  readonly #report: (message: string, reason: unknown) => void;
  #known = new Map<string, Known<T>>();

  constructor(
    listener: ReflectorListener<T>,
    counters: ReflectorCounters,
    report: (message: string, reason: unknown) => void,
  ) {
    this.#listener = listener;
    this.#counters = counters;
    this.#report = report;
  }

  /** Takes a whole list. Objects that were made anew are told as deleted before. */
  replace(objects: readonly unknown[]): void {
    const next = new Map<string, Known<T>>();
    for (const object of objects) {
      const { key, known } = this.#read(object) ?? {};
      if (key !== undefined && known !== undefined) next.set(key, known);
    }
    for (const [key, before] of this.#known) {
      const after = next.get(key);
      if (after && after.uid !== before.uid) this.#tell({ type: 'deleted', item: before.item });
    }
    this.#known = next;
    this.#counters.items = next.size;
    this.#guarded(() => this.#listener.onReplace([...next.values()].map(({ item }) => item)));
  }

  /** The object exists, in this form. */
  put(object: unknown): void {
    const read = this.#read(object);
    if (read === undefined) return;
    const before = this.#known.get(read.key);
    const isSame = before?.uid === read.uid;
    if (before && !isSame) this.#forget(read.key, before.item);
    if (read.known === undefined || read.known === before) return;
    this.#known.set(read.key, read.known);
    this.#counters.items = this.#known.size;
    this.#tell({ type: before && isSame ? 'modified' : 'added', item: read.known.item });
  }

  /** The object does not exist any more; the listener gets its last form if that can be understood. */
  remove(object: unknown): void {
    const read = this.#read(object);
    const before = read && this.#known.get(read.key);
    if (read === undefined || before === undefined) return;
    const isLastForm = read.known !== undefined && read.uid === before.uid;
    this.#forget(read.key, isLastForm && read.known ? read.known.item : before.item);
  }

  #forget(key: string, item: T): void {
    this.#known.delete(key);
    this.#counters.items = this.#known.size;
    this.#tell({ type: 'deleted', item });
  }

  /** `known` is undefined when the object has a name and nothing else can be made of it. */
  #read(object: unknown) {
    const identity = identityOf(object);
    if (identity === undefined) {
      this.#refuse(new AgentError('invalid', 'metadata.name: expected a name'));
      return undefined;
    }
    const { key, uid, raw } = identity;
    try {
      return { key, uid, known: { uid, item: this.#listener.parse(raw) } };
    } catch (reason) {
      this.#refuse(reason, key);
      const before = this.#known.get(key);
      return { key, uid, known: before?.uid === uid ? before : undefined };
    }
  }

  #refuse(reason: unknown, key = 'an object without a name'): void {
    this.#counters.badItems += 1;
    this.#report(`an object could not be used: ${key}`, reason);
  }

  #tell(event: ReflectorEvent<T>): void {
    this.#guarded(() => this.#listener.onEvent(event));
  }

  #guarded(tell: () => void): void {
    try {
      tell();
    } catch (reason) {
      this.#counters.listenerErrors += 1;
      this.#report('the listener failed', reason);
    }
  }
}

function identityOf(object: unknown) {
  if (typeof object !== 'object' || object === null) return undefined;
  const raw = object as Readonly<Record<string, unknown>>;
  const { namespace, name, uid } = Object(raw['metadata']) as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '') return undefined;
  const key = typeof namespace === 'string' && namespace ? `${namespace}/${name}` : name;
  return { key, uid: typeof uid === 'string' ? uid : '', raw };
}
