import * as v from 'valibot';
import {
  PROFILE_SURFACES,
  type ProfileDataSelector,
  type ProfileSurface,
} from '#model/profile-needs.js';

/** What a rule declares to need of a profile, as its manifest has it: by surface, all or some entries. */
export type ProfileDataRequired = Readonly<
  Partial<Record<ProfileSurface, 'all' | readonly ProfileDataSelector[]>>
>;

const literal = v.pipe(v.string(), v.nonEmpty());
const selector = v.union(
  [
    v.strictObject({ exact: literal }),
    v.strictObject({ prefix: literal }),
    v.strictObject({ suffix: literal }),
    v.strictObject({ contains: literal }),
  ],
  'expected exactly one of exact, prefix, suffix and contains, with a text',
);
const surface = v.union(
  [v.literal('all'), v.array(selector)],
  (issue) =>
    issue.issues?.find(({ path }) => path)?.message ?? 'expected all or a list of selectors',
);
const surfaces = Object.fromEntries(
  PROFILE_SURFACES.map((name) => [name, v.exactOptional(surface)]),
) as Record<ProfileSurface, v.ExactOptionalSchema<typeof surface, undefined>>;

/** Validates `profileDataRequired` of a rule. */
export const profileDataSchema = v.strictObject(surfaces);
