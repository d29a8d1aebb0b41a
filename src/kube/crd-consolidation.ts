import { AgentError } from '#model/agent-error.js';
import { ANNOTATION } from '#model/annotations.js';
import { type ContainerProfile, type ObjectMeta, PROFILE_API_VERSION } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { ApiClient } from './api-client.ts';
import {
  type Bookkeeping,
  bookkeepingOf,
  isReport,
  withBookkeeping,
  withoutBookkeeping,
} from './crd-bookkeeping.ts';
import type { KubeProfileStore } from './kube-profile-store.ts';
import { objectPath } from './profile-path.ts';
import type { MergeOutcome, ProfileRules, ReportRow } from './profile-rules.ts';

const KIND = 'ContainerProfile';
/** Reports merged by one write: their bodies are in memory together, and their UIDs in one annotation. */
const BATCH = 64;
/** Calls under way at a time. */
const LANES = 8;
/** Times that a pass begins anew when another writer came between. */
const TRIES = 3;

/** How reports are merged; as `ConsolidationOptions` of the embedded store. */
export interface MergeOptions {
  readonly signal: AbortSignal;
  /** Runs of reports that ended before this moment are given up. Absent: none. */
  readonly expiredBeforeMs?: number | undefined;
}

/** What it works with. */
export interface CrdConsolidationParts {
  readonly client: Pick<ApiClient, 'delete'>;
  readonly store: Pick<KubeProfileStore, 'get' | 'list' | 'create' | 'update'>;
  readonly rules: ProfileRules;
  readonly log: Logger;
}

/**
 * Merges reports into profiles on a server that only stores. Every write is bound to the version that was read,
 * and the profile says which reports went into it before they are deleted: whenever it ends half-way, or
 * two do it at once, no report is lost and none is merged twice.
 */
export class CrdConsolidation {
  readonly #parts: CrdConsolidationParts;
  /** Reports by profile, as the last {@link pendingProfiles} found them: each is used once. */
  #found = new Map<string, readonly ObjectMeta[]>();

  constructor(parts: CrdConsolidationParts) {
    this.#parts = parts;
  }

  /** Profiles with reports to merge or runs to give up, by namespace and name. One list of metadata. */
  async pendingProfiles({ signal, expiredBeforeMs }: MergeOptions): Promise<readonly ObjectKey[]> {
    const { items } = await this.#parts.store.list(KIND, { signal });
    const reports = this.#byProfile(items);
    this.#found = new Map(reports);
    for (const metadata of items) {
      const { rows } = bookkeepingOf(metadata);
      const isDue = rows.some((row) => this.#isExpired(row, expiredBeforeMs));
      if (isDue && !reports.has(idOf(metadata))) reports.set(idOf(metadata), []);
    }
    return [...reports.keys()].sort().map(keyOfId);
  }

  /** Merges all reports of one profile. Rejects with `conflict` when others write it all the time. */
  async consolidateProfile(key: ObjectKey, options: MergeOptions): Promise<MergeOutcome['result']> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#consolidate(key, await this.reportsOf(key, options), options);
      } catch (reason) {
        if (AgentError.from(reason).code !== 'conflict' || tries === TRIES) throw reason;
      }
    }
  }

  /** The reports of a profile that are stored now, or were when it was last asked what is pending. */
  async reportsOf(
    key: ObjectKey,
    { signal }: Pick<MergeOptions, 'signal'>,
  ): Promise<readonly ObjectMeta[]> {
    const found = this.#found.get(idOf(key));
    this.#found.delete(idOf(key));
    if (found !== undefined) return found;
    const { items } = await this.#parts.store.list(KIND, { signal, namespace: key.namespace });
    return this.#byProfile(items).get(idOf(key)) ?? [];
  }

  /** Deletes these very objects; what is gone already, or was made anew, is left alone. */
  async deleteReports(reports: readonly ObjectMeta[], signal: AbortSignal): Promise<void> {
    await inLanes(reports, async (report) => {
      const { uid } = report;
      const preconditions = uid === undefined ? undefined : { uid };
      const options = { signal, ...(preconditions && { preconditions }) };
      try {
        await this.#parts.client.delete(objectPath(KIND, report), options);
      } catch (reason) {
        const { code } = AgentError.from(reason);
        if (code !== 'not-found' && code !== 'conflict') throw reason;
      }
    });
  }

  async #consolidate(
    key: ObjectKey,
    reports: readonly ObjectMeta[],
    options: MergeOptions,
  ): Promise<MergeOutcome['result']> {
    const { signal } = options;
    let stored = await this.#parts.store.get(KIND, key, { signal });
    const merged = new Set(bookkeepingOf(stored?.metadata).merged);
    const isMerged = ({ uid }: ObjectMeta) => uid !== undefined && merged.has(uid);
    await this.deleteReports(reports.filter(isMerged), signal);
    const left = reports.filter((report) => !isMerged(report)).sort(byAge);
    let result: MergeOutcome['result'] = 'unchanged';
    // Once at least: there may be runs to give up.
    for (let at = 0; at === 0 || at < left.length; at += BATCH) {
      const batch = left.slice(at, at + BATCH);
      const step = await this.#mergeBatch({ key, stored, batch }, options);
      await this.deleteReports(batch, signal);
      stored = step.stored;
      result = stronger(result, step.result);
    }
    return result;
  }

  async #mergeBatch({ key, stored, batch }: Batch, { signal, expiredBeforeMs }: MergeOptions) {
    const { rules } = this.#parts;
    const book = bookkeepingOf(stored?.metadata);
    const reports = await this.#read(batch, signal);
    const outcome = rules.consolidate({
      key,
      profile: stored && { ...stored, metadata: withoutBookkeeping(stored.metadata) },
      rows: this.#rows(book, [...reports.values()]),
      readReport: ({ profileName, suffix }) => reports.get(`${profileName}-${suffix}`),
      expiredBeforeMs,
    });
    const isSame = outcome.profile === undefined && sameRows(outcome.rows, book.rows);
    if (isSame) return { stored, result: outcome.result };
    const next = { rows: outcome.rows, merged: batch.flatMap(({ uid }) => uid ?? []) };
    return this.#write({ key, stored, profile: outcome.profile, book: next }, outcome, signal);
  }

  async #write(write: Write, { result }: Pick<MergeOutcome, 'result'>, signal: AbortSignal) {
    const { key, stored, book } = write;
    const profile = write.profile ?? stored;
    if (profile === undefined) return { stored, result };
    try {
      return { stored: await this.#put({ ...write, profile }, signal), result };
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
      return { stored: kept, result: 'completed' as const };
    }
  }

  #put(
    { stored, profile, book }: Write & { readonly profile: ContainerProfile },
    signal: AbortSignal,
  ) {
    const { store } = this.#parts;
    const metadata = withBookkeeping(profile.metadata, book);
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

  #rows({ rows }: Bookkeeping, reports: readonly ContainerProfile[]): readonly ReportRow[] {
    const all = new Map(rows.map((row) => [rowId(row), row]));
    for (const { metadata } of reports) {
      const row = this.#parts.rules.rowOf(metadata);
      all.set(rowId(row), this.#parts.rules.rowAfterRepeat(all.get(rowId(row)), row));
    }
    return [...all.values()];
  }

  #byProfile(items: readonly ObjectMeta[]): Map<string, readonly ObjectMeta[]> {
    const reports = items.filter((metadata) => isReport(KIND, metadata));
    const known = reports.flatMap((metadata) => {
      const row = this.#rowOrUndefined(metadata);
      return row
        ? [{ id: idOf({ namespace: row.namespace, name: row.profileName }), metadata }]
        : [];
    });
    const groups = [...Map.groupBy(known, ({ id }) => id)];
    return new Map(groups.map(([id, group]) => [id, group.map(({ metadata }) => metadata)]));
  }

  #rowOrUndefined(metadata: ObjectMeta): ReportRow | undefined {
    try {
      return this.#parts.rules.rowOf(metadata);
    } catch (reason) {
      const { namespace, name } = metadata;
      this.#parts.log.debug('report left alone', { namespace, name, ...errorFields(reason) });
      return undefined;
    }
  }

  #isExpired({ reportTimestamp }: ReportRow, expiredBeforeMs: number | undefined): boolean {
    const endMs = this.#parts.rules.reportTimeMs(reportTimestamp);
    return expiredBeforeMs !== undefined && endMs !== undefined && endMs < expiredBeforeMs;
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

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < items.length; at += LANES) {
    await Promise.all(items.slice(at, at + LANES).map(work));
  }
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

function stronger(a: MergeOutcome['result'], b: MergeOutcome['result']): MergeOutcome['result'] {
  return STRENGTH.indexOf(a) > STRENGTH.indexOf(b) ? a : b;
}

function byAge(a: ObjectMeta, b: ObjectMeta): number {
  const ages = [a.creationTimestamp ?? '', b.creationTimestamp ?? ''] as const;
  return ages[0].localeCompare(ages[1]) || a.name.localeCompare(b.name);
}

function sameRows(a: readonly ReportRow[], b: readonly ReportRow[]): boolean {
  const text = (rows: readonly ReportRow[]) =>
    JSON.stringify(rows.map((row) => Object.entries(row).sort()));
  return text(a) === text(b);
}

function rowId({ seriesId, suffix }: ReportRow): string {
  return `${seriesId}\u0000${suffix}`;
}

function idOf({ namespace, name }: ObjectKey): string {
  return `${namespace}\u0000${name}`;
}

function keyOfId(id: string): ObjectKey {
  const [namespace = '', name = ''] = id.split('\u0000');
  return { namespace, name };
}
