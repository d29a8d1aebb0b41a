import type { Expiry } from '#consolidation/time-series-row.js';
import { AgentError } from '#model/agent-error.js';
import type { ObjectMeta } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ApiClient } from './api-client.ts';
import type { KubeProfileStore } from './kube-profile-store.ts';
import { inLanes } from './lanes.ts';
import { idOf } from './profile-id.ts';
import { collectionPath, objectPath } from './profile-path.ts';
import { Reflector, type ReflectorState } from './reflector.ts';
import { newReflectorCounters } from './reflector-counters.ts';
import { ReportIndex, type SeenProfile } from './report-index.ts';

const KIND = 'ContainerProfile';

/** What it works with. */
export interface StoredReportsParts {
  readonly client: Pick<ApiClient, 'delete' | 'list' | 'watch'>;
  readonly store: Pick<KubeProfileStore, 'list'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Which reports a server has that only stores. While they are followed, nothing is asked for what is known; otherwise
 * each question is a list of metadata.
 */
export class StoredReports {
  /** Of all times that they were followed. */
  readonly counters = newReflectorCounters();
  readonly #parts: StoredReportsParts;
  #followed:
    | { readonly index: ReportIndex; readonly reflector: Reflector<SeenProfile> }
    | undefined;
  /** As the last list of {@link pending} found them: used once for each profile. */
  #found: ReportIndex | undefined;
  #used = new Set<string>();
  readonly #left = new Map<string, ObjectKey>();

  constructor(parts: StoredReportsParts) {
    this.#parts = parts;
  }

  /** How well they are followed; undefined while they are not. */
  get state(): ReflectorState | undefined {
    return this.#followed?.reflector.state;
  }

  /** Follows them until `signal` aborts. Never rejects. Not to be called twice at a time. */
  async follow({ signal, random }: Readonly<{ signal: AbortSignal; random: Random }>) {
    const { client, clock, log } = this.#parts;
    const index = this.#newIndex();
    const reflector = new Reflector<SeenProfile>({
      ...{ client, clock, random, log, counters: this.counters },
      path: collectionPath(KIND),
      metadataOnly: true,
      streamingList: true,
      parse: index.parse,
      onReplace: (items) => index.replace(items),
      onEvent: (event) => index.apply(event),
    });
    this.#followed = { index, reflector };
    await reflector.run({ signal });
    this.#followed = undefined;
    this.counters.items = 0;
  }

  /** Profiles with reports, or with a run of reports that has expired, by namespace and name. */
  async pending({
    signal,
    ...expiry
  }: Expiry & { readonly signal: AbortSignal }): Promise<readonly ObjectKey[]> {
    this.#found = undefined;
    this.#used = new Set();
    const live = this.#live;
    if (live) return live.pending(expiry);
    const listed = await this.#list({ signal });
    this.#found = listed;
    return listed.pending(expiry);
  }

  /** The reports of a profile that are stored now, or were when it was last asked what is pending. */
  async reportsOf(key: ObjectKey, signal: AbortSignal): Promise<readonly ObjectMeta[]> {
    const live = this.#live;
    if (live) return live.reportsOf(key);
    const found = this.#used.has(idOf(key)) ? [] : (this.#found?.reportsOf(key) ?? []);
    this.#used.add(idOf(key));
    return found.length > 0 ? found : this.listed(key, signal);
  }

  /** The reports of a profile that are stored now. */
  async listed(key: ObjectKey, signal: AbortSignal): Promise<readonly ObjectMeta[]> {
    return (await this.#list({ signal, namespace: key.namespace })).reportsOf(key);
  }

  /** The profiles of the containers of a workload. */
  async membersOf(workload: ObjectKey, signal: AbortSignal): Promise<readonly ObjectKey[]> {
    const { namespace } = workload;
    return (this.#live ?? (await this.#list({ signal, namespace }))).membersOf(workload);
  }

  /** Workloads that lost a profile since this was last asked, as far as they were followed. */
  takeLeft(): readonly ObjectKey[] {
    const left = [...this.#left.values()];
    this.#left.clear();
    return left;
  }

  /** Deletes these very objects; what is gone already, or was made anew, is left alone. */
  async delete(
    reports: readonly ObjectMeta[],
    { signal, checkMayWrite }: Readonly<{ signal: AbortSignal; checkMayWrite?: () => void }>,
  ): Promise<void> {
    await inLanes(reports, async (report) => {
      const { uid } = report;
      const preconditions = uid === undefined ? undefined : { uid };
      const options = { signal, ...(preconditions && { preconditions }) };
      checkMayWrite?.();
      try {
        await this.#parts.client.delete(objectPath(KIND, report), options);
      } catch (reason) {
        const { code } = AgentError.from(reason);
        if (code !== 'not-found' && code !== 'conflict') throw reason;
      }
    });
  }

  /** Undefined when what is known may be old. */
  get #live(): ReportIndex | undefined {
    const { isSynced = false, error } = this.state ?? {};
    return isSynced && error === undefined ? this.#followed?.index : undefined;
  }

  async #list(
    options: Readonly<{ signal: AbortSignal; namespace?: string }>,
  ): Promise<ReportIndex> {
    const { items } = await this.#parts.store.list(KIND, options);
    const index = this.#newIndex();
    index.replace(items.map((metadata) => index.seen(metadata)));
    return index;
  }

  #newIndex(): ReportIndex {
    const onLeft = (workload: ObjectKey) => void this.#left.set(idOf(workload), workload);
    return new ReportIndex({ ...this.#parts, onLeft });
  }
}
