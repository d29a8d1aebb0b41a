import * as v from 'valibot';

/** The parts of a profile that a rule may declare to need. Names are the public format's. */
const PROFILE_SURFACES = [
  'capabilities',
  'egressAddresses',
  'egressDomains',
  'endpoints',
  'execs',
  'ingressAddresses',
  'ingressDomains',
  'opens',
  'syscalls',
] as const;
type ProfileSurface = (typeof PROFILE_SURFACES)[number];

/** Which entries of a surface a rule needs: those whose text meets the one selector given. */
type ProfileDataSelector =
  | { readonly exact: string }
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly contains: string };

/** What rules need of a profile. A surface that is absent is not needed. */
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
