import {
  type Expiry,
  isExpired,
  profileKeyOf,
  type TimeSeriesRow,
} from '#consolidation/time-series-row.js';
import type { ObjectKey } from '#model/profile-store.js';
import { byKey } from './key-order.ts';
import { MemoryMap, type UndoSteps } from './memory-map.ts';
import type { SeriesTables } from './series-tables.ts';

/** Time series in plain maps. */
export class MemorySeries implements SeriesTables {
  readonly #undo: UndoSteps;
  /** By profile, then by series and suffix. A profile that had rows once stays. */
  readonly #rows = new Map<string, MemoryMap<string, TimeSeriesRow>>();
  /** Workloads by their profiles. */
  readonly #workloads: MemoryMap<string, ObjectKey & { readonly workload: string }>;

  constructor(undo: UndoSteps) {
    this.#undo = undo;
    this.#workloads = new MemoryMap(undo);
  }

  rows(profile: ObjectKey): readonly TimeSeriesRow[] {
    return [...(this.#rows.get(keyId(profile))?.values() ?? [])];
  }

  row(profile: ObjectKey, seriesId: string, suffix: string): TimeSeriesRow | undefined {
    return this.#rows.get(keyId(profile))?.get(rowId({ seriesId, suffix }));
  }

  put(row: TimeSeriesRow): void {
    const id = keyId(profileKeyOf(row));
    const rows = this.#rows.get(id) ?? new MemoryMap(this.#undo);
    this.#rows.set(id, rows);
    rows.set(rowId(row), { ...row });
  }

  remove(row: TimeSeriesRow): void {
    this.#rows.get(keyId(profileKeyOf(row)))?.delete(rowId(row));
  }

  removeAll(profile: ObjectKey): void {
    for (const row of this.rows(profile)) this.remove(row);
  }

  pendingProfiles(expiry: Expiry): readonly ObjectKey[] {
    const isPending = (row: TimeSeriesRow) => row.hasData || isExpired(row, expiry);
    return [...this.#rows.values()]
      .map((rows) => [...rows.values()].find(isPending))
      .filter((row) => row !== undefined)
      .map(profileKeyOf)
      .sort(byKey);
  }

  members({ namespace, name }: ObjectKey): readonly string[] {
    return [...this.#workloads.values()]
      .filter((member) => member.namespace === namespace && member.workload === name)
      .sort(byKey)
      .map((member) => member.name);
  }

  workloadOf(profile: ObjectKey): string | undefined {
    return this.#workloads.get(keyId(profile))?.workload;
  }

  setWorkload({ namespace, name }: ObjectKey, workload: string | undefined): void {
    const id = keyId({ namespace, name });
    if (workload === undefined) this.#workloads.delete(id);
    else this.#workloads.set(id, { namespace, name, workload });
  }

  takeOutdated(): boolean {
    return false;
  }

  /** All rows of all profiles, and those among them that have data. */
  counts(): { readonly rows: number; readonly reports: number } {
    const rows = [...this.#rows.values()].flatMap((ofProfile) => [...ofProfile.values()]);
    return { rows: rows.length, reports: rows.filter((row) => row.hasData).length };
  }
}

// Names and namespaces have no slash (see object-rules.ts), so this is unambiguous.
function keyId({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

function rowId({ suffix, seriesId }: Pick<TimeSeriesRow, 'suffix' | 'seriesId'>): string {
  return `${suffix}/${seriesId}`;
}
