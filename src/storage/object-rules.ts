import { invalidObject } from '#consolidation/update-rules.js';
import type { FullMeta } from '#model/profile.js';
import { PROFILE_KINDS } from '#model/profile.js';
import type { KubernetesObject, StoredKind } from './object-store.ts';
import type { Stamp } from './stamp.ts';
import { isClusterWide } from './stored-kinds.ts';

/** Kubernetes' bound on names is 253; namespaces of containers outside it may have any letters. */
const NAME = /^[^/\s\p{C}]{1,253}$/u;

/** Kinds whose spec the store itself reads. */
const WITH_SPEC: ReadonlySet<StoredKind> = new Set(PROFILE_KINDS);

/** Throws `invalid` when the object cannot be stored under this kind. */
export function checkObject(kind: StoredKind, object: KubernetesObject): void {
  const { namespace, name } = object.metadata;
  const refuse = (problem: string) => {
    throw invalidObject(kind, object.metadata, problem);
  };
  if (object.kind !== kind) refuse(`kind: expected ${kind}`);
  if (!NAME.test(name)) refuse('metadata.name: expected a name');
  if (isClusterWide(kind) && namespace !== '') {
    refuse('metadata.namespace: expected none, the kind is cluster-wide');
  }
  if (!(isClusterWide(kind) || NAME.test(namespace))) {
    refuse('metadata.namespace: expected a namespace');
  }
  const spec = object['spec'];
  if (WITH_SPEC.has(kind) && (typeof spec !== 'object' || spec === null)) {
    refuse('spec: expected an object');
  }
}

/** The metadata of a new object: what the store says replaces what the writer may have claimed. */
export function stamped(given: FullMeta, stamp: Stamp): FullMeta {
  const {
    resourceVersion: _version,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    ...own
  } = given;
  return { ...own, ...stamp, generation: 1 };
}
