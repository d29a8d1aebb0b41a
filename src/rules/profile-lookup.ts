import type { ContainerProfileEntry, ProfileState } from '#model/projected-profile.js';

/** Where rules find the profile of a container. Synchronous: it is asked for every event. */
export interface ProfileLookup {
  /** The container's profile, or undefined while there is none. */
  getContainerProfile(containerId: string): ContainerProfileEntry | undefined;
  /** What is known of the container's profile, also when there is none and why. */
  getContainerProfileState(containerId: string): ProfileState;
}
