import { PROFILE_SURFACES, type ProfileSurface } from '#model/profile-needs.js';

/** Entries of one surface: in the sources, and kept because rules can ask for them. */
export interface EntryCount {
  readonly stored: number;
  readonly kept: number;
}

type Counted = { readonly entries: Readonly<Record<ProfileSurface, EntryCount>> };

/** The sums over several compiled profiles, by surface. */
export function sumOfEntries(
  profiles: readonly Counted[],
): Readonly<Record<ProfileSurface, EntryCount>> {
  const sums = PROFILE_SURFACES.map((surface) => {
    const counts = profiles.map(({ entries }) => entries[surface]);
    const stored = counts.reduce((sum, count) => sum + count.stored, 0);
    const kept = counts.reduce((sum, count) => sum + count.kept, 0);
    return [surface, { stored, kept }];
  });
  return Object.fromEntries(sums);
}
