import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { VirtualClock } from '#runtime/virtual-clock.js';
import type { LocalProfileStore } from '../local-profile-store.ts';
import type { KubernetesObject, ObjectStore, RowEvent, StoredKind } from '../object-store.ts';
import { bodyText, metadataOf, objectOf } from '../object-text.ts';
import { API_VERSIONS, isClusterWide } from '../stored-kinds.ts';

const { signal } = new AbortController();

/** A store as the contract of `ObjectStore` needs it. */
export interface OpenedObjectStore {
  readonly store: LocalProfileStore;
  readonly clock: VirtualClock;
  close(): Promise<void>;
}

/** Opens an empty store with these bounds on its history. */
export type OpenObjectStore = (options: {
  readonly historyChanges?: number;
  readonly historyBytes?: number;
}) => Promise<OpenedObjectStore>;

/** An object of any kind by the name `a` in `shop`, with what is given instead. */
export function anObject(
  kind: StoredKind,
  { spec = { n: 1 }, ...metadata }: Readonly<Record<string, unknown>> = {},
): KubernetesObject {
  const namespace = isClusterWide(kind) ? '' : 'shop';
  return {
    apiVersion: API_VERSIONS[kind],
    kind,
    metadata: { name: 'a', namespace, ...metadata },
    spec,
  };
}

/** Short words for what a test says to a store and asks it. */
export function objectRig(objects: ObjectStore) {
  const get = async (kind: StoredKind, key: ObjectKey) => {
    const row = await objects.get(kind, key, { signal, withBody: true });
    return row && objectOf(kind, row);
  };
  return {
    get,
    create: async (kind: StoredKind, object = anObject(kind), dryRun = false) =>
      objectOf(kind, await objects.create(kind, object, { signal, dryRun })),
    edit: async (
      kind: StoredKind,
      change: (stored: KubernetesObject) => KubernetesObject,
      dryRun = false,
    ) => {
      const key = anObject(kind).metadata;
      return objectOf(
        kind,
        await objects.change(kind, key, (stored) => change(stored()), { signal, dryRun }),
      );
    },
    remove: (kind: StoredKind, options = {}) =>
      objects.delete(kind, anObject(kind).metadata, { signal, ...options }),
    version: async () =>
      (await objects.list('Rules', { signal, withBodies: false })).resourceVersion,
    names: async (kind: StoredKind, query = {}) => {
      const { rows } = await objects.list(kind, { signal, withBodies: false, ...query });
      return rows.map((row) => `${row.namespace}/${row.name}`);
    },
  };
}

/** Reads a watch of rows to its end, and remembers what it told. */
export class RowReader {
  readonly events: RowEvent[] = [];
  end: ErrorCode | 'done' | undefined;
  readonly #abort = new AbortController();

  constructor(
    objects: ObjectStore,
    kind: StoredKind,
    options: { readonly after: number; readonly namespace?: string; readonly withBodies?: boolean },
  ) {
    const about = { withBodies: true, ...options, signal: this.#abort.signal };
    void this.#read(objects.watchRows(kind, about));
  }

  /** What changed, as `added a {"n":1}`. */
  get changes(): readonly string[] {
    return this.events.flatMap((event) => {
      if (event.type === 'bookmark') return [];
      const body =
        event.row.body === undefined ? '-' : JSON.stringify(JSON.parse(bodyText(event.row)).spec);
      const { name, resourceVersion } = metadataOf(event.row);
      const isRight = resourceVersion === String(event.row.resourceVersion);
      return [`${event.type} ${name} ${body}${isRight ? '' : ' of another version'}`];
    });
  }

  abort(): void {
    this.#abort.abort();
  }

  async #read(watch: AsyncIterable<RowEvent>): Promise<void> {
    try {
      for await (const event of watch) this.events.push(event);
      this.end = 'done';
    } catch (reason) {
      this.end = AgentError.from(reason).code;
    }
  }
}
