import type { ObjectKey } from '#model/profile-store.js';
import { byKey } from './key-order.ts';
import { MemoryMap, type UndoSteps } from './memory-map.ts';
import type { StoredKind, StoredRow } from './object-store.ts';
import type {
  Change,
  ChangeQuery,
  HistoryRange,
  ObjectRole,
  ObjectTables,
  ObjectWrite,
  RowsQuery,
  WholeRow,
} from './object-tables.ts';

/** One state of an object, or the end of one. */
interface MemoryState {
  readonly type: Change['type'];
  readonly kind: StoredKind;
  readonly row: WholeRow;
  readonly role: ObjectRole;
  /** The version that replaced it; undefined as long as it holds. */
  readonly until?: number;
  /** Bytes of its body when no later state has the same; counted as soon as it is replaced. */
  readonly freesBytes?: number;
}

interface Counters {
  readonly last: number;
  readonly forgotten: number;
  readonly pastBytes: number;
}

/** Objects in plain maps. */
export class MemoryObjects implements ObjectTables {
  readonly #counters: MemoryMap<'counters', Counters>;
  /** By the version that made them. */
  readonly #states: MemoryMap<number, MemoryState>;
  /** Versions of the states that hold, by kind and key. */
  readonly #current: MemoryMap<string, number>;
  /** Versions of the states that were replaced, in the order in which they were. */
  readonly #past: MemoryMap<number, number>;

  constructor(undo: UndoSteps) {
    this.#counters = new MemoryMap(undo);
    this.#states = new MemoryMap(undo);
    this.#current = new MemoryMap(undo);
    this.#past = new MemoryMap(undo);
  }

  nextResourceVersion(): number {
    const last = this.history().last + 1;
    this.#count({ last });
    return last;
  }

  history(): HistoryRange {
    return this.#counters.get('counters') ?? { last: 0, forgotten: 0, pastBytes: 0 };
  }

  row(kind: StoredKind, key: ObjectKey, withBody: boolean): StoredRow | undefined {
    const state = this.#stateOf(kind, key);
    return state && rowOf(state, withBody);
  }

  roleOf(kind: StoredKind, key: ObjectKey): ObjectRole | undefined {
    return this.#stateOf(kind, key)?.role;
  }

  rows(query: RowsQuery): readonly StoredRow[] {
    return this.#found(query)
      .sort((a, b) => byKey(a.row, b.row))
      .slice(0, query.limit)
      .map((state) => rowOf(state, query.withBodies));
  }

  countRows(query: RowsQuery): number {
    return this.#found(query).length;
  }

  put({ type, kind, row, role }: ObjectWrite): void {
    const before = this.#current.get(objectId(kind, row));
    if (before !== undefined) this.#replace(before, row.resourceVersion, row.body);
    this.#states.set(row.resourceVersion, { type, kind, row, role });
    this.#current.set(objectId(kind, row), row.resourceVersion);
  }

  remove(
    kind: StoredKind,
    key: ObjectKey,
    { resourceVersion, metadata }: { readonly resourceVersion: number; readonly metadata: string },
  ): void {
    const state = this.#stateOf(kind, key);
    if (state === undefined) return;
    this.#replace(state.row.resourceVersion, resourceVersion, undefined);
    const row = { ...state.row, resourceVersion, metadata };
    this.#states.set(resourceVersion, { ...state, type: 'deleted', row, until: resourceVersion });
    this.#past.set(resourceVersion, resourceVersion);
    this.#current.delete(objectId(kind, key));
  }

  changes({ kind, namespace, after, limit, withBodies }: ChangeQuery): readonly Change[] {
    const found: Change[] = [];
    const { last } = this.history();
    for (let version = after + 1; version <= last && found.length < limit; version += 1) {
      const state = this.#states.get(version);
      if (state?.kind !== kind) continue;
      if (namespace !== undefined && state.row.namespace !== namespace) continue;
      found.push({ type: state.type, kind, row: rowOf(state, withBodies) });
    }
    return found;
  }

  forget(upTo: number): void {
    for (const version of this.#pastUpTo(upTo)) {
      const { pastBytes } = this.history();
      this.#count({ pastBytes: pastBytes - (this.#states.get(version)?.freesBytes ?? 0) });
      this.#states.delete(version);
      this.#past.delete(version);
    }
    this.#count({ forgotten: Math.max(this.history().forgotten, upTo) });
  }

  oldestPastBody(): number | undefined {
    for (const version of this.#past.keys()) {
      const state = this.#states.get(version);
      if (state?.freesBytes !== undefined) return state.until;
    }
    return undefined;
  }

  /** How many objects there are of each kind, without reports. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { kind, role, until } of this.#states.values()) {
      if (until === undefined && role !== 'report') counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  #count(change: Partial<Counters>): void {
    this.#counters.set('counters', { ...this.history(), ...change });
  }

  #stateOf(kind: StoredKind, key: ObjectKey): MemoryState | undefined {
    const version = this.#current.get(objectId(kind, key));
    return version === undefined ? undefined : this.#states.get(version);
  }

  /** A body that goes on in the next state is not freed with this one. */
  #replace(version: number, until: number, nextBody: Uint8Array | undefined): void {
    const state = this.#states.get(version);
    if (state === undefined) return;
    const { body } = state.row;
    const isFreed = nextBody === undefined || Buffer.compare(body, nextBody) !== 0;
    const bytes = isFreed ? body.length : 0;
    this.#states.set(version, { ...state, until, ...(isFreed && { freesBytes: bytes }) });
    this.#past.set(version, until);
    this.#count({ pastBytes: this.history().pastBytes + bytes });
  }

  #pastUpTo(upTo: number): readonly number[] {
    const found: number[] = [];
    for (const version of this.#past.keys()) {
      if ((this.#past.get(version) ?? 0) > upTo) break;
      found.push(version);
    }
    return found;
  }

  #found({
    kind,
    namespace,
    after,
    atVersion = Number.POSITIVE_INFINITY,
  }: RowsQuery): MemoryState[] {
    return [...this.#states.values()].filter(
      ({ kind: kindOfState, row, until = Number.POSITIVE_INFINITY }) =>
        kindOfState === kind &&
        row.resourceVersion <= atVersion &&
        (until > atVersion || until === Number.POSITIVE_INFINITY) &&
        (namespace === undefined || row.namespace === namespace) &&
        (after === undefined || byKey(row, after) > 0),
    );
  }
}

function rowOf({ row }: MemoryState, withBody: boolean): StoredRow {
  return withBody ? row : { ...row, body: undefined };
}

// Names and namespaces have no slash (see object-rules.ts), so these are unambiguous.
function objectId(kind: StoredKind, { namespace, name }: ObjectKey): string {
  return `${kind}/${namespace}/${name}`;
}
