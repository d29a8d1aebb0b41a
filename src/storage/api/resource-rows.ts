import type { ResourceDefinition } from '#model/schema/resource.js';
import type { ObjectStore, StoredKind } from '../object-store.ts';

type OfOneKind<F> = F extends (kind: StoredKind, ...rest: infer R) => infer A
  ? (...rest: R) => A
  : never;

/** An {@link ObjectStore} that knows one kind: the same methods without their first parameter. */
export type ResourceRows = { readonly [M in keyof ObjectStore]: OfOneKind<ObjectStore[M]> };

/** A kind that the API serves, and where its objects are. */
export interface ServedResource {
  readonly definition: ResourceDefinition;
  readonly rows: ResourceRows;
  /** What field selectors may ask besides name and namespace, for example `spec.nodeName`. */
  readonly selectableFields?: readonly string[];
}

/** One kind of a store. */
export function rowsOfKind(objects: ObjectStore, kind: StoredKind): ResourceRows {
  return {
    get: (key, options) => objects.get(kind, key, options),
    list: (query) => objects.list(kind, query),
    create: (object, options) => objects.create(kind, object, options),
    change: (key, change, options) => objects.change(kind, key, change, options),
    delete: (key, options) => objects.delete(kind, key, options),
    watchRows: (options) => objects.watchRows(kind, options),
  };
}

/** `group/version`, or the version alone in the core group. */
export function apiVersionOf({ group, version }: ResourceDefinition): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `containerprofiles.spdx.softwarecomposition.kubescape.io`. */
export function qualifiedPlural({ group, plural }: ResourceDefinition): string {
  return group === '' ? plural : `${plural}.${group}`;
}
