import type {
  ConsolidatingStore,
  ConsolidationOptions,
  ConsolidationResult,
} from '#consolidation/consolidating-store.js';
import { label } from '#consolidation/update-rules.js';
import { AgentError } from '#model/agent-error.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type {
  ObjectKey,
  ObjectList,
  ProfileStore,
  WatchEvent,
  WatchOptions,
} from '#model/profile-store.js';
import { type Logger, silentLogger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { AggregateWrites } from './aggregate-writes.ts';
import { ChangeJournal, type JournalOptions } from './change-journal.ts';
import { LocalObjectStore } from './local-object-store.ts';
import type { KubernetesObject, ObjectStore, StoredRow } from './object-store.ts';
import { metadataOf, objectOf } from './object-text.ts';
import { ObjectWrites } from './object-writes.ts';
import { ProfileConsolidation } from './profile-consolidation.ts';
import type { ProfileTables, TableCounts } from './profile-tables.ts';
import { ProfileWatch, versionNumber } from './profile-watch.ts';
import { refuseAborted } from './refuse-aborted.ts';
import { Stamps } from './stamp.ts';

type CallOptions = Readonly<{ signal: AbortSignal }>;

/** What a store needs from outside. */
export interface StoreSources extends JournalOptions {
  readonly random: Random;
  /** Hears of settings that cannot be used. Absent: nobody does. */
  readonly log?: Logger;
}

/** Which lists of image files are on their way. */
export interface AwaitedLists {
  isAwaited(image: string): boolean;
}

/**
 * The profile store over tables of any kind. Each call is one transaction without a
 * wait inside, so callers of one process cannot meet half-way. Objects are stored as they are given;
 * only what consolidation writes is deflated, measured and given a checksum.
 */
export class LocalProfileStore implements ProfileStore, ConsolidatingStore {
  /** The same store as its HTTP API sees it: every kind, whole rows. */
  readonly objects: ObjectStore;
  readonly #tables: ProfileTables;
  readonly #journal: ChangeJournal;
  readonly #writes: ObjectWrites;
  readonly #consolidation: ProfileConsolidation;

  /** `awaited` belongs to the lists in these tables; absent: no list comes. */
  constructor(tables: ProfileTables, sources: StoreSources, awaited?: AwaitedLists) {
    const { clock, random, log = silentLogger } = sources;
    const journal = new ChangeJournal(tables, sources);
    const stamps = new Stamps({ clock, random });
    const aggregates = new AggregateWrites({ tables, journal, stamps });
    const writes = new ObjectWrites({ tables, journal, aggregates, stamps, random });
    this.#tables = tables;
    this.#journal = journal;
    this.#writes = writes;
    this.#consolidation = new ProfileConsolidation({
      tables,
      journal,
      aggregates,
      writes,
      stamps,
      log,
      isListAwaited: (image) => awaited?.isAwaited(image) ?? false,
    });
    this.objects = new LocalObjectStore(tables, journal, writes);
  }

  async get<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    { signal }: CallOptions,
  ): Promise<ProfileKinds[K] | undefined> {
    refuseAborted(signal);
    return this.#tables.read(() => {
      const row = this.#tables.objects.row(kind, key, true);
      return row && profileOf(kind, row);
    });
  }

  async list(
    kind: ProfileKind,
    { signal, namespace }: CallOptions & { readonly namespace?: string },
  ): Promise<ObjectList> {
    refuseAborted(signal);
    return this.#tables.read(() => ({
      resourceVersion: String(this.#tables.objects.history().last),
      items: this.#tables.objects.rows({ kind, namespace, withBodies: false }).map(metadataOf),
    }));
  }

  watch(kind: ProfileKind, options: WatchOptions): AsyncIterable<WatchEvent> {
    const { resourceVersion, ...about } = options;
    const after = resourceVersion === '' ? {} : { after: versionNumber(resourceVersion) };
    return new ProfileWatch(this.#journal.watch({ ...about, ...after, kind, withBodies: false }));
  }

  async create<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    { signal }: CallOptions,
  ): Promise<ProfileKinds[K]> {
    refuseAborted(signal);
    const given = object as unknown as KubernetesObject;
    return profileOf(
      kind,
      this.#journal.write(() => this.#writes.create(kind, given)),
    );
  }

  async update<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    { signal }: CallOptions,
  ): Promise<ProfileKinds[K]> {
    refuseAborted(signal);
    const given = object as unknown as KubernetesObject;
    const row = this.#journal.write(() => this.#writes.change(kind, object.metadata, () => given));
    return profileOf(kind, row);
  }

  async delete(kind: ProfileKind, key: ObjectKey, { signal }: CallOptions): Promise<void> {
    refuseAborted(signal);
    this.#journal.write(() => this.#writes.delete(kind, key));
  }

  async pendingProfiles({
    signal,
    ...expiry
  }: ConsolidationOptions): Promise<readonly ObjectKey[]> {
    refuseAborted(signal);
    return this.#tables.read(() => this.#tables.series.pendingProfiles(expiry));
  }

  async consolidateProfile(
    key: ObjectKey,
    { signal, ...expiry }: ConsolidationOptions,
  ): Promise<ConsolidationResult> {
    refuseAborted(signal);
    return this.#journal.write(() => this.#consolidation.consolidate(key, expiry));
  }

  /** To be called when the tables have closed: ends all watches. */
  protected tablesClosed(): void {
    this.#journal.closed();
  }

  /** How much is stored. Reads no bodies. */
  counts(): TableCounts {
    return this.#tables.read(() => this.#tables.counts());
  }
}

/** Throws `internal`, naming the object, when its body is no JSON. */
function profileOf<K extends ProfileKind>(kind: K, row: StoredRow): ProfileKinds[K] {
  try {
    return objectOf(kind, row) as unknown as ProfileKinds[K];
  } catch (reason) {
    const { message } = AgentError.from(reason);
    throw new AgentError('internal', `body of ${label(kind, row)} is damaged (${message})`, {
      cause: reason,
    });
  }
}
