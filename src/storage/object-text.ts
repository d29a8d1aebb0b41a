import type { FullMeta } from '#model/profile.js';
import type { KubernetesObject, StoredKind, StoredRow } from './object-store.ts';
import { API_VERSIONS } from './stored-kinds.ts';

// Unlike `Buffer.from`, it takes no part of a pool, which would stay as long as a small body does.
const ENCODER = new TextEncoder();

/** What the tables keep of an object beside its metadata: UTF-8. */
export function bodyBytes(object: KubernetesObject): Uint8Array {
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...body } = object;
  return ENCODER.encode(JSON.stringify(body));
}

/** The text of a body; empty when there is none. */
export function bodyText({ body }: Pick<StoredRow, 'body'>): string {
  if (body === undefined) return '';
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
}

/** What the tables keep of its metadata. An empty namespace is not written. */
export function metadataText(metadata: FullMeta): string {
  const { namespace, ...others } = metadata;
  return JSON.stringify(namespace === '' ? others : metadata);
}

/** The metadata of a row, a fresh copy; its namespace is empty when the object has none. */
export function metadataOf({ namespace, metadata }: StoredRow): FullMeta {
  const parsed = JSON.parse(metadata);
  return 'namespace' in parsed ? parsed : { ...parsed, namespace };
}

/** The whole object of a row with a body, a fresh copy. Throws what `JSON.parse` throws. */
export function objectOf(kind: StoredKind, row: StoredRow): KubernetesObject {
  const body = JSON.parse(bodyText(row));
  return { apiVersion: API_VERSIONS[kind], kind, metadata: metadataOf(row), ...body };
}
