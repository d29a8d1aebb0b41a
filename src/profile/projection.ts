import type { ContainerProfileSpec } from '#model/profile.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import type { ProfileOrigin } from '#model/profile-question.js';
import type { ProjectedProfile } from '#model/projected-profile.js';
import { LayeredProfile } from './layered-profile.ts';
import { ProfileCompiler } from './profile-compiler.ts';
import { EVERYTHING } from './profile-needs.ts';

const UNNAMED: ProfileOrigin = {
  role: 'learned',
  kind: 'ContainerProfile',
  namespace: '',
  name: '',
};

/**
 * One profile, compiled by itself. Who has many compiles them with one `ProfileCompiler`.
 *
 * @param options.needs everything when absent
 * @param options.origin where explanations say that it came from; without names when absent
 */
export function projectProfile(
  spec: ContainerProfileSpec,
  {
    needs = EVERYTHING,
    origin = UNNAMED,
  }: { readonly needs?: ProfileNeeds; readonly origin?: ProfileOrigin } = {},
): ProjectedProfile {
  const compiled = new ProfileCompiler().compile(spec, needs);
  return new LayeredProfile({ layers: [{ origin, compiled }], needs });
}
