import type { ContainerProfileSpec } from '#model/profile.js';
import { sortedUnique } from './list-merge.ts';
import { profileRows, ROW_SURFACES, type RowSurface } from './profile-rows.ts';

/** A profile, or one of several that apply together. */
export interface SourcedSpec {
  /** The object it came from, for a person: kind, namespace, name and version, or a file. */
  readonly source: string;
  readonly spec: ContainerProfileSpec;
}

/** What one side says about one thing, and which objects say so. */
export interface DiffSide {
  readonly details: readonly string[];
  readonly sources: readonly string[];
}

/** One thing about which two sides differ. A side that does not know it is absent. */
export interface ProfileDifference {
  readonly surface: RowSurface;
  readonly key: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly before?: DiffSide;
  readonly after?: DiffSide;
}

/** All differences, and how much is equal, by surface. */
export interface ProfileDiff {
  /** The objects that each side is made of. */
  readonly sources: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly differences: readonly ProfileDifference[];
  readonly equal: Readonly<Record<RowSurface, number>>;
}

type Sides = Map<string, DiffSide>;

/**
 * What `after` allows more, less or differently than `before`. Profiles of one side count together. By
 * surface, then by key in code unit order.
 */
export function diffProfiles(
  before: readonly SourcedSpec[],
  after: readonly SourcedSpec[],
): ProfileDiff {
  const [old, fresh] = [sidesOf(before), sidesOf(after)];
  const differences: ProfileDifference[] = [];
  const equal = Object.fromEntries(ROW_SURFACES.map((surface) => [surface, 0])) as Record<
    RowSurface,
    number
  >;
  for (const surface of ROW_SURFACES) {
    const keys = sortedUnique([...old[surface].keys(), ...fresh[surface].keys()]);
    for (const key of keys) {
      const difference = differenceOf(old[surface].get(key), fresh[surface].get(key));
      if (difference === undefined) equal[surface] += 1;
      else differences.push({ surface, key, ...difference });
    }
  }
  const sources = { before: sourcesOf(before), after: sourcesOf(after) };
  return { sources, differences, equal };
}

function sourcesOf(profiles: readonly SourcedSpec[]): readonly string[] {
  return profiles.map(({ source }) => source);
}

function differenceOf(
  before: DiffSide | undefined,
  after: DiffSide | undefined,
): Pick<ProfileDifference, 'change' | 'before' | 'after'> | undefined {
  if (before === undefined) return after && { change: 'added', after };
  if (after === undefined) return { change: 'removed', before };
  const isEqual = JSON.stringify(before.details) === JSON.stringify(after.details);
  return isEqual ? undefined : { change: 'changed', before, after };
}

function sidesOf(profiles: readonly SourcedSpec[]): Record<RowSurface, Sides> {
  const sides = Object.fromEntries(ROW_SURFACES.map((surface) => [surface, new Map()])) as Record<
    RowSurface,
    Sides
  >;
  for (const { source, spec } of profiles) {
    for (const { surface, key, details } of profileRows(spec)) {
      const known = sides[surface].get(key);
      sides[surface].set(key, {
        details: sortedUnique([...(known?.details ?? []), ...details]),
        sources: sortedUnique([...(known?.sources ?? []), source]),
      });
    }
  }
  return sides;
}
