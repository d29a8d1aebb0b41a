import { isClosed } from '#consolidation/learning-state.js';
import { refuseWhenClosed } from '#consolidation/report-refusal.js';
import { isSameJson } from '#consolidation/same-json.js';
import {
  isReport,
  profileKeyOf,
  reportKeyOf,
  rowAfterRepeat,
  rowOf,
  type TimeSeriesRow,
} from '#consolidation/time-series-row.js';
import { isImmutable, label, updatedMetadata } from '#consolidation/update-rules.js';
import { AgentError } from '#model/agent-error.js';
import type { FullMeta } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { Random } from '#runtime/random.js';
import type { AggregateWrites } from './aggregate-writes.ts';
import type { ChangeJournal } from './change-journal.ts';
import { generatedName } from './generated-name.ts';
import { checkObject, stamped } from './object-rules.ts';
import type {
  Deletion,
  KubernetesObject,
  Preconditions,
  StoredKind,
  StoredRow,
} from './object-store.ts';
import { bodyBytes, metadataOf, metadataText, objectOf } from './object-text.ts';
import type { ProfileTables } from './profile-tables.ts';
import { isSameBody } from './same-body.ts';
import type { Stamps } from './stamp.ts';

/** What the writes need. */
export interface WriteSources {
  readonly tables: ProfileTables;
  readonly journal: ChangeJournal;
  readonly aggregates: AggregateWrites;
  readonly stamps: Stamps;
  readonly random: Random;
}

/**
 * Every write that comes through a door of the store, whichever: the same checks, the same rules, the
 * same consequences for time series. Each method belongs within a transaction of the journal.
 */
export class ObjectWrites {
  readonly #tables: ProfileTables;
  readonly #journal: ChangeJournal;
  readonly #aggregates: AggregateWrites;
  readonly #stamps: Stamps;
  readonly #random: Random;

  constructor({ tables, journal, aggregates, stamps, random }: WriteSources) {
    this.#tables = tables;
    this.#journal = journal;
    this.#aggregates = aggregates;
    this.#stamps = stamps;
    this.#random = random;
  }

  /** As `ObjectStore.create`. */
  create(kind: StoredKind, given: KubernetesObject): StoredRow {
    const object = this.#named(kind, given);
    checkObject(kind, object);
    const { metadata } = object;
    const report = isReport(kind, metadata) ? rowOf(metadata) : undefined;
    if (this.#tables.objects.roleOf(kind, metadata) !== undefined) {
      throw new AgentError('conflict', `${label(kind, metadata)} exists already`);
    }
    if (report !== undefined) refuseWhenClosed(this.#profileOf(report), report);
    const row = this.#journal.put({
      type: 'added',
      kind,
      object: { ...object, metadata: stamped(metadata, this.#stamps.next()) },
      role: report === undefined ? 'plain' : 'report',
    });
    if (report !== undefined) this.#enter(report);
    return row;
  }

  /** As `ObjectStore.change`; the stored object is made when it is asked for. */
  change(
    kind: StoredKind,
    key: ObjectKey,
    change: (stored: () => KubernetesObject) => KubernetesObject,
  ): StoredRow {
    const stored = this.#tables.objects.row(kind, key, true);
    if (stored === undefined) throw notFound(kind, key);
    const given = change(() => objectOf(kind, stored));
    if (given.metadata.name !== key.name || given.metadata.namespace !== key.namespace) {
      throw new AgentError(
        'invalid',
        `${label(kind, key)}: metadata.name: the name of an object stays`,
      );
    }
    checkObject(kind, given);
    const before = metadataOf(stored);
    const metadata = updatedMetadata(kind, before, given.metadata);
    const body = isImmutable(before) ? objectOf(kind, stored) : given;
    return this.#replace({ kind, stored, before }, { ...body, metadata });
  }

  /** As `ObjectStore.delete`. */
  delete(kind: StoredKind, key: ObjectKey, preconditions: Preconditions = {}): Deletion {
    const role = this.#tables.objects.roleOf(kind, key);
    if (role === undefined) throw notFound(kind, key);
    const stored = this.#unlessDamaged(kind, key);
    const metadata = stored && metadataOf(stored);
    refuseUnless(preconditions, metadata, label(kind, key));
    if (stored !== undefined && metadata?.finalizers?.length) {
      return { row: this.#mark(kind, stored), isGone: false };
    }
    if (kind === 'ContainerProfile') this.#deleteSeries(key, role === 'report');
    const row = this.#journal.remove(kind, key);
    if (row === undefined) throw notFound(kind, key);
    if (kind === 'ContainerProfile') this.#aggregates.left(key);
    return { row, isGone: true };
  }

  /** Removes the reports that these rows have. */
  deleteReports(rows: readonly TimeSeriesRow[]): void {
    for (const row of rows) {
      if (row.hasData) this.#journal.remove('ContainerProfile', reportKeyOf(row));
    }
  }

  #replace(
    { kind, stored, before }: { kind: StoredKind; stored: StoredRow; before: FullMeta },
    object: KubernetesObject,
  ): StoredRow {
    const body = bodyBytes(object);
    const isBodySame = stored.body !== undefined && isSameBody(body, stored.body);
    if (isBodySame && isSameJson(metadataText(object.metadata), stored.metadata)) return stored;
    const { generation: _generation, ...others } = object.metadata;
    const generation = isBodySame ? before.generation : (before.generation ?? 1) + 1;
    const metadata = generation === undefined ? others : { ...others, generation };
    const entry = {
      type: 'modified',
      kind,
      object: { ...object, metadata },
      role: 'plain',
    } as const;
    const row = this.#journal.put({ ...entry, body });
    if (kind === 'ContainerProfile') this.#profileChanged(row, object.metadata);
    const isDone = metadata.deletionTimestamp !== undefined && !metadata.finalizers?.length;
    return isDone ? this.delete(kind, row).row : row;
  }

  /** A profile that takes no more reports, such as one that a person took over, needs no lists. */
  #profileChanged(row: StoredRow, metadata: FullMeta): void {
    this.#aggregates.changed(row);
    if (isClosed(metadata)) this.#tables.imageFiles?.forget(row);
  }

  /** Gives a name to an object that leaves it to the store. */
  #named(kind: StoredKind, object: KubernetesObject): KubernetesObject {
    const { metadata } = object;
    if (metadata.name || !metadata.generateName) return object;
    const isTaken = (name: string) =>
      this.#tables.objects.roleOf(kind, { namespace: metadata.namespace, name }) !== undefined;
    const name = generatedName(metadata.generateName, this.#random, isTaken);
    return { ...object, metadata: { ...metadata, name } };
  }

  #mark(kind: StoredKind, stored: StoredRow): StoredRow {
    const metadata = metadataOf(stored);
    if (metadata.deletionTimestamp !== undefined) return stored;
    const marked = {
      ...metadata,
      generation: (metadata.generation ?? 1) + 1,
      deletionTimestamp: this.#stamps.now(),
      deletionGracePeriodSeconds: 0,
    };
    const object = { ...objectOf(kind, stored), metadata: marked };
    const role = this.#tables.objects.roleOf(kind, stored) ?? 'plain';
    return this.#journal.put({ type: 'modified', kind, object, role });
  }

  #profileOf(report: TimeSeriesRow): FullMeta | undefined {
    const row = this.#tables.objects.row('ContainerProfile', profileKeyOf(report), false);
    return row && metadataOf(row);
  }

  #enter(report: TimeSeriesRow): void {
    const { series } = this.#tables;
    const existing = series.row(profileKeyOf(report), report.seriesId, report.suffix);
    series.put(rowAfterRepeat(existing, report));
  }

  /** Without a report its series has a gap; without a profile its series have no use. */
  #deleteSeries(key: ObjectKey, isReportKey: boolean): void {
    const { series } = this.#tables;
    if (!isReportKey) {
      this.deleteReports(series.rows(key));
      series.removeAll(key);
      this.#tables.imageFiles?.forget(key);
      return;
    }
    const cut = key.name.lastIndexOf('-');
    const profile = { namespace: key.namespace, name: key.name.slice(0, cut) };
    const suffix = key.name.slice(cut + 1);
    const rows = series.rows(profile).filter((row) => row.suffix === suffix && row.hasData);
    for (const row of rows) series.remove(row);
  }

  /** What cannot be read can still be deleted. */
  #unlessDamaged(kind: StoredKind, key: ObjectKey): StoredRow | undefined {
    try {
      return this.#tables.objects.row(kind, key, true);
    } catch (reason) {
      if (AgentError.from(reason).code !== 'internal') throw reason;
      return undefined;
    }
  }
}

function refuseUnless(
  { uid, resourceVersion }: Preconditions,
  stored: FullMeta | undefined,
  what: string,
): void {
  for (const [field, expected, found] of [
    ['uid', uid, stored?.uid],
    ['version', resourceVersion, stored?.resourceVersion],
  ] as const) {
    if (expected === undefined || expected === found) continue;
    throw new AgentError('conflict', `${what}: ${field} ${expected} is not the stored ${found}`);
  }
}

function notFound(kind: StoredKind, key: ObjectKey): AgentError {
  return new AgentError('not-found', `${label(kind, key)} not found`);
}
