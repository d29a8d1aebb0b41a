import {
  PROFILE_SURFACES,
  type ProfileDataSelector,
  type ProfileNeeds,
  type ProfileSurface,
} from '#model/profile-needs.js';

const NOTHING = { all: false, selectors: [] };
const ALL = { all: true, selectors: [] };

function needs(given: Partial<ProfileNeeds>, otherwise = NOTHING): ProfileNeeds {
  return Object.fromEntries(
    PROFILE_SURFACES.map((surface) => [surface, given[surface] ?? otherwise]),
  ) as unknown as ProfileNeeds;
}

/** What the rules of a trial may need, by the name by which steps speak of it. */
export const NEEDS = {
  everything: needs({}, ALL),
  execs: needs({ execs: ALL }),
  addresses: needs({ egressAddresses: ALL }),
  'some execs': needs({
    execs: { all: false, selectors: [{ prefix: '/v/1' }, { suffix: '/web' }, { contains: '/2' }] },
    egressAddresses: { all: false, selectors: [{ exact: '10.0.1.1' }, { suffix: '.2' }] },
  }),
  nothing: needs({}),
} as const;
export type NeedsName = keyof typeof NEEDS;

/** True when a profile compiled for these needs holds an entry with this text. */
export function isHeldFor(needed: ProfileNeeds, surface: ProfileSurface, text: string): boolean {
  const { all, selectors } = needed[surface];
  return all || selectors.some((selector) => selects(selector, text));
}

function selects(selector: ProfileDataSelector, text: string): boolean {
  if ('exact' in selector) return text === selector.exact;
  if ('prefix' in selector) return text.startsWith(selector.prefix);
  if ('suffix' in selector) return text.endsWith(selector.suffix);
  return text.includes(selector.contains);
}
