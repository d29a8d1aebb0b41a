import type { Manifest } from '#kube/manifest-documents.js';
import { readManifests } from '#kube/manifests.js';
import { parseProfile } from '#kube/profile-manifest.js';
import { AgentError } from '#model/agent-error.js';
import type { ProfileStore } from '#model/profile-store.js';

/**
 * Puts the profiles of manifests into a store and returns what was wrong with those that could not
 * be used, one message each. Throws `invalid` when there are paths and not one profile in them.
 */
export async function loadProfiles(
  paths: readonly string[],
  store: ProfileStore,
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const { manifests, errors } = await readManifests(paths);
  const problems = errors.map(({ message }) => message);
  let loaded = 0;
  for (const manifest of manifests) {
    const problem = await load(manifest, store);
    if (problem === undefined) loaded += 1;
    else problems.push(problem);
  }
  if (loaded > 0) return problems;
  throw new AgentError(
    'invalid',
    problems.join('\n') || `${paths.join(', ')}: there is no profile`,
  );
}

/** Stores one profile; what was wrong with it otherwise. */
async function load(
  { source, object }: Manifest,
  store: ProfileStore,
): Promise<string | undefined> {
  try {
    const profile = parseProfile(object, source);
    await store.create(profile.kind, profile, { signal: new AbortController().signal });
    return undefined;
  } catch (reason) {
    const { code, message } = AgentError.from(reason);
    // What the parser says names the source already.
    return code === 'conflict' ? `${source}: ${message}` : message;
  }
}
