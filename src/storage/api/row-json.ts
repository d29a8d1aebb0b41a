import type { ResourceDefinition } from '#model/schema/resource.js';
import type { KubernetesObject, StoredRow } from '../object-store.ts';
import { apiVersionOf } from './resource-rows.ts';

/** What stands before and after an object. */
export type Around = readonly [before: string, after: string];

/** Nothing. */
export const NOTHING: Around = ['', ''];

/** A whole answer ends its line. */
export const LINE: Around = ['', '\n'];

type Labels = Readonly<Record<string, string>>;

const EMPTY = Buffer.from('{}');
const SPACE = ' '.charCodeAt(0);
const CLOSING = '}'.charCodeAt(0);

/**
 * The JSON of the whole object of a row, put together without being parsed or decoded; `before` and
 * `after` stand around it.
 */
export function objectJson(
  definition: ResourceDefinition,
  row: StoredRow,
  [before, after]: Around = NOTHING,
): Buffer {
  const { body = EMPTY } = row;
  const comma = isEmptyObject(body) ? '' : ',';
  const head = `${before}{"apiVersion":"${apiVersionOf(definition)}","kind":"${definition.kind}","metadata":${metadataJson(row)}${comma}`;
  return Buffer.concat([Buffer.from(head), body.subarray(1), Buffer.from(after)]);
}

/** The same with nothing but the metadata: `PartialObjectMetadata` of meta.k8s.io/v1. */
export function partialJson(row: StoredRow): string {
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":${metadataJson(row)}}`;
}

/** The object of a row, parsed. */
export function objectOf(definition: ResourceDefinition, row: StoredRow): KubernetesObject {
  return JSON.parse(objectJson(definition, row).toString());
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

/** Spaces, which another writer may have put between the braces, count as nothing. */
function isEmptyObject(body: Uint8Array): boolean {
  let at = 1;
  while ((body[at] ?? CLOSING) <= SPACE) at += 1;
  return body[at] === CLOSING;
}

/** The version of a deletion is that of the row, and not what the object says that went. A dry run has none. */
function metadataJson({ metadata, resourceVersion }: StoredRow): string {
  if (resourceVersion === 0) return metadata;
  if (metadata.includes(`"resourceVersion":"${resourceVersion}"`)) return metadata;
  return JSON.stringify({ ...JSON.parse(metadata), resourceVersion: String(resourceVersion) });
}
