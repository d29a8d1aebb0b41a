import { readManifests } from '#kube/manifests.js';
import { parseProfile } from '#kube/profile-manifest.js';
import { AgentError } from '#model/agent-error.js';
import type { ProfileStore } from '#model/profile-store.js';

/**
 * Puts the profiles of manifests into a store and returns what was wrong with those that could not
 * be used, one message each.
 */
export async function loadProfiles(
  paths: readonly string[],
  store: ProfileStore,
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const { manifests, errors } = await readManifests(paths);
  const problems = errors.map(({ message }) => message);
  const { signal } = new AbortController();
  for (const { source, object } of manifests) {
    try {
      const profile = parseProfile(object, source);
      await store.create(profile.kind, profile, { signal });
    } catch (error) {
      problems.push(`${source}: ${AgentError.from(error).message}`);
    }
  }
  return problems;
}
