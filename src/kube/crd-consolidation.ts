import type {
  ConsolidationOptions,
  ConsolidationResult,
} from '#consolidation/consolidating-store.js';
import { consolidate } from '#consolidation/consolidation.js';
import { rowAfterRepeat, rowOf, type TimeSeriesRow } from '#consolidation/time-series-row.js';
import { workloadOf } from '#consolidation/workload-aggregate.js';
import { AgentError } from '#model/agent-error.js';
import { ANNOTATION } from '#model/annotations.js';
import { type ContainerProfile, type ObjectMeta, PROFILE_API_VERSION } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { CollapseSettings } from '#profile/collapse/collapse-settings.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { ApiClient } from './api-client.ts';
import { CollapseConfiguration } from './collapse-configuration.ts';
import { CrdAggregates } from './crd-aggregates.ts';
import {
  type Bookkeeping,
  bookkeepingOf,
  withBookkeeping,
  withoutBookkeeping,
} from './crd-bookkeeping.ts';
import type { KubeProfileStore } from './kube-profile-store.ts';
import { inLanes } from './lanes.ts';
import type { StoredReports } from './stored-reports.ts';

const KIND = 'ContainerProfile';
/** Reports merged by one write: their bodies are in memory together, and their UIDs in one annotation. */
const BATCH = 64;
/** Times that a pass begins anew when another writer came between. */
const TRIES = 3;

/** What it works with. */
export interface CrdConsolidationParts {
  readonly client: Pick<ApiClient, 'get' | 'exists' | 'delete'>;
  readonly store: Pick<KubeProfileStore, 'get' | 'list' | 'create' | 'update'>;
  readonly reports: StoredReports;
  /** How the reports of a profile are merged; {@link consolidate} when absent. */
  readonly merge?: typeof consolidate | undefined;
  readonly log: Logger;
  /** Asked right before each write. When it is false the call rejects with `aborted`, and nothing more is written. */
  readonly mayWrite?: (() => boolean) | undefined;
}

/**
 * Merges reports into profiles on a server that only stores. Every write is bound to the version that was read,
 * and the profile says which reports went into it before they are deleted: whenever it ends half-way, or
 * two do it at once, no report is lost and none is merged twice.
 */
export class CrdConsolidation {
  readonly #parts: CrdConsolidationParts;
  readonly #configuration: CollapseConfiguration;
  readonly #aggregates: CrdAggregates;
  /** Of this pass, once somebody needed them. */
  #settings: Promise<CollapseSettings | undefined> | undefined;

  constructor(parts: CrdConsolidationParts) {
    this.#parts = parts;
    this.#configuration = new CollapseConfiguration(parts);
    this.#aggregates = new CrdAggregates({
      ...parts,
      checkMayWrite: () => this.#checkMayWrite(),
      membersOf: (workload, signal) => parts.reports.membersOf(workload, signal),
    });
  }

  /**
   * Begins a pass: profiles with reports to merge or runs to give up, by namespace and name. Profiles of workloads
   * that could not be written, or that lost a member, are made anew.
   */
  async pendingProfiles({
    signal,
    ...expiry
  }: ConsolidationOptions): Promise<readonly ObjectKey[]> {
    this.#settings = undefined;
    const keys = await this.#parts.reports.pending({ signal, ...expiry });
    for (const workload of this.#parts.reports.takeLeft()) this.#aggregates.fellBehind(workload);
    await this.#aggregates.catchUp(signal);
    return keys;
  }

  /** Merges all reports of one profile. Rejects with `conflict` when others write it all the time. */
  async consolidateProfile(
    key: ObjectKey,
    options: ConsolidationOptions,
  ): Promise<ConsolidationResult> {
    let reports = await this.#parts.reports.reportsOf(key, options.signal);
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#consolidate(key, reports, options);
      } catch (reason) {
        if (AgentError.from(reason).code !== 'conflict' || tries === TRIES) throw reason;
      }
      reports = await this.#parts.reports.listed(key, options.signal);
    }
  }

  async #consolidate(
    key: ObjectKey,
    reports: readonly ObjectMeta[],
    options: ConsolidationOptions,
  ): Promise<ConsolidationResult> {
    const { signal } = options;
    let stored = await this.#parts.store.get(KIND, key, { signal });
    const merged = new Set(bookkeepingOf(stored?.metadata).merged);
    const [done = [], left = []] = splitBy(
      reports,
      ({ uid }) => uid !== undefined && merged.has(uid),
    );
    // Whoever wrote the profile may have ended before its workload's profiles followed.
    if (done.length > 0 && stored) await this.#refreshAggregates(stored, signal);
    await this.#delete(done, signal);
    let result: ConsolidationResult = 'unchanged';
    for (const batch of batchesOf(left.sort(byAge))) {
      const step = await this.#mergeBatch({ key, stored, batch }, options);
      stored = step.stored;
      result = stronger(result, step.result);
      // The reports stay until then: killed before, the next pass finds them.
      if (stored && step.hasChanged) await this.#refreshAggregates(stored, signal);
      await this.#delete(batch, signal);
    }
    return result;
  }

  async #refreshAggregates(profile: ContainerProfile, signal: AbortSignal): Promise<void> {
    const metadata = withoutBookkeeping(profile.metadata);
    const name = workloadOf(metadata);
    if (name === undefined) return;
    const workload = { namespace: metadata.namespace, name };
    await this.#aggregates.refresh(workload, signal, { ...profile, metadata });
  }

  /** Read when the first profile of a pass needs it: a pass without work asks for nothing. */
  #settingsOfPass(signal: AbortSignal): Promise<CollapseSettings | undefined> {
    this.#settings ??= this.#configuration.read(signal).catch((reason: unknown) => {
      this.#settings = undefined;
      throw reason;
    });
    return this.#settings;
  }

  #checkMayWrite(): void {
    if (this.#parts.mayWrite?.() ?? true) return;
    throw new AgentError('aborted', 'merging reports: somebody else does it now');
  }

  #delete(reports: readonly ObjectMeta[], signal: AbortSignal): Promise<void> {
    const checkMayWrite = () => this.#checkMayWrite();
    return this.#parts.reports.delete(reports, { signal, checkMayWrite });
  }

  async #mergeBatch({ key, stored, batch }: Batch, { signal, ...expiry }: ConsolidationOptions) {
    const { merge = consolidate } = this.#parts;
    const book = bookkeepingOf(stored?.metadata);
    const reports = await this.#read(batch, signal);
    const rows = this.#rows(book, [...reports.values()]);
    const settings = rows.length > 0 ? await this.#settingsOfPass(signal) : undefined;
    const outcome = merge({
      key,
      profile: stored && { ...stored, metadata: withoutBookkeeping(stored.metadata) },
      rows,
      readReport: ({ profileName, suffix }) => reports.get(`${profileName}-${suffix}`),
      ...expiry,
      settings,
    });
    const isSame = outcome.profile === undefined && sameRows(outcome.rows, book.rows);
    if (isSame) return { stored, result: outcome.result, hasChanged: false };
    const next = { rows: outcome.rows, merged: batch.flatMap(({ uid }) => uid ?? []) };
    return this.#write({ key, stored, profile: outcome.profile, book: next }, outcome, signal);
  }

  async #write(
    write: Write,
    { result }: { readonly result: ConsolidationResult },
    signal: AbortSignal,
  ) {
    const { key, stored, book } = write;
    const profile = write.profile ?? stored;
    if (profile === undefined) return { stored, result, hasChanged: false };
    try {
      const hasChanged = write.profile !== undefined;
      return { stored: await this.#put({ ...write, profile }, signal), result, hasChanged };
    } catch (reason) {
      const { code } = AgentError.from(reason);
      if (code !== 'exhausted' && code !== 'too-large') throw reason;
      this.#parts.log.warn('profile is larger than the server takes', {
        ...key,
        ...errorFields(reason),
      });
      const closed = tooLarge(stored ?? emptyProfile(key, profile));
      const kept = await this.#put(
        { ...write, profile: closed, book: { ...book, rows: [] } },
        signal,
      );
      return { stored: kept, result: 'completed' as const, hasChanged: true };
    }
  }

  #put(
    { stored, profile, book }: Write & { readonly profile: ContainerProfile },
    signal: AbortSignal,
  ) {
    const { store } = this.#parts;
    const metadata = withBookkeeping(profile.metadata, book);
    this.#checkMayWrite();
    if (stored === undefined) return store.create(KIND, { ...profile, metadata }, { signal });
    const { resourceVersion = '' } = stored.metadata;
    return store.update(
      KIND,
      { ...profile, metadata: { ...metadata, resourceVersion } },
      { signal },
    );
  }

  /** Whole reports by name. One that was deleted meanwhile leaves a gap in its series, as it should. */
  async #read(batch: readonly ObjectMeta[], signal: AbortSignal) {
    const reports = new Map<string, ContainerProfile>();
    await inLanes(batch, async (metadata) => {
      const report = await this.#parts.store.get(KIND, metadata, { signal });
      if (report?.metadata.uid === metadata.uid && report) reports.set(metadata.name, report);
    });
    return reports;
  }

  #rows({ rows }: Bookkeeping, reports: readonly ContainerProfile[]): readonly TimeSeriesRow[] {
    const all = new Map(rows.map((row) => [rowId(row), row]));
    for (const { metadata } of reports) {
      const row = rowOf(metadata);
      all.set(rowId(row), rowAfterRepeat(all.get(rowId(row)), row));
    }
    return [...all.values()];
  }
}

interface Batch {
  readonly key: ObjectKey;
  readonly stored: ContainerProfile | undefined;
  readonly batch: readonly ObjectMeta[];
}

interface Write {
  readonly key: ObjectKey;
  readonly stored: ContainerProfile | undefined;
  readonly profile: ContainerProfile | undefined;
  readonly book: Bookkeeping;
}

/** One at least, if empty: there may be runs to give up. */
function batchesOf(reports: readonly ObjectMeta[]): readonly (readonly ObjectMeta[])[] {
  const count = Math.max(1, Math.ceil(reports.length / BATCH));
  return Array.from({ length: count }, (_, at) => reports.slice(at * BATCH, (at + 1) * BATCH));
}

function splitBy<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly T[][] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** A stored profile that takes no more reports; what it has stays. */
function tooLarge(profile: ContainerProfile): ContainerProfile {
  const annotations = { ...profile.metadata.annotations, [ANNOTATION.status]: 'too-large' };
  return { ...profile, metadata: { ...profile.metadata, annotations } };
}

/** With the labels and annotations of what did not fit. */
function emptyProfile({ namespace, name }: ObjectKey, full: ContainerProfile): ContainerProfile {
  const { labels = {}, annotations = {} } = full.metadata;
  const metadata = { name, namespace, labels, annotations };
  return { apiVersion: PROFILE_API_VERSION, kind: KIND, metadata, spec: {} };
}

const STRENGTH = ['unchanged', 'updated', 'completed'] as const;

function stronger(a: ConsolidationResult, b: ConsolidationResult): ConsolidationResult {
  return STRENGTH.indexOf(a) > STRENGTH.indexOf(b) ? a : b;
}

function byAge(a: ObjectMeta, b: ObjectMeta): number {
  const ages = [a.creationTimestamp ?? '', b.creationTimestamp ?? ''] as const;
  return ages[0].localeCompare(ages[1]) || a.name.localeCompare(b.name);
}

function sameRows(a: readonly TimeSeriesRow[], b: readonly TimeSeriesRow[]): boolean {
  const text = (rows: readonly TimeSeriesRow[]) =>
    JSON.stringify(rows.map((row) => Object.entries(row).sort()));
  return text(a) === text(b);
}

function rowId({ seriesId, suffix }: TimeSeriesRow): string {
  return `${seriesId}\u0000${suffix}`;
}
