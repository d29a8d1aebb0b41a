import {
  PROFILE_SURFACES,
  type ProfileNeeds,
  type ProfileSurface,
  type SurfaceNeeds,
} from '#model/profile-needs.js';
import { unionOfNeeds } from '#profile/profile-needs.js';
import type { CompiledRule } from './compiled-rule.ts';
import { PROFILE_FUNCTIONS } from './profile-functions.ts';
import type { Rule } from './rule.ts';

const ALL: SurfaceNeeds = { all: true, selectors: [] };
const NOTHING: SurfaceNeeds = { all: false, selectors: [] };

/** What all these rules together need of a profile. */
export function profileNeedsOf(rules: readonly CompiledRule[]): ProfileNeeds {
  return unionOfNeeds(rules.map(({ needs }) => needs));
}

/**
 * What one rule needs: of a surface what it declares; all of it when it declares nothing and calls a
 * function that asks for it; else nothing. An empty list of selectors declares nothing.
 */
export function needsOfRule(rule: Rule): ProfileNeeds {
  const asked = surfacesAskedFor(rule);
  const needs = (surface: ProfileSurface): SurfaceNeeds => {
    const declared = rule.profileDataRequired?.[surface] ?? [];
    if (declared === 'all') return ALL;
    if (declared.length > 0) return { all: false, selectors: declared };
    return asked.has(surface) ? ALL : NOTHING;
  };
  return Object.fromEntries(
    PROFILE_SURFACES.map((surface) => [surface, needs(surface)]),
  ) as ProfileNeeds;
}

/**
 * Surfaces whose functions the rule's expressions mention. A search of the text finds every call, for
 * a function's name can be written in one way only; it may find more (a name in a string, or one name
 * inside another), which costs memory and no alert.
 */
function surfacesAskedFor({
  ruleExpression,
  message,
  uniqueId,
}: Rule): ReadonlySet<ProfileSurface> {
  const expressions = ruleExpression.map(({ expression }) => expression);
  const text = [...expressions, message, uniqueId].join('\n');
  return new Set(
    PROFILE_FUNCTIONS.filter(({ name }) => text.includes(name)).map(({ surface }) => surface),
  );
}
