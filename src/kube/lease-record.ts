import { AgentError } from '#model/agent-error.js';
import type { ObjectKey } from '#model/profile-store.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import type { ApiClient, JsonObject } from './api-client.ts';

/** The fields of a `coordination.k8s.io/v1` Lease that election goes by. */
export interface LeaseSpec {
  /** Empty: nobody holds it. */
  readonly holderIdentity: string;
  readonly leaseDurationSeconds: number;
  readonly acquireTime: string;
  readonly renewTime: string;
  readonly leaseTransitions: number;
}

/** A lease as it is stored. */
export interface LeaseRecord {
  /** Changes with every write. */
  readonly resourceVersion: string;
  readonly spec: LeaseSpec;
}

/** Where a lease is kept. Rejects with `conflict` when somebody else wrote in between. */
export interface LeaseTable {
  read(signal: AbortSignal): Promise<LeaseRecord | undefined>;
  /** `replaced` is the record that was read; undefined when there was none. */
  write(
    spec: LeaseSpec,
    replaced: LeaseRecord | undefined,
    signal: AbortSignal,
  ): Promise<LeaseRecord>;
}

const GROUP = 'coordination.k8s.io/v1';

/** A lease of the cluster. */
export class ApiLease implements LeaseTable {
  readonly #client: Pick<ApiClient, 'get' | 'create' | 'update'>;
  readonly #key: ObjectKey;
  readonly #collection: string;

  constructor(client: Pick<ApiClient, 'get' | 'create' | 'update'>, key: ObjectKey) {
    this.#client = client;
    this.#key = key;
    this.#collection = `/apis/${GROUP}/namespaces/${encodeURIComponent(key.namespace)}/leases`;
  }

  async read(signal: AbortSignal): Promise<LeaseRecord | undefined> {
    try {
      return recordOf(await this.#client.get(this.#path, { signal }));
    } catch (reason) {
      if (AgentError.from(reason).code === 'not-found') return undefined;
      throw reason;
    }
  }

  async write(
    spec: LeaseSpec,
    replaced: LeaseRecord | undefined,
    signal: AbortSignal,
  ): Promise<LeaseRecord> {
    const { resourceVersion } = replaced ?? {};
    const metadata = { ...this.#key, ...(resourceVersion !== undefined && { resourceVersion }) };
    const lease = { apiVersion: GROUP, kind: 'Lease', metadata, spec };
    const stored = replaced
      ? await this.#client.update(this.#path, lease, { signal })
      : await this.#client.create(this.#collection, lease, { signal });
    return recordOf(stored);
  }

  get #path(): string {
    return `${this.#collection}/${encodeURIComponent(this.#key.name)}`;
  }
}

/** A moment as a lease has it: Kubernetes wants microseconds, all six digits. */
export function leaseTime(epochMs: number): string {
  return formatTimestamp(epochMs).replace(/(\.\d{3})Z$/, '$1000Z');
}

/** What is missing or of another type counts as empty: anybody may take such a lease over. */
function recordOf(lease: JsonObject): LeaseRecord {
  const metadata = Object(lease['metadata']) as Readonly<Record<string, unknown>>;
  const spec = Object(lease['spec']) as Readonly<Record<string, unknown>>;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    resourceVersion: text(metadata['resourceVersion']),
    spec: {
      holderIdentity: text(spec['holderIdentity']),
      leaseDurationSeconds: Number(spec['leaseDurationSeconds'] ?? 0) || 0,
      acquireTime: text(spec['acquireTime']),
      renewTime: text(spec['renewTime']),
      leaseTransitions: Number(spec['leaseTransitions'] ?? 0) || 0,
    },
  };
}
