import type { Workload } from '#model/container.js';
import { isRecord } from '#profile/is-record.js';
import { firstOwnerReference, type OwnerReference } from './owner-reference.ts';

/** What is kept of an owner. */
export interface OwnerObject {
  readonly workload: Workload;
  readonly owner?: OwnerReference;
}

/**
 * Reads the object behind an owner reference; undefined when it is another object of the same name,
 * made after the one that is meant was deleted.
 */
export function ownerObjectOf(raw: unknown, reference: OwnerReference): OwnerObject | undefined {
  const { metadata: meta, spec } = isRecord(raw) ? raw : {};
  const metadata = isRecord(meta) ? meta : {};
  if (metadata['uid'] !== reference.uid) return undefined;
  const { kind, name, uid } = reference;
  const { resourceVersion } = metadata;
  const owner = firstOwnerReference(metadata);
  return {
    workload: {
      kind,
      name,
      uid,
      ...(typeof resourceVersion === 'string' && { resourceVersion }),
      ...selectorOf(kind, isRecord(spec) ? spec['selector'] : undefined),
    },
    ...(owner && { owner }),
  };
}

function selectorOf(
  kind: string,
  selector: unknown,
): Pick<Workload, 'matchLabels' | 'matchExpressions'> {
  if (!isRecord(selector)) return {};
  // The oldest kind has the labels themselves for its selector.
  if (kind === 'ReplicationController') return { matchLabels: textsOf(selector) };
  const { matchLabels, matchExpressions } = selector;
  return {
    ...(isRecord(matchLabels) && { matchLabels: textsOf(matchLabels) }),
    ...(Array.isArray(matchExpressions) && { matchExpressions }),
  };
}

function textsOf(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
