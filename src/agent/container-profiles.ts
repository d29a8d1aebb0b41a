import type { ProfileCache } from '#profile-cache/profile-cache.js';

/** What the agent needs of whatever holds the profiles of its containers; {@link ProfileCache} is that. */
export type ContainerProfiles = Pick<
  ProfileCache,
  | 'containerAdded'
  | 'containerRemoved'
  | 'learningEnded'
  | 'needsChanged'
  | 'nudge'
  | 'getContainerProfile'
  | 'getContainerProfileState'
  | 'getCallStackTree'
  | 'explain'
  | 'hasFinalProfile'
  | 'list'
  | 'container'
  | 'run'
> &
  Partial<Pick<ProfileCache, 'statistics' | 'hold'>>;
