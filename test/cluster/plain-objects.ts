import { RESOURCES } from '#model/schema/resources.js';
import { systemClock } from '#runtime/clock.js';
import { systemRandom } from '#runtime/random.js';
import { MemoryRows } from '#storage/api/testing/memory-rows.js';
import type {
  KubernetesObject,
  ObjectStore,
  StoredKind,
  StoredRow,
} from '#storage/object-store.js';

/** A profile, or a report of one, that somebody wrote or deleted. */
export interface Written {
  readonly verb: 'create' | 'change' | 'delete';
  readonly kind: StoredKind;
  readonly name: string;
  readonly isReport: boolean;
}

/**
 * What an API server with our CustomResourceDefinitions keeps: every kind as it is sent, without any rule
 * of profiles. Nothing is merged, refused or collapsed.
 */
export class PlainObjects implements ObjectStore {
  readonly #rows = new Map<StoredKind, MemoryRows>();
  readonly #onWrite: (written: Written) => void;

  private constructor(rows: ReadonlyMap<StoredKind, MemoryRows>, onWrite: (w: Written) => void) {
    this.#rows = new Map(rows);
    this.#onWrite = onWrite;
  }

  /** Empty. */
  static create(): PlainObjects {
    const sources = { clock: systemClock, random: systemRandom };
    const rows = RESOURCES.map(
      (definition) => [definition.kind as StoredKind, new MemoryRows(definition, sources)] as const,
    );
    return new PlainObjects(new Map(rows), () => {});
  }

  /** The same objects; what is written this way is told. */
  toldTo(onWrite: (written: Written) => void): PlainObjects {
    return new PlainObjects(this.#rows, onWrite);
  }

  get(kind: StoredKind, key: Parameters<ObjectStore['get']>[1]) {
    return this.#of(kind).get(key);
  }

  list(kind: StoredKind, query: Parameters<ObjectStore['list']>[1]) {
    return this.#of(kind).list(query);
  }

  async create(
    kind: StoredKind,
    object: KubernetesObject,
    options: Parameters<ObjectStore['create']>[2],
  ): Promise<StoredRow> {
    const row = await this.#of(kind).create(object, options);
    this.#tell('create', kind, row);
    return row;
  }

  // biome-ignore lint/complexity/useMaxParams: the port's signature
  async change(
    kind: StoredKind,
    key: Parameters<ObjectStore['change']>[1],
    change: Parameters<ObjectStore['change']>[2],
    options: Parameters<ObjectStore['change']>[3],
  ): Promise<StoredRow> {
    const row = await this.#of(kind).change(key, change, options);
    this.#tell('change', kind, row);
    return row;
  }

  async delete(
    kind: StoredKind,
    key: Parameters<ObjectStore['delete']>[1],
    options: Parameters<ObjectStore['delete']>[2],
  ) {
    const deletion = await this.#of(kind).delete(key, options);
    this.#tell('delete', kind, deletion.row);
    return deletion;
  }

  watchRows(kind: StoredKind, options: Parameters<ObjectStore['watchRows']>[1]) {
    return this.#of(kind).watchRows(options);
  }

  #of(kind: StoredKind): MemoryRows {
    const rows = this.#rows.get(kind);
    if (rows === undefined) throw new Error(`${kind} is not kept`);
    return rows;
  }

  #tell(verb: Written['verb'], kind: StoredKind, { name, metadata }: StoredRow): void {
    const { annotations = {} } = JSON.parse(metadata) as { annotations?: Record<string, string> };
    const isReport = annotations['kubescape.io/report-series-id'] !== undefined;
    this.#onWrite({ verb, kind, name, isReport });
  }
}
