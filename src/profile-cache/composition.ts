import type { Container } from '#model/container.js';
import type { ProfileState } from '#model/projected-profile.js';
import type { PendingReason } from './cache-change.ts';
import { completionOf, statusOf } from './profile-meta.ts';
import type { ProfileSource } from './profile-source.ts';
import type { OverlaySource, SourceSet } from './source-set.ts';

/** What a profile is made of: a base and what is merged on top, in order. */
export interface Recipe {
  /** Undefined: an empty base, because there are only overlays. */
  readonly base: ProfileSource<'ContainerProfile'> | undefined;
  readonly overlays: readonly OverlaySource[];
  /** The base may only look absent: the store has never answered about the learned profile. */
  readonly isProvisional: boolean;
  /** Two recipes are equal exactly when the same objects in the same versions go in. */
  readonly fingerprint: string;
}

/** There is nothing to make a profile of, and why. */
export type NoRecipe = Extract<
  PendingReason,
  'no-profile' | 'partial-profile' | 'store-failed' | 'invalid-profile'
>;

/**
 * Decides what a container's profile is made of by what is known of its sources right now. The past
 * plays no part, so that missed, late and repeated answers lead to the same profile.
 *
 * @param countsPartial whether a learned profile that is partial counts for this container
 */
export function recipeOf(sources: SourceSet, countsPartial: boolean): Recipe | NoRecipe {
  const { learned } = sources;
  const authored = sources.authored.find(({ meta }) => meta !== undefined);
  const isPartial = learned.meta !== undefined && completionOf(learned.meta) === 'partial';
  const usable = learned.meta !== undefined && (countsPartial || !isPartial) ? learned : undefined;
  const base = authored ?? usable;
  const candidates = authored ? sources.managed : [...sources.managed, ...sources.userDefined];
  const overlays = candidates.filter(({ meta }) => meta !== undefined);
  if (base === undefined && overlays.length === 0) return whyNot(sources, isPartial);
  const isProvisional = base === undefined && learned.isUnknown;
  const parts = [base, ...overlays].map(
    (source) => `${source?.role} ${source?.key.name} ${source?.version}`,
  );
  return { base, overlays, isProvisional, fingerprint: `${parts.join(' ')} ${isProvisional}` };
}

function whyNot(sources: SourceSet, isPartial: boolean): NoRecipe {
  if (isPartial) return 'partial-profile';
  if (sources.all.some(({ isOutOfReach }) => isOutOfReach)) return 'invalid-profile';
  return sources.all.some(({ isUnknown }) => isUnknown) ? 'store-failed' : 'no-profile';
}

/** What is said about a profile made by this recipe. A document written by a person is final. */
export function stateOf(recipe: Recipe, container: Container): ProfileState {
  const { base } = recipe;
  if (base?.role === 'learned' && base.meta) {
    return {
      name: base.key.name,
      status: statusOf(base.meta),
      completion: completionOf(base.meta),
    };
  }
  const name = base?.key.name ?? container.profileName;
  const error = 'the learned profile could not be read yet, only what is merged on top of it';
  return {
    name,
    status: 'completed',
    completion: 'complete',
    ...(recipe.isProvisional && { error }),
  };
}
