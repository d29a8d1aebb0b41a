import { AgentError } from '#model/agent-error.js';
import type { FullMeta } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import type { ResourceDefinition } from '#model/schema/resource.js';
import type { Clock } from '#runtime/clock.js';
import { type Random, uuidFrom } from '#runtime/random.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import type { KubernetesObject, RowEvent, StoredRow } from '../../object-store.ts';
import { bodyBytes } from '../../object-text.ts';
import type { ResourceRows } from '../resource-rows.ts';
import { objectOf } from '../row-json.ts';

type Change = Exclude<RowEvent, { readonly type: 'bookmark' }>;

/**
 * One kind in memory, with its whole history: pods, namespaces, leases and the like for tests. Follows
 * the port as the real store does, without finalizers. `forget` drops the history, as time does elsewhere.
 */
export class MemoryRows implements ResourceRows {
  readonly #definition: ResourceDefinition;
  readonly #sources: { readonly clock: Clock; readonly random: Random };
  readonly #changes: Change[] = [];
  #version = 1;
  #forgotten = 0;
  #wakers = new Set<() => void>();
  #isClosed = false;

  constructor(
    definition: ResourceDefinition,
    sources: { readonly clock: Clock; readonly random: Random },
  ) {
    this.#definition = definition;
    this.#sources = sources;
  }

  /** The newest version. */
  get version(): number {
    return this.#version;
  }

  /** What came before the newest version can be neither watched nor listed any more. */
  forget(): void {
    this.#forgotten = this.#version;
    this.#wake();
  }

  /** Ends all watches. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async get(key: ObjectKey) {
    return this.#rowsAt(this.#version).find((row) => compare(row, key) === 0);
  }

  async list({
    namespace,
    limit = Number.POSITIVE_INFINITY,
    after,
    atVersion,
  }: Parameters<ResourceRows['list']>[0]) {
    const version = atVersion ?? this.#version;
    if (version > this.#version)
      throw new AgentError('unavailable', `version ${version} is not there yet`);
    if (version < this.#forgotten) throw new AgentError('expired', `version ${version} is too old`);
    const rows = this.#rowsAt(version)
      .filter((row) => namespace === undefined || row.namespace === namespace)
      .filter((row) => after === undefined || compare(row, after) > 0);
    const page = rows.slice(0, limit);
    return { resourceVersion: version, rows: page, remaining: rows.length - page.length };
  }

  async create(object: KubernetesObject, { dryRun = false }: { readonly dryRun?: boolean }) {
    const { generateName, namespace } = object.metadata;
    const name =
      object.metadata.name || `${generateName}${this.#sources.random.hex32().slice(0, 5)}`;
    if (await this.get({ namespace, name })) {
      throw new AgentError('conflict', `${name} exists already`);
    }
    const creationTimestamp = formatTimestamp(this.#sources.clock.now()).replace(/\.\d+Z$/, 'Z');
    const stamp = { name, uid: uuidFrom(this.#sources.random), creationTimestamp, generation: 1 };
    const row = this.#row({ ...object, metadata: { ...object.metadata, ...stamp } });
    if (!dryRun) this.#put('added', row);
    return row;
  }

  async change(
    key: ObjectKey,
    change: (stored: () => KubernetesObject) => KubernetesObject,
    { dryRun = false }: { readonly dryRun?: boolean },
  ) {
    const row = await this.#existing(key);
    const stored = objectOf(this.#definition, row);
    const next = change(() => stored);
    const { resourceVersion, uid } = next.metadata;
    if (resourceVersion && resourceVersion !== String(row.resourceVersion)) {
      throw new AgentError('conflict', `version ${resourceVersion} is not the stored one`);
    }
    if (uid && uid !== stored.metadata.uid) throw new AgentError('conflict', 'another uid');
    const { creationTimestamp = '', generation = 1 } = stored.metadata;
    const keep = {
      ...(stored.metadata.uid && { uid: stored.metadata.uid }),
      creationTimestamp,
      generation,
    };
    const changed = this.#row({ ...next, metadata: { ...next.metadata, ...keep } });
    if (!dryRun) this.#put('modified', changed);
    return changed;
  }

  async delete(
    key: ObjectKey,
    { dryRun = false, preconditions = {} }: Parameters<ResourceRows['delete']>[1],
  ) {
    const row = await this.#existing(key);
    const { uid, resourceVersion } = JSON.parse(row.metadata);
    if ((preconditions.uid ?? uid) !== uid) throw new AgentError('conflict', 'another uid');
    if ((preconditions.resourceVersion ?? resourceVersion) !== resourceVersion) {
      throw new AgentError('conflict', 'another version');
    }
    const gone = { ...row, resourceVersion: this.#version + 1 };
    if (!dryRun) this.#put('deleted', gone);
    return { row: gone, isGone: true };
  }

  async *watchRows({
    namespace,
    after,
    signal,
  }: Parameters<ResourceRows['watchRows']>[0]): AsyncGenerator<RowEvent, void> {
    let position = after;
    let isFirst = true;
    while (!this.#isClosed) {
      if (signal.aborted) throw new AgentError('aborted', 'the watch was aborted');
      if (position < this.#forgotten || position > this.#version) {
        throw new AgentError('expired', `version ${position} is not remembered`);
      }
      const next = this.#changes.find(({ row }) => row.resourceVersion > position);
      if (next) {
        position = next.row.resourceVersion;
        if (namespace === undefined || next.row.namespace === namespace) yield next;
      } else if (isFirst) {
        isFirst = false;
        yield { type: 'bookmark', resourceVersion: position };
      } else {
        await this.#sleep(signal);
      }
    }
  }

  #sleep(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wakers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#wakers]) wake();
  }

  async #existing(key: ObjectKey): Promise<StoredRow> {
    const row = await this.get(key);
    if (row) return row;
    throw new AgentError('not-found', `${key.name} not found`);
  }

  #row(object: KubernetesObject): StoredRow {
    const { metadata } = object;
    const resourceVersion = this.#version + 1;
    const { namespace, ...rest } = metadata;
    const stamped: Omit<FullMeta, 'namespace'> = {
      ...rest,
      resourceVersion: String(resourceVersion),
    };
    return {
      namespace,
      name: metadata.name,
      resourceVersion,
      metadata: JSON.stringify(namespace === '' ? stamped : { ...stamped, namespace }),
      body: bodyBytes(object),
    };
  }

  #put(type: Change['type'], row: StoredRow): void {
    this.#version = row.resourceVersion;
    this.#changes.push({ type, row });
    this.#wake();
  }

  #rowsAt(version: number): readonly StoredRow[] {
    const rows = new Map<string, StoredRow>();
    for (const { type, row } of this.#changes) {
      if (row.resourceVersion > version) break;
      const key = `${row.namespace}/${row.name}`;
      if (type === 'deleted') rows.delete(key);
      else rows.set(key, row);
    }
    return [...rows.values()].sort(compare);
  }
}

function compare(a: ObjectKey, b: ObjectKey): number {
  const byNamespace = Buffer.compare(Buffer.from(a.namespace), Buffer.from(b.namespace));
  return byNamespace || Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}
