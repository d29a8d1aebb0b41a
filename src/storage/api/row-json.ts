import type { ResourceDefinition } from '#model/schema/resource.js';
import type { KubernetesObject, StoredRow } from '../object-store.ts';
import { apiVersionOf } from './resource-rows.ts';

type Labels = Readonly<Record<string, string>>;

/** The JSON text of the whole object of a row, put together without being parsed. */
export function objectJson(definition: ResourceDefinition, row: StoredRow): string {
  const { kind } = definition;
  const rest = (row.body ?? '{}').trimStart().slice(1).trimStart();
  const comma = rest.startsWith('}') ? '' : ',';
  return `{"apiVersion":"${apiVersionOf(definition)}","kind":"${kind}","metadata":${metadataJson(row)}${comma}${rest}`;
}

/** The same with nothing but the metadata: `PartialObjectMetadata` of meta.k8s.io/v1. */
export function partialJson(row: StoredRow): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${metadataJson(row)}}`;
}

/** The object of a row, parsed. */
export function objectOf(definition: ResourceDefinition, row: StoredRow): KubernetesObject {
  return JSON.parse(objectJson(definition, row));
}

const labelsSeen = new WeakMap<StoredRow, Labels>();

/** The labels of a row, parsed from its metadata once for all who ask. */
export function labelsOf(row: StoredRow): Labels {
  const known = labelsSeen.get(row);
  if (known !== undefined) return known;
  const labels: Labels = JSON.parse(row.metadata).labels ?? {};
  labelsSeen.set(row, labels);
  return labels;
}

/** The version of a deletion is that of the row, and not what the object says that went. A dry run has none. */
function metadataJson({ metadata, resourceVersion }: StoredRow): string {
  if (resourceVersion === 0) return metadata;
  if (metadata.includes(`"resourceVersion":"${resourceVersion}"`)) return metadata;
  return JSON.stringify({ ...JSON.parse(metadata), resourceVersion: String(resourceVersion) });
}
