import type { ContainerProfileEntry, ProjectedProfile } from '#model/projected-profile.js';
import type { Clock } from '#runtime/clock.js';
import type { NeedsCheck } from './needs-check.ts';
import { PodSpecExemption } from './pod-spec-exemption.ts';
import type { ProfileLookup } from './profile-lookup.ts';
import type { Surroundings } from './surroundings.ts';

/** What a {@link RuleHost} is made of. */
export interface RuleHostOptions {
  readonly profiles: ProfileLookup;
  readonly surroundings: Surroundings;
  readonly clock: Clock;
}

/** Where a container stands in the cluster. */
export interface ContainerIdentity {
  readonly containerName: string;
  readonly namespace: string;
  /** Empty outside Kubernetes. */
  readonly podName: string;
}

/** A profile to judge by instead of the one that is looked up; no entry is no profile. */
export interface GivenProfile {
  readonly entry: ContainerProfileEntry | undefined;
}

/** What rule functions can reach of the world outside their expression. */
export class RuleHost {
  readonly surroundings: Surroundings;
  readonly #profiles: ProfileLookup;
  readonly #exemption: PodSpecExemption;
  #containerId: string | undefined;
  #who: ContainerIdentity | undefined;
  #entry: ContainerProfileEntry | undefined;
  #check: NeedsCheck | undefined;
  #judging: ContainerProfileEntry | undefined;

  constructor({ profiles, surroundings, clock }: RuleHostOptions) {
    this.surroundings = surroundings;
    this.#profiles = profiles;
    this.#exemption = new PodSpecExemption(surroundings, clock);
  }

  /**
   * Looks up the profile by which events of this container are judged, once for all that ask; or
   * takes the one that is given. Without `who` nothing is exempt for standing in the pod's spec.
   */
  enter(
    containerId: string,
    who?: ContainerIdentity,
    given?: GivenProfile,
  ): ContainerProfileEntry | undefined {
    this.#entry = given ? enforced(given.entry) : this.#lookUp(containerId);
    this.#judging = this.#entry;
    this.#containerId = containerId;
    this.#who = who;
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
    return this.#usable(this.#lookUp(containerId))?.profile;
  }

  /** True while everything that a container executes is exempt, because it is being stopped. */
  isStopping(containerId: string): boolean {
    return this.#exemption.isStopping(containerId);
  }

  /** True when the pod's spec itself has the container execute this path. */
  isInPodSpec(containerId: string, path: string): boolean {
    if (containerId !== this.#containerId || this.#who === undefined) return false;
    return this.#exemption.covers(containerId, this.#who, path);
  }

  #lookUp(containerId: string): ContainerProfileEntry | undefined {
    return enforced(this.#profiles.getContainerProfile(containerId));
  }

  #usable(entry: ContainerProfileEntry | undefined): ContainerProfileEntry | undefined {
    if (entry === undefined || this.#check === undefined) return entry;
    return this.#check.isMetBy(entry.profile.needs) ? entry : undefined;
  }
}

function enforced(entry: ContainerProfileEntry | undefined): ContainerProfileEntry | undefined {
  return entry?.isEnforced ? entry : undefined;
}
