import type { ContainerProfileSpec } from '#model/profile.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import type { ContainerProfileEntry, ProfileState } from '#model/projected-profile.js';
import { EVERYTHING } from '#profile/profile-needs.js';
import { projectProfile } from '#profile/projection.js';
import type { ProfileLookup } from '../profile-lookup.ts';

/** Profiles by container id, as given; `ask` says how often one was looked up. */
export class FixedProfiles implements ProfileLookup {
  lookups = 0;
  readonly #entries = new Map<string, ContainerProfileEntry>();

  set(
    containerId: string,
    spec: ContainerProfileSpec,
    {
      isEnforced = true,
      needs = EVERYTHING,
    }: { readonly isEnforced?: boolean; readonly needs?: ProfileNeeds } = {},
  ): this {
    const name = `profile-of-${containerId}`;
    const origin = { role: 'learned', kind: 'ContainerProfile', namespace: 'shop', name } as const;
    const state: ProfileState = {
      name,
      status: isEnforced ? 'completed' : 'ready',
      completion: 'complete',
    };
    const profile = projectProfile(spec, { needs, origin });
    this.#entries.set(containerId, { profile, state, isEnforced });
    return this;
  }

  clear(): void {
    this.#entries.clear();
  }

  getContainerProfile(containerId: string): ContainerProfileEntry | undefined {
    this.lookups += 1;
    return this.#entries.get(containerId);
  }

  getContainerProfileState(containerId: string): ProfileState {
    return this.#entries.get(containerId)?.state ?? { name: '', error: 'no profile yet' };
  }
}
