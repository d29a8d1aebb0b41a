import { isRecord } from '#profile/is-record.js';
import type { FieldPath } from './yaml-spans.ts';

/** An object of a document. */
export interface ListedObject {
  /** With the API version and kind that it has from the list around it. */
  readonly object: Readonly<Record<string, unknown>>;
  /** Where in the document it stands. */
  readonly path: FieldPath;
}

/** The objects of a document: itself, or those of a list, also of one in a list. What is no object is left out. */
export function listedObjects(value: unknown, path: FieldPath = []): readonly ListedObject[] {
  if (!isRecord(value)) return [];
  const { apiVersion, kind, items } = value;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) {
    return [{ object: value, path }];
  }
  const inherited = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item: unknown, index) =>
    isRecord(item) ? listedObjects({ ...inherited, ...item }, [...path, 'items', index]) : [],
  );
}
