import type { ContainerProfileSpec } from '#model/profile.js';
import type { ContainerProfileEntry, ProfileState } from '#model/projected-profile.js';
import { projectProfile } from '#profile/projection.js';
import type { ProfileLookup } from '../profile-lookup.ts';

/** Profiles by container id, as given; `ask` says how often one was looked up. */
export class FixedProfiles implements ProfileLookup {
  lookups = 0;
  readonly #entries = new Map<string, ContainerProfileEntry>();

  set(
    containerId: string,
    spec: ContainerProfileSpec,
    { isEnforced = true }: { readonly isEnforced?: boolean } = {},
  ): this {
    const state: ProfileState = {
      name: `profile-of-${containerId}`,
      status: isEnforced ? 'completed' : 'ready',
      completion: 'complete',
    };
    this.#entries.set(containerId, { profile: projectProfile(spec), state, isEnforced });
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
