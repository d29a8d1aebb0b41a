import type { ContainerProfileEntry, ProjectedProfile } from '#model/projected-profile.js';
import type { ProfileLookup } from './profile-lookup.ts';

/** What rule functions can reach of the world outside their expression. */
export class RuleHost {
  readonly #profiles: ProfileLookup;
  #containerId: string | undefined;
  #entry: ContainerProfileEntry | undefined;

  constructor(profiles: ProfileLookup) {
    this.#profiles = profiles;
  }

  /** Looks up the profile by which events of this container are judged, once for all that ask. */
  enter(containerId: string): ContainerProfileEntry | undefined {
    const entry = this.#profiles.getContainerProfile(containerId);
    this.#containerId = containerId;
    this.#entry = entry?.isEnforced ? entry : undefined;
    return this.#entry;
  }

  /** The profile of a container, or undefined when there is none that may be judged by. */
  profileOf(containerId: string): ProjectedProfile | undefined {
    if (containerId === this.#containerId) return this.#entry?.profile;
    const entry = this.#profiles.getContainerProfile(containerId);
    return entry?.isEnforced ? entry.profile : undefined;
  }
}
