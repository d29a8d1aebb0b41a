import { readProfiles } from '#agent/load-profiles.js';
import type { AgentOptions } from '#agent/options.js';
import { profileAtVersion } from '#agent/stored-version.js';
import { withProfileStore } from '#agent/with-profile-store.js';
import { AgentError } from '#model/agent-error.js';
import { LABEL } from '#model/annotations.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import { containerNamesIn, specOfContainer } from '#profile/container-spec.js';
import type { SourcedSpec } from '#profile/profile-diff.js';
import { type AskAgent, oneContainer } from '../containers/agent-client.ts';
import type { ProfileReference } from './profile-reference.ts';

/** A profile and what to call it. */
interface Named {
  readonly source: string;
  readonly profile: ProfileKinds[ProfileKind];
}

/** The profiles that one reference stands for: several when a container's profile is made of several. */
export interface Referred {
  readonly profiles: readonly Named[];
  /** The container that it is about, when that is clear. */
  readonly containerName?: string | undefined;
}

/** Where references are looked up. */
export interface Places {
  readonly options: AgentOptions;
  readonly ask: AskAgent;
  readonly signal: AbortSignal;
}

/**
 * Looks a reference up. Rejects with `not-found` when there is nothing there, with `invalid` when a file has no
 * profile or several to choose from, and as the store and the agent do.
 */
export function referredProfiles(reference: ProfileReference, places: Places): Promise<Referred> {
  switch (reference.from) {
    case 'file':
      return ofFile(reference);
    case 'container':
      return ofContainer(reference.id, places);
    case 'store':
      return ofStore(reference, places);
  }
}

/**
 * The specs of one container in what a reference stands for. `containerName` wins over what the profiles say.
 * Throws `invalid` when a profile speaks of several containers and none is named, `not-found` when it does not
 * speak of the one.
 */
export function specsOf(referred: Referred, containerName: string | undefined): SourcedSpec[] {
  return referred.profiles.map(({ source, profile }) => {
    const names = containerNamesIn(profile);
    const wanted = containerName ?? referred.containerName ?? names[0];
    if (names.length > 1 && (containerName ?? referred.containerName) === undefined) {
      const choice = names.join(', ');
      throw new AgentError('invalid', `${source}: say with --container which one: ${choice}`);
    }
    const spec = specOfContainer(profile, wanted ?? '');
    if (spec !== undefined) return { source, spec };
    throw new AgentError('not-found', `${source}: says nothing of a container ${wanted}`);
  });
}

async function ofFile({ path, name }: ProfileReference & { from: 'file' }): Promise<Referred> {
  const { profiles, problems } = await readProfiles([path]);
  const fitting = profiles.filter((each) => name === undefined || nameOf(each.profile) === name);
  const [first] = fitting;
  if (first !== undefined && fitting.length === 1) {
    return { profiles: [first], containerName: containerNameOf(first.profile) };
  }
  const names = profiles.map(({ profile }) => nameOf(profile)).join(', ');
  const expected =
    names === '' ? problems.join('; ') : `it has ${names}; say which with ${path}#NAME`;
  throw new AgentError('invalid', `${path}: expected one profile: ${expected}`);
}

async function ofStore(
  { kind, key, resourceVersion }: ProfileReference & { from: 'store' },
  { options, signal }: Places,
): Promise<Referred> {
  const profile =
    resourceVersion === undefined
      ? await withProfileStore(options, (store) => store.get(kind, key, { signal }))
      : await profileAtVersion(options, { kind, key, resourceVersion }, signal);
  const what = `${kind} ${key.namespace}/${key.name}`;
  const when = resourceVersion === undefined ? '' : ` at version ${resourceVersion}`;
  if (profile === undefined) throw new AgentError('not-found', `there is no ${what}${when}`);
  const version = profile.metadata.resourceVersion;
  const source = version === undefined ? what : `${what}@${version}`;
  return { profiles: [{ source, profile }], containerName: containerNameOf(profile) };
}

/** The stored objects that the agent has made the container's profile of, as they are now. */
async function ofContainer(id: string, places: Places): Promise<Referred> {
  const container = await oneContainer(places.ask, id, places.signal);
  const present = container.sources.filter(({ presence }) => presence === 'present');
  if (present.length === 0) {
    const why = `it is ${container.state} (${container.reason})`;
    throw new AgentError('not-found', `container ${id} has no profile: ${why}`);
  }
  const found = await Promise.all(
    present.map(({ kind, namespace, name }) =>
      ofStore({ from: 'store', kind, key: { namespace, name } }, places),
    ),
  );
  const { containerName } = container;
  const profiles = found
    .flatMap((each) => each.profiles)
    .filter(({ profile }) => specOfContainer(profile, containerName ?? '') !== undefined);
  return { profiles, containerName };
}

function nameOf({ metadata: { namespace, name } }: ProfileKinds[ProfileKind]): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

function containerNameOf({ metadata }: ProfileKinds[ProfileKind]): string | undefined {
  return metadata.labels?.[LABEL.containerName];
}
