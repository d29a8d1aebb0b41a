import { isSameJson } from '#consolidation/same-json.js';
import { aggregateOf, workloadOf } from '#consolidation/workload-aggregate.js';
import type { ContainerProfile, FullMeta } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { ChangeJournal } from './change-journal.ts';
import type { KubernetesObject } from './object-store.ts';
import { bodyBytes, metadataOf, objectOf } from './object-text.ts';
import type { ProfileTables } from './profile-tables.ts';
import { isSameBody } from './same-body.ts';
import type { Stamps } from './stamp.ts';

/** What the aggregates need. */
export interface AggregateSources {
  readonly tables: ProfileTables;
  readonly journal: ChangeJournal;
  readonly stamps: Stamps;
}

const KINDS = ['ApplicationProfile', 'NetworkNeighborhood'] as const;

/**
 * Keeps the profiles of workloads up to date with those of their containers. What a person wrote under the
 * name of a workload is left alone. Each method belongs within a transaction of the journal.
 */
export class AggregateWrites {
  readonly #tables: ProfileTables;
  readonly #journal: ChangeJournal;
  readonly #stamps: Stamps;

  constructor({ tables, journal, stamps }: AggregateSources) {
    this.#tables = tables;
    this.#journal = journal;
    this.#stamps = stamps;
  }

  /** To be called when the reports of a profile were merged: it becomes a member of its workload. */
  enter(profile: ContainerProfile): void {
    const { namespace, name } = profile.metadata;
    const workload = workloadOf(profile.metadata);
    const before = this.#tables.series.workloadOf({ namespace, name });
    if (workload !== before) this.#tables.series.setWorkload({ namespace, name }, workload);
    if (before !== undefined && before !== workload) this.#refresh({ namespace, name: before });
    if (workload !== undefined) this.#refresh({ namespace, name: workload });
  }

  /** To be called when a profile was changed by somebody. */
  changed(profile: ObjectKey): void {
    const workload = this.#tables.series.workloadOf(profile);
    if (workload !== undefined) this.#refresh({ namespace: profile.namespace, name: workload });
  }

  /** To be called when a profile was removed. */
  left(profile: ObjectKey): void {
    const workload = this.#tables.series.workloadOf(profile);
    if (workload === undefined) return;
    this.#tables.series.setWorkload(profile, undefined);
    this.#refresh({ namespace: profile.namespace, name: workload });
  }

  #refresh(workload: ObjectKey): void {
    const { namespace } = workload;
    const members = this.#tables.series
      .members(workload)
      .map((name) => this.#profile({ namespace, name }))
      .filter((profile) => profile !== undefined);
    for (const kind of KINDS) {
      const role = this.#tables.objects.roleOf(kind, workload);
      if (role !== undefined && role !== 'aggregate') continue;
      if (members.length === 0) this.#journal.remove(kind, workload);
      else this.#put(kind, aggregateOf(workload, members)[kind] as unknown as KubernetesObject);
    }
  }

  #put(kind: (typeof KINDS)[number], object: KubernetesObject): void {
    const stored = this.#readable(() => this.#tables.objects.row(kind, object.metadata, true));
    const type = this.#tables.objects.roleOf(kind, object.metadata) ? 'modified' : 'added';
    const before = stored && metadataOf(stored);
    const body = bodyBytes(object);
    const isBodySame = stored?.body !== undefined && isSameBody(body, stored.body);
    const generation = isBodySame ? (before?.generation ?? 1) : (before?.generation ?? 0) + 1;
    const metadata = { ...object.metadata, ...this.#own(before), generation };
    const isSame = before !== undefined && isSameMetadata(metadata, before);
    if (isBodySame && isSame) return;
    this.#journal.put({ type, kind, object: { ...object, metadata }, role: 'aggregate', body });
  }

  #own(before: FullMeta | undefined): Partial<FullMeta> {
    if (before?.uid === undefined || before.creationTimestamp === undefined) {
      return this.#stamps.next();
    }
    return { uid: before.uid, creationTimestamp: before.creationTimestamp };
  }

  /** A member that cannot be read is left out, as it is of lists. */
  #profile(key: ObjectKey): ContainerProfile | undefined {
    const row = this.#readable(() => this.#tables.objects.row('ContainerProfile', key, true));
    return row && (objectOf('ContainerProfile', row) as unknown as ContainerProfile);
  }

  #readable<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch {
      return undefined;
    }
  }
}

function isSameMetadata(metadata: FullMeta, before: FullMeta): boolean {
  const { resourceVersion: _version, ...others } = before;
  return isSameJson(JSON.stringify(metadata), JSON.stringify(others));
}
