import type { ResourceDefinition } from '#model/schema/resource.js';
import { systemClock } from '#runtime/clock.js';
import { systemRandom } from '#runtime/random.js';
import type { ServedResource } from '#storage/api/resource-rows.js';
import { MemoryRows } from '#storage/api/testing/memory-rows.js';
import type { KubernetesObject } from '#storage/object-store.js';
import { bodyText } from '#storage/object-text.js';

const { signal } = new AbortController();

/** A kind of Kubernetes' own that an API server has besides ours. */
export interface ExtraKind extends ServedResource {
  readonly rows: MemoryRows;
  /** Makes an object; `metadata.uid` is the server's. */
  put(name: string, fields: ExtraFields): Promise<{ readonly uid: string }>;
  /** Replaces fields of an object. */
  change(name: string, fields: Readonly<Record<string, unknown>>): Promise<void>;
}

interface ExtraFields {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

interface ExtraNames {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced?: boolean;
  readonly selectableFields?: readonly string[];
}

/** Any fields are taken; what is namespaced is in `shop` unless it says otherwise. */
export function extraKind({ namespaced = true, ...names }: ExtraNames): ExtraKind {
  const definition = definitionOf({ ...names, namespaced });
  const rows = new MemoryRows(definition, { clock: systemClock, random: systemRandom });
  const { apiVersion, kind, selectableFields = [] } = names;
  const namespace = namespaced ? 'shop' : '';
  return {
    definition,
    rows,
    selectableFields,
    put: async (name, { metadata = {}, ...fields }) => {
      const object = { apiVersion, kind, metadata: { namespace, ...metadata, name }, ...fields };
      const row = await rows.create(object as KubernetesObject, {});
      return { uid: String(JSON.parse(row.metadata).uid) };
    },
    change: async (name, fields) => {
      await rows.change({ namespace, name }, (stored) => ({ ...stored(), ...fields }), {});
    },
  };
}

/** Leases, as the agents of a cluster elect one of them by. */
export function leaseKind(): ExtraKind {
  return extraKind({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' });
}

/** CustomResourceDefinitions: an agent looks here for who merges reports. */
export function crdKind(): ExtraKind {
  const kind = 'CustomResourceDefinition';
  return extraKind({ apiVersion: 'apiextensions.k8s.io/v1', kind, namespaced: false });
}

/** The holder of the agents' lease; empty: nobody. */
export async function holderOf({ rows }: ExtraKind): Promise<string> {
  const { rows: leases } = await rows.list({ withBodies: true, signal });
  const [lease] = leases;
  return String(JSON.parse((lease && bodyText(lease)) ?? '{}').spec?.holderIdentity ?? '');
}

function definitionOf(names: ExtraNames & { readonly namespaced: boolean }): ResourceDefinition {
  const { apiVersion, kind, namespaced } = names;
  const [group = '', version] = apiVersion.split('/');
  const singular = kind.toLowerCase();
  return {
    group: version === undefined ? '' : group,
    version: version ?? group,
    kind,
    listKind: `${kind}List`,
    plural: `${singular}s`,
    singular,
    shortNames: [],
    namespaced,
    description: kind,
    schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    columns: [],
  };
}
