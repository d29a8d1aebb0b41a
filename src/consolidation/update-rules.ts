import { AgentError } from '#model/agent-error.js';
import { ANNOTATION } from '#model/annotations.js';
import type { FullMeta } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { isFinal, isManagedByUser, learningStateOf } from './learning-state.ts';
import { isReport } from './time-series-row.ts';

/**
 * The metadata that an update leaves, with the version that is stored. Throws `conflict` when the writer
 * read another object or version, and `invalid` when a report would change, a profile would become one
 * (a report is written once), or an object that is being deleted would get a new finalizer.
 */
export function updatedMetadata(kind: string, stored: FullMeta, given: FullMeta): FullMeta {
  refuseOther(kind, stored, given);
  if (isReport(kind, stored) || isReport(kind, given)) {
    throw invalidObject(
      kind,
      given,
      `annotation ${ANNOTATION.reportSeriesId}: a report cannot be updated`,
    );
  }
  if (stored.deletionTimestamp !== undefined) refuseNewFinalizers(kind, stored, given);
  const {
    generation: _generation,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    ...own
  } = isImmutable(stored) ? withFinalizersOf(stored, given) : withoutRegress(stored, given);
  return { ...own, ...storesOwn(stored) };
}

/**
 * True for what was learned to the end: it cannot be changed, only deleted. What a person manages
 * stays theirs to change, whatever its status says.
 */
export function isImmutable(stored: FullMeta): boolean {
  return !isManagedByUser(stored) && isFinal(learningStateOf(stored));
}

/** How an object is called in messages. */
export function label(kind: string, { namespace, name }: ObjectKey): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

/** An `invalid` that names the object. */
export function invalidObject(kind: string, key: ObjectKey, problem: string): AgentError {
  return new AgentError('invalid', `${label(kind, key)}: ${problem}`);
}

function refuseOther(kind: string, stored: FullMeta, given: FullMeta): void {
  if (given.resourceVersion && given.resourceVersion !== stored.resourceVersion) {
    throw new AgentError(
      'conflict',
      `${label(kind, given)}: version ${given.resourceVersion} is not the stored ${stored.resourceVersion}`,
    );
  }
  if (given.uid && stored.uid && given.uid !== stored.uid) {
    throw new AgentError(
      'conflict',
      `${label(kind, given)}: uid ${given.uid} is not the stored ${stored.uid}`,
    );
  }
}

function refuseNewFinalizers(kind: string, stored: FullMeta, given: FullMeta): void {
  const added = given.finalizers?.find((each) => !stored.finalizers?.includes(each));
  if (added === undefined) return;
  throw invalidObject(
    kind,
    given,
    `metadata.finalizers: the object is being deleted, expected no new finalizer, got ${added}`,
  );
}

/** Whoever promised to tidy up before an immutable object goes must be able to say that it is done. */
function withFinalizersOf(stored: FullMeta, given: FullMeta): FullMeta {
  if (stored.deletionTimestamp === undefined) return stored;
  const { finalizers: _finalizers, ...others } = stored;
  return given.finalizers === undefined ? others : { ...others, finalizers: given.finalizers };
}

function withoutRegress(stored: FullMeta, given: FullMeta): FullMeta {
  if (isManagedByUser(stored)) return given;
  const before = learningStateOf(stored).status;
  const after = learningStateOf(given).status;
  if (before !== 'completed' || after === 'completed') return given;
  return { ...given, annotations: { ...given.annotations, [ANNOTATION.status]: 'completed' } };
}

const STORES_OWN = [
  'uid',
  'creationTimestamp',
  'resourceVersion',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const satisfies readonly (keyof FullMeta)[];

function storesOwn(stored: FullMeta): Partial<FullMeta> {
  const fields = STORES_OWN.filter((field) => stored[field] !== undefined);
  return Object.fromEntries(fields.map((field) => [field, stored[field]]));
}
