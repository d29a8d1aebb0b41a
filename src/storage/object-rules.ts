import { AgentError } from '#model/agent-error.js';
import { ANNOTATION } from '#model/annotations.js';
import type { ObjectMeta, ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { isFinal, learningStateOf } from './learning-state.ts';
import { isReport } from './time-series-row.ts';

/** Kubernetes' bound on names is 253; namespaces of containers outside it may have any letters. */
const NAME = /^[^/\s\p{C}]{1,253}$/u;

/** Throws `invalid` when the object cannot be stored under this kind. */
export function checkObject(kind: ProfileKind, object: ProfileKinds[ProfileKind]): void {
  const { namespace, name } = object.metadata;
  if (object.kind !== kind) throw invalid(kind, object.metadata, `kind: expected ${kind}`);
  if (!NAME.test(name)) throw invalid(kind, object.metadata, 'metadata.name: expected a name');
  if (!NAME.test(namespace)) {
    throw invalid(kind, object.metadata, 'metadata.namespace: expected a namespace');
  }
  if (typeof object.spec !== 'object' || object.spec === null) {
    throw invalid(kind, object.metadata, 'spec: expected an object');
  }
}

/** What the store, and only the store, says of an object. */
export interface Stamp {
  readonly uid: string;
  readonly creationTimestamp: string;
  readonly resourceVersion: string;
}

/** The metadata of a new object: what the store says replaces what the writer may have claimed. */
export function stamped(given: ObjectMeta, stamp: Stamp): ObjectMeta {
  return { ...given, ...stamp };
}

/**
 * The metadata that an update leaves. Throws `conflict` when the writer read an older version, and
 * `invalid` when a report would change or a profile would become one: a report is written once.
 */
export function updatedMetadata(
  kind: ProfileKind,
  stored: ObjectMeta,
  given: ObjectMeta,
): ObjectMeta {
  if (given.resourceVersion && given.resourceVersion !== stored.resourceVersion) {
    throw new AgentError(
      'conflict',
      `${label(kind, given)}: version ${given.resourceVersion} is not the stored ${stored.resourceVersion}`,
    );
  }
  if (isReport(kind, stored) || isReport(kind, given)) {
    throw invalid(
      kind,
      given,
      `annotation ${ANNOTATION.reportSeriesId}: a report cannot be updated`,
    );
  }
  const { uid, creationTimestamp } = stored;
  return {
    ...withoutRegress(stored, given),
    ...(uid !== undefined && { uid }),
    ...(creationTimestamp !== undefined && { creationTimestamp }),
  };
}

/**
 * True for what was learned to the end: it cannot be changed, only deleted. What a person manages
 * stays theirs to change, whatever its status says.
 */
export function isImmutable(stored: ObjectMeta): boolean {
  return !isManagedByUser(stored) && isFinal(learningStateOf(stored));
}

/** How an object is called in messages. */
export function label(kind: ProfileKind, { namespace, name }: ObjectKey): string {
  return `${kind} ${namespace}/${name}`;
}

function withoutRegress(stored: ObjectMeta, given: ObjectMeta): ObjectMeta {
  if (isManagedByUser(stored)) return given;
  const before = learningStateOf(stored).status;
  const after = learningStateOf(given).status;
  if (before !== 'completed' || after === 'completed') return given;
  return { ...given, annotations: { ...given.annotations, [ANNOTATION.status]: 'completed' } };
}

function isManagedByUser(metadata: ObjectMeta): boolean {
  return metadata.annotations?.[ANNOTATION.managedBy] === 'User';
}

function invalid(kind: ProfileKind, key: ObjectKey, problem: string): AgentError {
  return new AgentError('invalid', `${label(kind, key)}: ${problem}`);
}
