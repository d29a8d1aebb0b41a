import { AgentError } from '#model/agent-error.js';
import type { ContainerProfile, ObjectMeta, ProfileKind, ProfileKinds } from '#model/profile.js';
import type {
  ObjectKey,
  ObjectList,
  ProfileStore,
  WatchEvent,
  WatchOptions,
} from '#model/profile-store.js';
import { type Random, uuidFrom } from '#runtime/random.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import { ChangeJournal, type JournalOptions } from './change-journal.ts';
import type {
  ConsolidatingStore,
  ConsolidationOptions,
  ConsolidationResult,
} from './consolidating-store.ts';
import { consolidate } from './consolidation.ts';
import { learningStateOf, refusalOf } from './learning-state.ts';
import {
  checkObject,
  isImmutable,
  label,
  type Stamp,
  stamped,
  updatedMetadata,
} from './object-rules.ts';
import type { ProfileTables, TableCounts } from './profile-tables.ts';
import { refuseAborted } from './refuse-aborted.ts';
import {
  isReport,
  profileKeyOf,
  reportKeyOf,
  rowAfterRepeat,
  rowOf,
  type TimeSeriesRow,
} from './time-series-row.ts';

type CallOptions = Readonly<{ signal: AbortSignal }>;

/** What a store needs from outside. */
export interface StoreSources extends JournalOptions {
  readonly random: Random;
}

/**
 * The rules of the profile store, over tables of any kind. Each call is one transaction without a
 * wait inside, so callers of one process cannot meet half-way. Objects are stored as they are given;
 * only what consolidation writes is deflated, measured and given a checksum.
 */
export class LocalProfileStore implements ProfileStore, ConsolidatingStore {
  readonly #tables: ProfileTables;
  readonly #journal: ChangeJournal;
  readonly #clock: StoreSources['clock'];
  readonly #random: Random;

  constructor(tables: ProfileTables, sources: StoreSources) {
    this.#tables = tables;
    this.#journal = new ChangeJournal(tables, sources);
    this.#clock = sources.clock;
    this.#random = sources.random;
  }

  async get<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    { signal }: CallOptions,
  ): Promise<ProfileKinds[K] | undefined> {
    refuseAborted(signal);
    return this.#tables.read(() => this.#tables.object(kind, key));
  }

  async list(
    kind: ProfileKind,
    { signal, namespace }: CallOptions & { readonly namespace?: string },
  ): Promise<ObjectList> {
    refuseAborted(signal);
    return this.#tables.read(() => ({
      resourceVersion: String(this.#tables.history().last),
      items: this.#tables.metadataOf(kind, namespace),
    }));
  }

  watch(kind: ProfileKind, options: WatchOptions): AsyncIterable<WatchEvent> {
    return this.#journal.watch(kind, options);
  }

  async create<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    { signal }: CallOptions,
  ): Promise<ProfileKinds[K]> {
    return this.#change({ kind, object, signal }, () => {
      const row = isReport(kind, object.metadata) ? rowOf(object.metadata) : undefined;
      if (this.#tables.metadata(kind, object.metadata) !== undefined) {
        throw new AgentError('conflict', `${label(kind, object.metadata)} exists already`);
      }
      if (row !== undefined) this.#refuseWhenClosed(row);
      const metadata = stamped(object.metadata, this.#stamp());
      this.#journal.put('added', { ...object, metadata });
      if (row !== undefined) this.#enter(row);
    });
  }

  async update<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    { signal }: CallOptions,
  ): Promise<ProfileKinds[K]> {
    return this.#change({ kind, object, signal }, () => {
      const before = this.#existing(kind, object.metadata);
      const metadata = updatedMetadata(kind, before, object.metadata);
      if (!isImmutable(before)) {
        const resourceVersion = this.#tables.nextResourceVersion();
        this.#journal.put('modified', { ...object, metadata: { ...metadata, resourceVersion } });
      }
    });
  }

  async delete(kind: ProfileKind, key: ObjectKey, { signal }: CallOptions): Promise<void> {
    refuseAborted(signal);
    this.#journal.write(() => {
      const metadata = this.#existing(kind, key);
      if (kind === 'ContainerProfile') this.#deleteSeries(metadata);
      this.#journal.remove(kind, key);
    });
  }

  async pendingProfiles({
    signal,
    expiredBeforeMs,
  }: ConsolidationOptions): Promise<readonly ObjectKey[]> {
    refuseAborted(signal);
    return this.#tables.read(() => this.#tables.pendingProfiles(expiredBeforeMs));
  }

  async consolidateProfile(
    key: ObjectKey,
    { signal, expiredBeforeMs }: ConsolidationOptions,
  ): Promise<ConsolidationResult> {
    refuseAborted(signal);
    return this.#journal.write(() => {
      const rows = this.#tables.rows(key);
      const profile = this.#tables.object('ContainerProfile', key);
      const outcome = consolidate({
        key,
        profile,
        rows,
        readReport: (row) => this.#tables.object('ContainerProfile', reportKeyOf(row)),
        expiredBeforeMs,
      });
      // The profile first: whoever watches never sees its reports gone before they are merged.
      if (outcome.profile) this.#keep(outcome.profile, profile ? 'modified' : 'added');
      this.#deleteReports(rows);
      this.#tables.deleteRows(key);
      for (const row of outcome.rows) this.#tables.putRow(row);
      return outcome.result;
    });
  }

  /** To be called when the tables have closed: ends all watches. */
  protected tablesClosed(): void {
    this.#journal.closed();
  }

  /** How much is stored. Reads no bodies. */
  counts(): TableCounts {
    return this.#tables.read(() => this.#tables.counts());
  }

  /** Throws `completed` or `too-large` when the profile of a report takes no more of them. */
  #refuseWhenClosed(row: TimeSeriesRow): void {
    const key = profileKeyOf(row);
    const profile = this.#tables.metadata('ContainerProfile', key);
    const refusal = profile && refusalOf(learningStateOf(profile), row);
    if (refusal === undefined) return;
    throw new AgentError(
      refusal,
      `${label('ContainerProfile', key)} is ${refusal} and takes no more reports`,
    );
  }

  #enter(row: TimeSeriesRow): void {
    const existing = this.#tables
      .rows(profileKeyOf(row))
      .find(({ seriesId, suffix }) => seriesId === row.seriesId && suffix === row.suffix);
    this.#tables.putRow(rowAfterRepeat(existing, row));
  }

  #keep(profile: ContainerProfile, type: 'added' | 'modified'): void {
    const { uid, creationTimestamp } = profile.metadata;
    const stamp = {
      ...this.#stamp(),
      ...(uid && { uid }),
      ...(creationTimestamp && { creationTimestamp }),
    };
    this.#journal.put(type, { ...profile, metadata: stamped(profile.metadata, stamp) });
  }

  /** Without a report its series has a gap; without a profile its series have no use. */
  #deleteSeries(metadata: ObjectMeta): void {
    if (isReport('ContainerProfile', metadata)) {
      this.#tables.deleteRow(rowOf(metadata));
      return;
    }
    this.#deleteReports(this.#tables.rows(metadata));
    this.#tables.deleteRows(metadata);
  }

  #deleteReports(rows: readonly TimeSeriesRow[]): void {
    for (const row of rows) {
      if (row.hasData) this.#journal.remove('ContainerProfile', reportKeyOf(row));
    }
  }

  #stamp(): Stamp {
    return {
      uid: uuidFrom(this.#random),
      // Kubernetes writes whole seconds.
      creationTimestamp: formatTimestamp(this.#clock.now()).replace(/\.\d+Z$/, 'Z'),
      resourceVersion: this.#tables.nextResourceVersion(),
    };
  }

  #existing(kind: ProfileKind, key: ObjectKey): ObjectMeta {
    const metadata = this.#tables.metadata(kind, key);
    if (metadata === undefined) throw new AgentError('not-found', `${label(kind, key)} not found`);
    return metadata;
  }

  /** Does in one transaction what `put` does to the tables; gives the object as it is stored then. */
  #change<K extends ProfileKind>(
    { kind, object, signal }: CallOptions & { readonly kind: K; readonly object: ProfileKinds[K] },
    put: () => void,
  ): ProfileKinds[K] {
    refuseAborted(signal);
    checkObject(kind, object);
    return this.#journal.write(() => {
      put();
      return this.#stored(kind, object.metadata);
    });
  }

  #stored<K extends ProfileKind>(kind: K, key: ObjectKey): ProfileKinds[K] {
    const object = this.#tables.object(kind, key);
    if (object === undefined) {
      throw new AgentError('internal', `${label(kind, key)} was written and is not there`);
    }
    return object;
  }
}
