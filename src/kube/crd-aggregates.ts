import { isDeepStrictEqual } from 'node:util';
import { aggregateOf, type WorkloadAggregate } from '#consolidation/workload-aggregate.js';
import { AgentError } from '#model/agent-error.js';
import type { ContainerProfile, ObjectMeta } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { Logger } from '#runtime/log.js';
import type { ApiClient, JsonObject } from './api-client.ts';
import { CurrentError } from './current-error.ts';
import type { KubeProfileStore } from './kube-profile-store.ts';
import { idOf } from './profile-id.ts';
import { objectPath } from './profile-path.ts';

const KINDS = ['ApplicationProfile', 'NetworkNeighborhood'] as const;
type Kind = (typeof KINDS)[number];

/** Marks what was made of the profiles of containers. Whoever takes it away keeps the object. */
const MARK = 'hullwatch.io/aggregate';
/** The name under which an API server notes what we write: our user agent. */
const OURSELVES = 'hullwatch';

/** What it works with. */
export interface CrdAggregatesParts {
  readonly client: Pick<ApiClient, 'get' | 'delete'>;
  readonly store: Pick<KubeProfileStore, 'get' | 'create' | 'update'>;
  readonly log: Logger;
  /** Asked right before each write; throws `aborted` when nothing may be written. */
  readonly checkMayWrite: () => void;
  readonly membersOf: (workload: ObjectKey, signal: AbortSignal) => Promise<readonly ObjectKey[]>;
}

/**
 * Keeps the profiles of workloads up to date with those of their containers, on a server that only stores. Every
 * write is bound to the version that was read. What a person wrote or changed is left alone.
 */
export class CrdAggregates {
  readonly #parts: CrdAggregatesParts;
  readonly #trouble: CurrentError;
  readonly #behind = new Map<string, ObjectKey>();

  constructor(parts: CrdAggregatesParts) {
    this.#parts = parts;
    this.#trouble = new CurrentError(parts.log, 'profiles of a workload not written');
  }

  /** The profiles of this workload are to be made anew with the next {@link catchUp}. */
  fellBehind(workload: ObjectKey): void {
    this.#behind.set(idOf(workload), workload);
  }

  /** Makes those anew that fell behind. Rejects with `aborted` only. */
  async catchUp(signal: AbortSignal): Promise<void> {
    for (const workload of [...this.#behind.values()]) await this.refresh(workload, signal);
  }

  /**
   * Writes what the containers' profiles tell of the workload; `written` is one of them that was just stored. A failure that
   * may pass leaves it behind. Rejects with `aborted` only.
   */
  async refresh(
    workload: ObjectKey,
    signal: AbortSignal,
    written?: ContainerProfile,
  ): Promise<void> {
    this.fellBehind(workload);
    try {
      const members = await this.#members(workload, signal, written);
      const made = members.length === 0 ? undefined : aggregateOf(workload, members);
      for (const kind of KINDS) await this.#keep(kind, { workload, made }, signal);
      this.#trouble.passed();
      this.#behind.delete(idOf(workload));
    } catch (reason) {
      const error = AgentError.from(reason);
      if (error.code === 'aborted') throw error;
      this.#trouble.failed(error, { ...workload });
      if (!error.isRetried) this.#behind.delete(idOf(workload));
    }
  }

  async #members(workload: ObjectKey, signal: AbortSignal, written: ContainerProfile | undefined) {
    const keys = await this.#parts.membersOf(workload, signal);
    const members = written === undefined ? [] : [written];
    for (const key of keys) {
      if (written && idOf(written.metadata) === idOf(key)) continue;
      const member = await this.#parts.store.get('ContainerProfile', key, { signal });
      if (member) members.push(member);
    }
    return members;
  }

  async #keep(
    kind: Kind,
    { workload, made }: Readonly<{ workload: ObjectKey; made: WorkloadAggregate | undefined }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, checkMayWrite } = this.#parts;
    const stored = await this.#stored(kind, workload, signal);
    if (stored && !isOurs(stored)) return;
    if (made) return this.#put(kind, { made, stored }, signal);
    if (stored === undefined) return;
    const { uid, resourceVersion } = metaOf(stored);
    const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
    checkMayWrite();
    await client.delete(objectPath(kind, workload), { signal, preconditions });
  }

  async #put(
    kind: Kind,
    { made, stored }: Readonly<{ made: WorkloadAggregate; stored: JsonObject | undefined }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, checkMayWrite } = this.#parts;
    const before = stored && metaOf(stored);
    const metadata = withMark(made[kind].metadata, before);
    const next = { ...made[kind], metadata };
    if (stored && isSame(next, stored)) return;
    checkMayWrite();
    if (before === undefined) {
      await store.create(kind, next, { signal });
      return;
    }
    const { resourceVersion = '' } = before;
    await store.update(kind, { ...next, metadata: { ...metadata, resourceVersion } }, { signal });
  }

  async #stored(
    kind: Kind,
    workload: ObjectKey,
    signal: AbortSignal,
  ): Promise<JsonObject | undefined> {
    try {
      // Not through the store: it leaves out who wrote what.
      return await this.#parts.client.get(objectPath(kind, workload), { signal });
    } catch (reason) {
      if (AgentError.from(reason).code === 'not-found') return undefined;
      throw reason;
    }
  }
}

/** Marked as ours, and nobody else has written any of its content. */
function isOurs(object: JsonObject): boolean {
  const { annotations, managedFields } = metaOf(object) as ObjectMeta & {
    readonly managedFields?: unknown;
  };
  if (annotations?.[MARK] !== 'true') return false;
  const writers: readonly unknown[] = Array.isArray(managedFields) ? managedFields : [];
  return writers.every((writer) => {
    const { manager, fieldsV1 } = Object(writer) as Readonly<Record<string, unknown>>;
    return manager === OURSELVES || !Object.hasOwn(Object(fieldsV1), 'f:spec');
  });
}

/** Labels and annotations that others added stay. */
function withMark(metadata: ObjectMeta, before: ObjectMeta | undefined): ObjectMeta {
  return {
    ...metadata,
    labels: { ...before?.labels, ...metadata.labels },
    annotations: { ...before?.annotations, ...metadata.annotations, [MARK]: 'true' },
  };
}

function isSame(
  next: { readonly metadata: ObjectMeta; readonly spec: unknown },
  stored: JsonObject,
) {
  const { labels = {}, annotations = {} } = metaOf(stored);
  const before = { labels, annotations, spec: stored['spec'] };
  const { metadata, spec } = next;
  const { labels: nextLabels, annotations: nextAnnotations } = metadata;
  const after = { labels: nextLabels, annotations: nextAnnotations, spec };
  return isDeepStrictEqual(before, JSON.parse(JSON.stringify(after)));
}

function metaOf(object: JsonObject): ObjectMeta {
  return Object(object['metadata']) as ObjectMeta;
}
