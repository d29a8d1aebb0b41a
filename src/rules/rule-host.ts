import type { ContainerProfileEntry, ProjectedProfile } from '#model/projected-profile.js';
import type { NeedsCheck } from './needs-check.ts';
import type { ProfileLookup } from './profile-lookup.ts';

/** What rule functions can reach of the world outside their expression. */
export class RuleHost {
  readonly #profiles: ProfileLookup;
  #containerId: string | undefined;
  #entry: ContainerProfileEntry | undefined;
  #check: NeedsCheck | undefined;
  #judging: ContainerProfileEntry | undefined;

  constructor(profiles: ProfileLookup) {
    this.#profiles = profiles;
  }

  /** Looks up the profile by which events of this container are judged, once for all that ask. */
  enter(containerId: string): ContainerProfileEntry | undefined {
    this.#entry = this.#enforced(containerId);
    this.#judging = this.#entry;
    this.#containerId = containerId;
    return this.#entry;
  }

  /** Says which rule asks from now on: profiles that do not hold what it needs are none to it. */
  askFor(check: NeedsCheck): void {
    this.#check = check;
    this.#judging = this.#usable(this.#entry);
  }

  /** The entry of the container entered, if the rule that asks may be judged by it. */
  get judging(): ContainerProfileEntry | undefined {
    return this.#judging;
  }

  /** The profile of a container, or undefined when there is none that the rule may be judged by. */
  profileOf(containerId: string): ProjectedProfile | undefined {
    if (containerId === this.#containerId) return this.#judging?.profile;
    return this.#usable(this.#enforced(containerId))?.profile;
  }

  #enforced(containerId: string): ContainerProfileEntry | undefined {
    const entry = this.#profiles.getContainerProfile(containerId);
    return entry?.isEnforced ? entry : undefined;
  }

  #usable(entry: ContainerProfileEntry | undefined): ContainerProfileEntry | undefined {
    if (entry === undefined || this.#check === undefined) return entry;
    return this.#check.isMetBy(entry.profile.needs) ? entry : undefined;
  }
}
