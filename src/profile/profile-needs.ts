import {
  PROFILE_SURFACES,
  type ProfileDataSelector,
  type ProfileNeeds,
  type ProfileSurface,
  type SurfaceNeeds,
} from '#model/profile-needs.js';

/** All of every surface. */
export const EVERYTHING: ProfileNeeds = forAll(() => ({ all: true, selectors: [] }));

/** Nothing of any surface. */
export const NOTHING: ProfileNeeds = forAll(() => ({ all: false, selectors: [] }));

/** What all of these need together; nothing for none. Selectors once each, in a fixed order. */
export function unionOfNeeds(list: readonly ProfileNeeds[]): ProfileNeeds {
  return forAll((surface) => {
    const all = list.some((needs) => needs[surface].all);
    return tidied({ all, selectors: list.flatMap((needs) => needs[surface].selectors) });
  });
}

/**
 * Whether a profile compiled for `have` answers what one compiled for `want` does: all that `want`
 * keeps is kept, every prefix and suffix that it declares is declared. False for some that would do.
 */
export function coversNeeds(have: ProfileNeeds, want: ProfileNeeds): boolean {
  return PROFILE_SURFACES.every((surface) => coversSurface(have[surface], want[surface]));
}

/** Equal for needs that are equal but for the order of selectors and repetitions. */
export function needsKey(needs: ProfileNeeds): string {
  return JSON.stringify(PROFILE_SURFACES.map((surface) => tidied(needs[surface])));
}

function forAll(needsOf: (surface: ProfileSurface) => SurfaceNeeds): ProfileNeeds {
  const entries = PROFILE_SURFACES.map((surface) => [surface, needsOf(surface)] as const);
  return Object.fromEntries(entries) as Record<ProfileSurface, SurfaceNeeds>;
}

function tidied({ all, selectors }: SurfaceNeeds): SurfaceNeeds {
  // Beside `all` only what is declared for prefix and suffix questions makes a difference.
  const telling = all ? selectors.filter(isDeclaration) : selectors;
  const byText = new Map(telling.map((selector) => [JSON.stringify(selector), selector]));
  const sorted = [...byText].sort(([a], [b]) => (a < b ? -1 : 1));
  return { all, selectors: sorted.map(([, selector]) => selector) };
}

function coversSurface(have: SurfaceNeeds, want: SurfaceNeeds): boolean {
  const known = new Set(have.selectors.map((selector) => JSON.stringify(selector)));
  const declared = want.selectors.filter(isDeclaration);
  if (!declared.every((selector) => known.has(JSON.stringify(selector)))) return false;
  if (have.all) return true;
  return (
    !want.all &&
    want.selectors.every((wanted) => have.selectors.some((kept) => includes(kept, wanted)))
  );
}

function isDeclaration(selector: ProfileDataSelector): boolean {
  return 'prefix' in selector || 'suffix' in selector;
}

/** Whether all that `inner` selects is selected by `outer`. */
function includes(outer: ProfileDataSelector, inner: ProfileDataSelector): boolean {
  if ('exact' in outer) return 'exact' in inner && inner.exact === outer.exact;
  if ('prefix' in outer) {
    const start = 'exact' in inner ? inner.exact : 'prefix' in inner ? inner.prefix : '';
    return start.startsWith(outer.prefix);
  }
  if ('suffix' in outer) {
    const end = 'exact' in inner ? inner.exact : 'suffix' in inner ? inner.suffix : '';
    return end.endsWith(outer.suffix);
  }
  return Object.values(inner).some((text: string) => text.includes(outer.contains));
}
