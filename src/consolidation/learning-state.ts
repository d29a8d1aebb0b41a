import { ANNOTATION, type ProfileCompletion } from '#model/annotations.js';
import type { ObjectMeta } from '#model/profile.js';

/** What a profile's annotations say about how far it was learned. */
export interface LearningState {
  /** Empty on a profile that was not learned, or not yet. */
  readonly status: string;
  readonly completion: string;
}

/** Reads the state from an object's annotations. */
export function learningStateOf(metadata: ObjectMeta): LearningState {
  return {
    status: metadata.annotations?.[ANNOTATION.status] ?? '',
    completion: metadata.annotations?.[ANNOTATION.completion] ?? '',
  };
}

/** The metadata with the state written into its annotations. */
export function withLearningState(metadata: ObjectMeta, state: LearningState): ObjectMeta {
  return {
    ...metadata,
    annotations: {
      ...metadata.annotations,
      [ANNOTATION.status]: state.status,
      [ANNOTATION.completion]: state.completion,
    },
  };
}

/** Learned from the container's start to the end without a gap: nothing is added any more. */
export function isFinal(state: LearningState): boolean {
  return state.status === 'completed' && state.completion === 'complete';
}

/** Learning came to its end with a report of this completion. */
export function afterCompletion(state: LearningState, completion: string): LearningState {
  if (isFinal(state)) return state;
  return { status: 'completed', completion: normal(completion) };
}

/**
 * Learning goes on in series of which these are the newest completions: what is being learned is as whole
 * as all of them. It never takes back what an earlier series completed.
 */
export function afterProgress(state: LearningState, completions: readonly string[]): LearningState {
  if (state.status === 'completed') return state;
  const isWhole = completions.every((completion) => normal(completion) === 'complete');
  return { status: 'ready', completion: isWhole ? 'complete' : 'partial' };
}

/** Learning broke off: what is there is all there will be, and something may be missing. */
export function afterBreak(state: LearningState): LearningState {
  return isFinal(state) ? state : { status: 'completed', completion: 'partial' };
}

/** True for what belongs to a person: it is theirs to change, and nothing is learned into it. */
export function isManagedByUser({ annotations }: ObjectMeta): boolean {
  return annotations?.[ANNOTATION.managedBy] === 'User';
}

/** True for a profile into which no report is merged any more, or never was. */
export function isClosed(profile: ObjectMeta): boolean {
  const state = learningStateOf(profile);
  return isManagedByUser(profile) || isFinal(state) || state.status === 'too-large';
}

/**
 * Why a report is not taken by this profile; undefined when it is. A completed but partial profile still
 * takes reports that were seen from a container's start.
 */
export function refusalOf(
  metadata: ObjectMeta,
  report: LearningState,
): 'completed' | 'too-large' | undefined {
  const profile = learningStateOf(metadata);
  if (isManagedByUser(metadata)) return 'completed';
  if (profile.status === 'too-large') return 'too-large';
  if (profile.status !== 'completed') return undefined;
  const addsNothing = isFinal(profile) || normal(report.completion) === 'partial';
  return addsNothing ? 'completed' : undefined;
}

function normal(completion: string): ProfileCompletion {
  return completion === 'complete' ? 'complete' : 'partial';
}
