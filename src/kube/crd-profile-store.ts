import type {
  ConsolidatingStore,
  ConsolidationOptions,
  ConsolidationResult,
} from '#consolidation/consolidating-store.js';
import { refuseWhenClosed } from '#consolidation/report-refusal.js';
import { isReport, profileKeyOf, rowOf } from '#consolidation/time-series-row.js';
import { isImmutable, updatedMetadata } from '#consolidation/update-rules.js';
import { AgentError } from '#model/agent-error.js';
import type { ObjectMeta, ProfileKind, ProfileKinds } from '#model/profile.js';
import type {
  ObjectKey,
  ObjectList,
  ProfileStore,
  WatchEvent,
  WatchOptions,
} from '#model/profile-store.js';
import { bookkeepingOf, withBookkeeping, withoutBookkeeping } from './crd-bookkeeping.ts';
import { CrdConsolidation, type CrdConsolidationParts } from './crd-consolidation.ts';
import { despiteRaces } from './despite-races.ts';
import { KubeProfileStore, type KubeProfileStoreParts } from './kube-profile-store.ts';
import { checkProfile } from './profile-object.ts';
import { StoredReports } from './stored-reports.ts';

type Call = Readonly<{ signal: AbortSignal }>;

/** What a store over CRDs works with. */
export interface CrdProfileStoreParts
  extends KubeProfileStoreParts,
    Pick<CrdConsolidationParts, 'merge'> {
  /**
   * Whether this agent is still the one that merges. Asked right before each write of a merge; when it is false,
   * `pendingProfiles` and `consolidateProfile` reject with `aborted`. Absent: it always is.
   */
  readonly mayWrite?: (() => boolean) | undefined;
}

/**
 * Profiles behind an API server that only stores them (CustomResourceDefinitions). The rules of the port are kept
 * here: every write reads what is stored first, and is bound to that version. Another program that writes with kubectl
 * is bound to none of them. `pendingProfiles` and `consolidateProfile` are for the one agent that holds the lease.
 */
export class CrdProfileStore implements ProfileStore, ConsolidatingStore {
  readonly #store: KubeProfileStore;
  readonly #consolidation: CrdConsolidation;
  /** What the server has to be merged: `follow` it while this agent holds the lease. */
  readonly reports: StoredReports;

  constructor(parts: CrdProfileStoreParts) {
    const store = new KubeProfileStore(parts);
    this.#store = store;
    this.reports = new StoredReports({ ...parts, store });
    this.#consolidation = new CrdConsolidation({ ...parts, store, reports: this.reports });
  }

  async get<K extends ProfileKind>(
    kind: K,
    key: ObjectKey,
    options: Call,
  ): Promise<ProfileKinds[K] | undefined> {
    const object = await this.#store.get(kind, key, options);
    return object && shown(object);
  }

  async list(
    kind: ProfileKind,
    options: Call & { readonly namespace?: string },
  ): Promise<ObjectList> {
    const { resourceVersion, items } = await this.#store.list(kind, options);
    return { resourceVersion, items: items.map(withoutBookkeeping) };
  }

  watch(kind: ProfileKind, options: WatchOptions): AsyncIterableIterator<WatchEvent> {
    const events = this.#store.watch(kind, options);
    const next = async (): Promise<IteratorResult<WatchEvent, void>> => {
      const result = await events.next();
      return result.done ? result : { done: false, value: shownEvent(result.value) };
    };
    const end = async (): Promise<IteratorResult<WatchEvent, void>> => {
      await events.return?.();
      return { done: true, value: undefined };
    };
    const iterator = { next, return: end, [Symbol.asyncIterator]: () => iterator };
    return iterator;
  }

  /** A report that arrives just when its profile is closed may be taken: it is deleted with the next pass. */
  async create<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    options: Call,
  ): Promise<ProfileKinds[K]> {
    checkProfile(kind, object);
    if (isReport(kind, object.metadata)) await this.#refuseWhenClosed(object.metadata, options);
    return shown(await this.#store.create(kind, object, options));
  }

  async update<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    options: Call,
  ): Promise<ProfileKinds[K]> {
    checkProfile(kind, object);
    const once = () => this.#updateOnce(kind, object, options);
    return object.metadata.resourceVersion ? once() : despiteRaces(once);
  }

  /** A profile goes with the reports that were not merged yet, those first: ending half-way, it can be repeated. */
  async delete(kind: ProfileKind, key: ObjectKey, options: Call): Promise<void> {
    if (kind === 'ContainerProfile') {
      const stored = await this.#existing(kind, key, options);
      if (!isReport(kind, stored.metadata)) {
        const reports = await this.reports.listed(key, options.signal);
        await this.reports.delete(reports, options);
      }
    }
    await this.#store.delete(kind, key, options);
  }

  /** See {@link CrdConsolidation.pendingProfiles}. */
  pendingProfiles(options: ConsolidationOptions): Promise<readonly ObjectKey[]> {
    return this.#consolidation.pendingProfiles(options);
  }

  /** See {@link CrdConsolidation.consolidateProfile}. */
  consolidateProfile(key: ObjectKey, options: ConsolidationOptions): Promise<ConsolidationResult> {
    return this.#consolidation.consolidateProfile(key, options);
  }

  async #refuseWhenClosed(report: ObjectMeta, options: Call): Promise<void> {
    const row = rowOf(report);
    const profile = await this.#store.getMetadata('ContainerProfile', profileKeyOf(row), options);
    refuseWhenClosed(profile, row);
  }

  async #updateOnce<K extends ProfileKind>(
    kind: K,
    object: ProfileKinds[K],
    options: Call,
  ): Promise<ProfileKinds[K]> {
    const stored = await this.#existing(kind, object.metadata, options);
    const given = updatedMetadata(kind, stored.metadata, object.metadata);
    if (isImmutable(stored.metadata)) return shown(stored);
    const { resourceVersion = '' } = stored.metadata;
    const metadata = {
      ...withBookkeeping(given, bookkeepingOf(stored.metadata)),
      resourceVersion,
    };
    return shown(await this.#store.update(kind, { ...object, metadata }, options));
  }

  async #existing<K extends ProfileKind>(kind: K, key: ObjectKey, options: Call) {
    const stored = await this.#store.get(kind, key, options);
    if (stored) return stored;
    throw new AgentError('not-found', `${kind} ${key.namespace}/${key.name} not found`);
  }
}

function shown<T extends { readonly metadata: ObjectMeta }>(object: T): T {
  return { ...object, metadata: withoutBookkeeping(object.metadata) };
}

function shownEvent(event: WatchEvent): WatchEvent {
  if (event.type === 'bookmark') return event;
  return { ...event, metadata: withoutBookkeeping(event.metadata) };
}
