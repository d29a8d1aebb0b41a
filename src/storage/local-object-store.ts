import { AgentError } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { ChangeJournal } from './change-journal.ts';
import type {
  Deletion,
  KubernetesObject,
  ObjectStore,
  Preconditions,
  RowEvent,
  RowPage,
  RowQuery,
  StoredKind,
  StoredRow,
} from './object-store.ts';
import { metadataOf, metadataText } from './object-text.ts';
import type { ObjectWrites } from './object-writes.ts';
import type { ProfileTables } from './profile-tables.ts';
import { refuseAborted } from './refuse-aborted.ts';

type Call = Readonly<{ signal: AbortSignal }>;
type Write = Call & Readonly<{ dryRun?: boolean }>;

/** Every kind of a local store, row by row. Each call is one transaction without a wait inside. */
export class LocalObjectStore implements ObjectStore {
  readonly #tables: ProfileTables;
  readonly #journal: ChangeJournal;
  readonly #writes: ObjectWrites;

  constructor(tables: ProfileTables, journal: ChangeJournal, writes: ObjectWrites) {
    this.#tables = tables;
    this.#journal = journal;
    this.#writes = writes;
  }

  async get(
    kind: StoredKind,
    key: ObjectKey,
    { signal, withBody }: Call & { readonly withBody: boolean },
  ): Promise<StoredRow | undefined> {
    refuseAborted(signal);
    return this.#tables.read(() => this.#tables.objects.row(kind, key, withBody));
  }

  async list(kind: StoredKind, query: RowQuery): Promise<RowPage> {
    refuseAborted(query.signal);
    const { namespace, withBodies, limit, after, atVersion, withoutCount } = query;
    return this.#tables.read(() => {
      const { objects } = this.#tables;
      const range = objects.history();
      if (atVersion !== undefined) refuseOutside(kind, atVersion, range);
      const { last } = range;
      // What is there now needs no look into the past.
      const version = atVersion === last ? undefined : atVersion;
      const about = { kind, namespace, withBodies, atVersion: version };
      const rows = objects.rows({ ...about, limit, after });
      const isCounted = !withoutCount && limit !== undefined && rows.length === limit;
      const remaining = isCounted
        ? objects.countRows({ ...about, after: rows.at(-1) ?? after })
        : 0;
      return { resourceVersion: atVersion ?? last, rows, remaining };
    });
  }

  async create(kind: StoredKind, object: KubernetesObject, options: Write): Promise<StoredRow> {
    return this.#write(options, (dryRun) => {
      const row = this.#writes.create(kind, object);
      return dryRun ? atVersion(row, 0) : row;
    });
  }

  async change(
    kind: StoredKind,
    key: ObjectKey,
    ...[change, options]: [(stored: () => KubernetesObject) => KubernetesObject, Write]
  ): Promise<StoredRow> {
    return this.#write(options, (dryRun) => {
      const before = dryRun ? this.#versionOf(kind, key) : 0;
      const row = this.#writes.change(kind, key, change);
      return dryRun ? atVersion(row, before) : row;
    });
  }

  async delete(
    kind: StoredKind,
    key: ObjectKey,
    options: Write & { readonly preconditions?: Preconditions },
  ): Promise<Deletion> {
    return this.#write(options, (dryRun) => {
      const before = dryRun ? this.#versionOf(kind, key) : 0;
      const { row, isGone } = this.#writes.delete(kind, key, options.preconditions);
      return { row: dryRun ? atVersion(row, before) : row, isGone };
    });
  }

  watchRows(
    kind: StoredKind,
    options: Call & {
      readonly namespace?: string;
      readonly after: number;
      readonly withBodies: boolean;
    },
  ): AsyncIterable<RowEvent> {
    return this.#journal.watch({ ...options, kind });
  }

  #write<T>({ signal, dryRun = false }: Write, work: (dryRun: boolean) => T): T {
    refuseAborted(signal);
    return dryRun
      ? this.#journal.rehearse(() => work(true))
      : this.#journal.write(() => work(false));
  }

  /** 0 when there is none, or none that can be read. */
  #versionOf(kind: StoredKind, key: ObjectKey): number {
    try {
      return this.#tables.objects.row(kind, key, false)?.resourceVersion ?? 0;
    } catch {
      return 0;
    }
  }
}

/** The answer of a dry run: a version that was never given must not be seen. 0 stands for none. */
function atVersion(row: StoredRow, resourceVersion: number): StoredRow {
  const { resourceVersion: _version, ...others } = metadataOf(row);
  const metadata = metadataText(
    resourceVersion === 0 ? others : { ...others, resourceVersion: String(resourceVersion) },
  );
  return { ...row, resourceVersion, metadata };
}

function refuseOutside(
  kind: StoredKind,
  version: number,
  { forgotten, last }: { readonly forgotten: number; readonly last: number },
): void {
  if (version >= forgotten && version <= last) return;
  const isFuture = version > last;
  throw new AgentError(
    isFuture ? 'unavailable' : 'expired',
    `list of ${kind} at version ${version}: only versions from ${forgotten} to ${last} are remembered${isFuture ? '' : ', list anew'}`,
  );
}
