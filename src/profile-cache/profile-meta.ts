import {
  ANNOTATION,
  LABEL,
  PROFILE_STATUSES,
  type ProfileCompletion,
  type ProfileStatus,
} from '#model/annotations.js';
import type { ObjectMeta } from '#model/profile.js';
import type { ProfileState } from '#model/projected-profile.js';
import { parseDuration } from '#runtime/duration.js';

/** The status annotation; undefined when absent or not one of the known ones. */
export function statusOf(meta: ObjectMeta): ProfileStatus | undefined {
  const status = meta.annotations?.[ANNOTATION.status];
  return PROFILE_STATUSES.find((known) => known === status);
}

/** The completion annotation; undefined when absent or not one of the known ones. */
export function completionOf(meta: ObjectMeta): ProfileCompletion | undefined {
  const completion = meta.annotations?.[ANNOTATION.completion];
  return completion === 'partial' || completion === 'complete' ? completion : undefined;
}

/** How long the containers of a profile are learned, in milliseconds; undefined when it does not say. */
export function learningPeriodOf({ labels }: ObjectMeta): number | undefined {
  const period = labels?.[LABEL.learningPeriod];
  try {
    return period === undefined ? undefined : parseDuration(period, LABEL.learningPeriod);
  } catch {
    // Anyone may have written the label. The period is then as if it were not given.
    return undefined;
  }
}

/** Learned, or written, from beginning to end: completed and complete. */
export function isFinalState({ status, completion }: ProfileState): boolean {
  return status === 'completed' && completion === 'complete';
}

/** Learning has ended and nothing better will follow: completed and complete, or too large. */
export function isFinal(meta: ObjectMeta): boolean {
  const status = statusOf(meta);
  return status === 'too-large' || (status === 'completed' && completionOf(meta) === 'complete');
}
