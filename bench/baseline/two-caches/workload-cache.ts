import { ANNOTATION, USER_MANAGED_PREFIX } from '../../../src/model/annotations.ts';
import type { ObjectMeta } from '../../../src/model/profile.ts';
import { mergedWorkload } from './workload-merge.ts';
import type {
  ListedObject,
  WorkloadKind,
  WorkloadKinds,
  WorkloadObjects,
} from './workload-objects.ts';

/** A workload with containers on this node. */
export interface WorkloadInUse {
  readonly namespace: string;
  readonly name: string;
  /** The value of its pods' label for a user-defined profile, if any. */
  readonly label?: string | undefined;
  /** One of its containers here started under the agent's eyes. */
  readonly isSeenFromStart: boolean;
}

/** What is held about a workload. */
export interface CachedWorkload<K extends WorkloadKind> {
  readonly object: WorkloadKinds[K];
  readonly metadata: ObjectMeta;
  /** Of all that went into the object. */
  readonly version: string;
}

/** The objects of one kind, by workload. */
export class WorkloadCache<K extends WorkloadKind> {
  readonly #kind: K;
  readonly #objects: WorkloadObjects;
  readonly #byWorkload = new Map<string, CachedWorkload<K>>();
  /** What the last list said of each workload, whether it is held or not. */
  readonly #listed = new Map<string, ObjectMeta>();

  constructor(kind: K, objects: WorkloadObjects) {
    this.#kind = kind;
    this.#objects = objects;
  }

  get(namespace: string, workload: string): CachedWorkload<K> | undefined {
    return this.#byWorkload.get(`${namespace}/${workload}`);
  }

  listed(namespace: string, workload: string): ObjectMeta | undefined {
    return this.#listed.get(`${namespace}/${workload}`);
  }

  drop(namespace: string, workload: string): void {
    this.#byWorkload.delete(`${namespace}/${workload}`);
    this.#listed.delete(`${namespace}/${workload}`);
  }

  /** Lists the namespace and reads what changed of the workloads in use. */
  async update(
    namespace: string,
    workloads: readonly WorkloadInUse[],
    signal: AbortSignal,
  ): Promise<void> {
    const listed = await this.#objects.list(this.#kind, namespace, { signal });
    const byName = new Map(listed.map((object) => [object.metadata.name, object]));
    for (const workload of workloads) await this.#updateOne(workload, byName, signal);
  }

  async #updateOne(
    workload: WorkloadInUse,
    byName: ReadonlyMap<string, ListedObject>,
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace, name, label } = workload;
    const key = `${namespace}/${name}`;
    const defined = label === undefined ? undefined : byName.get(label);
    const base = defined ?? byName.get(name);
    if (base === undefined) {
      this.drop(namespace, name);
      return;
    }
    this.#listed.set(key, base.metadata);
    if (base !== defined && !isUsable(base.metadata, workload)) return;
    const overlay = byName.get(`${USER_MANAGED_PREFIX}${name}`);
    const version = [base, overlay].map((part) => versionOf(part?.metadata)).join(' + ');
    if (this.#byWorkload.get(key)?.version === version) return;
    const object = await this.#objects.get(this.#kind, base, { signal });
    if (object === undefined) return;
    const extra = overlay && (await this.#objects.get(this.#kind, overlay, { signal }));
    const merged = extra === undefined ? object : mergedWorkload<K>(object, extra);
    this.#byWorkload.set(key, { object: merged, metadata: base.metadata, version });
  }
}

function isUsable({ annotations = {} }: ObjectMeta, { isSeenFromStart }: WorkloadInUse): boolean {
  if (annotations[ANNOTATION.status] !== 'completed') return false;
  return !isSeenFromStart || annotations[ANNOTATION.completion] === 'complete';
}

function versionOf(meta: ObjectMeta | undefined): string {
  return meta === undefined ? 'none' : `${meta.uid ?? ''}@${meta.resourceVersion}`;
}
