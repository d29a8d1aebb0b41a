import type { Manifest } from '#kube/manifest-documents.js';
import { readManifests } from '#kube/manifests.js';
import { parseProfile } from '#kube/profile-manifest.js';
import { AgentError } from '#model/agent-error.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';

/** A profile of any kind, as it was written. */
export interface WrittenProfile {
  /** Where it stands, for messages: the file, and which document or item of it. */
  readonly source: string;
  readonly profile: ProfileKinds[ProfileKind];
}

/**
 * The profiles of manifests in files and folders, and what was wrong with those that could not be
 * used: one message each, naming file, document and field. Throws `invalid` when there are paths and
 * not one profile in them.
 */
export async function readProfiles(paths: readonly string[]): Promise<{
  readonly profiles: readonly WrittenProfile[];
  readonly problems: readonly string[];
}> {
  const { manifests, errors } = await readManifests(paths);
  const problems = errors.map(({ message }) => message);
  const profiles = manifests.flatMap((manifest) => {
    const profile = profileOf(manifest);
    if (!(profile instanceof AgentError)) return [{ source: manifest.source, profile }];
    problems.push(profile.message);
    return [];
  });
  if (profiles.length === 0 && paths.length > 0) throw nothingUsable(paths, problems);
  return { profiles, problems };
}

/**
 * Puts the profiles of manifests into a store and returns what was wrong with those that could not
 * be used, one message each. Throws `invalid` when there are paths and not one usable profile in them.
 */
export async function loadProfiles(
  paths: readonly string[],
  store: Pick<ProfileStore, 'create'>,
): Promise<readonly string[]> {
  const { profiles, problems } = await readProfiles(paths);
  const { signal } = new AbortController();
  const refusals: string[] = [];
  for (const { source, profile } of profiles) {
    try {
      await store.create(profile.kind, profile, { signal });
    } catch (reason) {
      refusals.push(`${source}: ${AgentError.from(reason).message}`);
    }
  }
  const all = [...problems, ...refusals];
  if (refusals.length === profiles.length && paths.length > 0) throw nothingUsable(paths, all);
  return all;
}

function profileOf({ object, source }: Manifest): ProfileKinds[ProfileKind] | AgentError {
  try {
    return parseProfile(object, source);
  } catch (reason) {
    return AgentError.from(reason);
  }
}

function nothingUsable(paths: readonly string[], problems: readonly string[]): AgentError {
  const message = problems.join('\n') || `${paths.join(', ')}: there is no profile`;
  return new AgentError('invalid', message);
}
