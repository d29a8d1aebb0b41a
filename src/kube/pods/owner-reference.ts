import { isRecord } from '#profile/is-record.js';

/** One entry of `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/**
 * The first owner reference in an object's metadata, which is the one that names are made of;
 * undefined when there is none, or not one that can be read.
 */
export function firstOwnerReference(
  metadata: Readonly<Record<string, unknown>>,
): OwnerReference | undefined {
  const references = metadata['ownerReferences'];
  const first: unknown = Array.isArray(references) ? references[0] : undefined;
  return isOwnerReference(first) ? picked(first) : undefined;
}

function isOwnerReference(value: unknown): value is OwnerReference {
  if (!isRecord(value)) return false;
  const fields = [value['apiVersion'], value['kind'], value['name'], value['uid']];
  return fields.every((field) => typeof field === 'string' && field !== '');
}

function picked({ apiVersion, kind, name, uid }: OwnerReference): OwnerReference {
  return { apiVersion, kind, name, uid };
}
