import { ANNOTATION } from '#model/annotations.js';
import type { Container } from '#model/container.js';
import type { ProfileKind } from '#model/profile.js';
import type { ProfileOrigin, SourceRole } from '#model/profile-question.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { ContainerProfileEntry, ProfileState } from '#model/projected-profile.js';
import { specOfContainer } from '#profile/container-spec.js';
import { LayeredProfile, type ProfileLayer } from '#profile/layered-profile.js';
import { ProfileCompiler } from '#profile/profile-compiler.js';
import { EVERYTHING } from '#profile/profile-needs.js';

/** What the store has of a container's profile. */
export interface StoredEntry {
  readonly entry: ContainerProfileEntry;
  readonly origins: readonly ProfileOrigin[];
}

/**
 * The profile of a container that is gone, made of what was learned of it and what users have written about its
 * workload, as the store has them now. Undefined when it has neither. Rejects as the store does.
 */
export async function storedProfileEntry(
  store: Pick<ProfileStore, 'get'>,
  container: Container,
  signal: AbortSignal,
): Promise<StoredEntry | undefined> {
  const { namespace, name: containerName, profileName, workloadName } = container;
  const compiler = new ProfileCompiler();
  const layers: ProfileLayer[] = [];
  let state: ProfileState = { name: profileName };
  for (const [role, kind, name] of [
    ['learned', 'ContainerProfile', profileName],
    ['managed-application', 'ApplicationProfile', `ug-${workloadName}`],
    ['managed-network', 'NetworkNeighborhood', `ug-${workloadName}`],
  ] as const satisfies readonly (readonly [SourceRole, ProfileKind, string])[]) {
    const object = await store.get(kind, { namespace, name }, { signal });
    const spec = object && specOfContainer(object, containerName);
    if (object === undefined || spec === undefined) continue;
    const { resourceVersion, annotations } = object.metadata;
    layers.push({
      origin: { role, kind, namespace, name, resourceVersion },
      compiled: compiler.compile(spec, EVERYTHING),
    });
    if (role === 'learned') state = { name, ...stateIn(annotations) };
  }
  if (layers.length === 0) return undefined;
  const profile = new LayeredProfile({ layers, needs: EVERYTHING });
  return {
    entry: { profile, state, isEnforced: true },
    origins: layers.map((each) => each.origin),
  };
}

function stateIn(annotations: Readonly<Record<string, string>> = {}) {
  const { [ANNOTATION.status]: status, [ANNOTATION.completion]: completion } = annotations;
  return { status, completion } as Pick<ProfileState, 'status' | 'completion'>;
}
