import { AgentError } from '#model/agent-error.js';
import {
  type ObjectMeta,
  PROFILE_KINDS,
  type ProfileKind,
  type ProfileKinds,
} from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { Change, ChangeQuery, HistoryRange } from './change-tables.ts';
import { MemoryChanges } from './memory-changes.ts';
import type { ProfileTables, TableCounts } from './profile-tables.ts';
import { reportTimeMs } from './report-timestamp.ts';
import { isReport, profileKeyOf, type TimeSeriesRow } from './time-series-row.ts';

interface MemoryRecord {
  readonly key: ObjectKey;
  /** JSON: copies are made by writing and reading it, as SQLite's tables do. */
  readonly metadata: string;
  readonly body: string;
  readonly isReport: boolean;
}

/** Tables in plain maps. They live as long as the process and grow with what is stored. */
export class MemoryTables implements ProfileTables {
  #resourceVersion = 0;
  readonly #changes = new MemoryChanges();
  readonly #objects = new Map<string, MemoryRecord>();
  /** By profile, then by series and suffix. */
  readonly #rows = new Map<string, Map<string, TimeSeriesRow>>();

  read<T>(work: () => T): T {
    try {
      return work();
    } catch (reason) {
      throw AgentError.from(reason);
    }
  }

  /** Rules decide before they write, and writing to a map does not fail: there is nothing to undo. */
  write<T>(work: () => T): T {
    return this.read(work);
  }

  nextResourceVersion(): string {
    this.#resourceVersion += 1;
    return String(this.#resourceVersion);
  }

  history(): HistoryRange {
    return { forgotten: this.#changes.forgotten, last: this.#resourceVersion };
  }

  putChange(change: Change): void {
    this.#changes.put(change);
  }

  changes(query: ChangeQuery): readonly Change[] {
    return this.#changes.read(query);
  }

  forgetChanges(upTo: number): void {
    this.#changes.forget(upTo);
  }

  foreignWrites(): undefined {}

  object<K extends ProfileKind>(kind: K, key: ObjectKey): ProfileKinds[K] | undefined {
    const record = this.#objects.get(objectId(kind, key));
    if (record === undefined) return undefined;
    const { apiVersion, ...body } = JSON.parse(record.body);
    return { apiVersion, kind, metadata: JSON.parse(record.metadata), ...body };
  }

  metadata(kind: ProfileKind, key: ObjectKey): ObjectMeta | undefined {
    const record = this.#objects.get(objectId(kind, key));
    return record && JSON.parse(record.metadata);
  }

  metadataOf(kind: ProfileKind, namespace: string | undefined): readonly ObjectMeta[] {
    return [...this.#recordsOf(kind)]
      .filter((record) => namespace === undefined || record.key.namespace === namespace)
      .sort((a, b) => byKey(a.key, b.key))
      .map((record) => JSON.parse(record.metadata));
  }

  putObject(object: ProfileKinds[ProfileKind]): void {
    const { metadata, kind, ...body } = object;
    const { namespace, name } = metadata;
    this.#objects.set(objectId(kind, metadata), {
      key: { namespace, name },
      metadata: JSON.stringify(metadata),
      body: JSON.stringify(body),
      isReport: isReport(kind, metadata),
    });
  }

  deleteObject(kind: ProfileKind, key: ObjectKey): void {
    this.#objects.delete(objectId(kind, key));
  }

  rows(profile: ObjectKey): readonly TimeSeriesRow[] {
    return [...(this.#rows.get(keyId(profile))?.values() ?? [])];
  }

  putRow(row: TimeSeriesRow): void {
    const id = keyId(profileKeyOf(row));
    const rows = this.#rows.get(id) ?? new Map<string, TimeSeriesRow>();
    rows.set(rowId(row), { ...row });
    this.#rows.set(id, rows);
  }

  deleteRow(row: TimeSeriesRow): void {
    const id = keyId(profileKeyOf(row));
    const rows = this.#rows.get(id);
    rows?.delete(rowId(row));
    if (rows?.size === 0) this.#rows.delete(id);
  }

  deleteRows(profile: ObjectKey): void {
    this.#rows.delete(keyId(profile));
  }

  pendingProfiles(expiredBeforeMs: number | undefined): readonly ObjectKey[] {
    const isPending = (row: TimeSeriesRow) =>
      row.hasData ||
      (expiredBeforeMs !== undefined && (reportTimeMs(row.reportTimestamp) ?? 0) < expiredBeforeMs);
    return [...this.#rows.values()]
      .map((rows) => [...rows.values()].find(isPending))
      .filter((row) => row !== undefined)
      .map(profileKeyOf)
      .sort(byKey);
  }

  counts(): TableCounts {
    const count = (kind: ProfileKind) =>
      this.#recordsOf(kind).filter((record) => !record.isReport).length;
    const rows = [...this.#rows.values()].flatMap((ofProfile) => [...ofProfile.values()]);
    return {
      objects: Object.fromEntries(PROFILE_KINDS.map((kind) => [kind, count(kind)])) as Record<
        ProfileKind,
        number
      >,
      reports: rows.filter((row) => row.hasData).length,
      rows: rows.length,
    };
  }

  #recordsOf(kind: ProfileKind): readonly MemoryRecord[] {
    const prefix = `${kind}/`;
    return [...this.#objects.entries()]
      .filter(([id]) => id.startsWith(prefix))
      .map(([, record]) => record);
  }
}

// Names and namespaces have no slash (see object-rules.ts), so these are unambiguous.
function objectId(kind: ProfileKind, key: ObjectKey): string {
  return `${kind}/${keyId(key)}`;
}

function keyId({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

function rowId(row: TimeSeriesRow): string {
  return `${row.suffix}/${row.seriesId}`;
}

function byKey(a: ObjectKey, b: ObjectKey): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}
