import {
  type ExpiringRow,
  type Expiry,
  isExpired,
  isReport,
  rowOf,
} from '#consolidation/time-series-row.js';
import { workloadOf } from '#consolidation/workload-aggregate.js';
import type { ObjectMeta } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { bookkeepingOf } from './crd-bookkeeping.ts';
import { idOf, keyOfId } from './profile-id.ts';
import { metadataOf } from './profile-object.ts';
import type { ReflectorEvent } from './reflector-replica.ts';

/** Every row that can expire at all has, by then. */
const END_OF_TIME: Expiry = {
  expiredBeforeMs: Number.POSITIVE_INFINITY,
  nowMs: Number.POSITIVE_INFINITY,
};

/** What is kept of a ContainerProfile: nothing of its content, and of its bookkeeping what tells of time. */
export interface SeenProfile {
  readonly id: string;
  /** For a report: which profile it is of, and what it takes to read and delete it. */
  readonly report?: { readonly profileId: string; readonly metadata: ObjectMeta };
  /** Id of the workload that the profile is a part of. */
  readonly workloadId?: string;
  /** Its runs of reports that can expire; absent when there are none. */
  readonly expiring?: readonly ExpiringRow[];
}

/** What an index is made with. */
export interface ReportIndexParts {
  readonly log: Logger;
  /** Called when a profile of this workload has gone. */
  readonly onLeft?: (workload: ObjectKey) => void;
}

/** Which reports and profiles a cluster has. It is told by a list or by a `Reflector`. */
export class ReportIndex {
  readonly #parts: ReportIndexParts;
  #seen = new Map<string, SeenProfile>();
  #reports = new Map<string, Map<string, ObjectMeta>>();

  constructor(parts: ReportIndexParts) {
    this.#parts = parts;
  }

  /** For a `Reflector`. Throws `unavailable` when the object has no name or no namespace. */
  readonly parse = (raw: unknown): SeenProfile =>
    this.seen(metadataOf(raw, 'a watch of ContainerProfiles'));

  /** A report that could never be put in order is nobody's. */
  seen(metadata: ObjectMeta): SeenProfile {
    const id = idOf(metadata);
    if (isReport('ContainerProfile', metadata)) return { id, ...this.#reportOf(metadata) };
    const expiring = bookkeepingOf(metadata)
      .rows.filter((row) => isExpired(row, END_OF_TIME))
      .map(({ reportTimestamp, learningPeriodMs, isGivenUp }) => ({
        reportTimestamp,
        learningPeriodMs,
        isGivenUp,
      }));
    const workload = workloadOf(metadata);
    const { namespace } = metadata;
    return {
      id,
      ...(workload !== undefined && { workloadId: idOf({ namespace, name: workload }) }),
      ...(expiring.length > 0 && { expiring }),
    };
  }

  /** Takes all that there is. */
  replace(items: readonly SeenProfile[]): void {
    const before = this.#seen;
    this.#seen = new Map();
    this.#reports = new Map();
    for (const item of items) this.#put(item);
    for (const item of before.values()) if (!this.#seen.has(item.id)) this.#left(item);
  }

  /** Takes one change. */
  apply({ type, item }: ReflectorEvent<SeenProfile>): void {
    const known = this.#seen.get(item.id);
    if (known) this.#remove(known);
    if (type !== 'deleted') this.#put(item);
    else if (known) this.#left(known);
  }

  /** Profiles with reports, or with a run of reports that has expired, by namespace and name. */
  pending(expiry: Expiry): readonly ObjectKey[] {
    const ids = new Set(this.#reports.keys());
    for (const { id, expiring } of this.#seen.values()) {
      if (expiring?.some((row) => isExpired(row, expiry))) ids.add(id);
    }
    return [...ids].sort().map(keyOfId);
  }

  /** The reports of a profile. */
  reportsOf(profile: ObjectKey): readonly ObjectMeta[] {
    return [...(this.#reports.get(idOf(profile))?.values() ?? [])];
  }

  /** The profiles of a workload. */
  membersOf(workload: ObjectKey): readonly ObjectKey[] {
    const wanted = idOf(workload);
    return [...this.#seen.values()]
      .filter(({ workloadId }) => workloadId === wanted)
      .map(({ id }) => keyOfId(id));
  }

  #reportOf(metadata: ObjectMeta): Pick<SeenProfile, 'report'> {
    const { namespace, name, uid, creationTimestamp } = metadata;
    try {
      const row = rowOf(metadata);
      return {
        report: {
          profileId: idOf({ namespace: row.namespace, name: row.profileName }),
          metadata: {
            namespace,
            name,
            ...(uid !== undefined && { uid }),
            ...(creationTimestamp !== undefined && { creationTimestamp }),
          },
        },
      };
    } catch (reason) {
      this.#parts.log.debug('report left alone', { namespace, name, ...errorFields(reason) });
      return {};
    }
  }

  #put(item: SeenProfile): void {
    this.#seen.set(item.id, item);
    if (item.report === undefined) return;
    const { profileId, metadata } = item.report;
    const others = this.#reports.get(profileId) ?? new Map();
    this.#reports.set(profileId, others.set(item.id, metadata));
  }

  #remove({ id, report }: SeenProfile): void {
    this.#seen.delete(id);
    const others = report && this.#reports.get(report.profileId);
    others?.delete(id);
    if (report && others?.size === 0) this.#reports.delete(report.profileId);
  }

  #left({ workloadId }: SeenProfile): void {
    if (workloadId !== undefined) this.#parts.onLeft?.(keyOfId(workloadId));
  }
}
