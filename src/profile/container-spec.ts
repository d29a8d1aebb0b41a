import { CONTAINER_TYPES } from '#model/container.js';
import type { ContainerProfileSpec, ProfileKind, ProfileKinds } from '#model/profile.js';

/** Names of the containers that a profile speaks of, each once. None: it speaks of one without naming it. */
export function containerNamesIn(profile: ProfileKinds[ProfileKind]): readonly string[] {
  if (profile.kind === 'ContainerProfile') return [];
  const { spec } = profile;
  const names = CONTAINER_TYPES.flatMap((type) => (spec[type] ?? []).map(({ name = '' }) => name));
  return [...new Set(names)];
}

/**
 * What a profile says of the container with this name; undefined when it says nothing of it. A ContainerProfile
 * is about its one container, whatever that is called.
 */
export function specOfContainer(
  profile: ProfileKinds[ProfileKind],
  containerName: string,
): ContainerProfileSpec | undefined {
  if (profile.kind === 'ContainerProfile') return profile.spec;
  const { spec } = profile;
  for (const type of CONTAINER_TYPES) {
    const found = spec[type]?.find(({ name }) => name === containerName);
    if (found !== undefined) return found;
  }
  return undefined;
}
