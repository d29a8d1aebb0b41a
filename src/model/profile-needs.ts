/** The parts of a profile that rules ask about, one by one. Names are the public rule format's. */
export const PROFILE_SURFACES = [
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

/** One of {@link PROFILE_SURFACES}. */
export type ProfileSurface = (typeof PROFILE_SURFACES)[number];

/** Entries whose text (path, name, endpoint, address, domain) meets the one condition given. */
export type ProfileDataSelector =
  | { readonly exact: string }
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly contains: string };

/**
 * What is needed of one surface: all of it, or the entries that a selector selects, or (with no
 * selector) nothing. Selectors stand beside `all` too: a prefix or suffix that is declared is answered
 * over patterns as well, see docs/rules.md.
 */
export interface SurfaceNeeds {
  readonly all: boolean;
  readonly selectors: readonly ProfileDataSelector[];
}

/** What the loaded rules need of a profile. */
export type ProfileNeeds = Readonly<Record<ProfileSurface, SurfaceNeeds>>;
