import { isDeepStrictEqual } from 'node:util';
import { AgentError } from '#model/agent-error.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';

/** What became of an object in the store, in kubectl's words. */
export type Applied = 'created' | 'configured' | 'unchanged';

/**
 * Makes the store hold this profile: creates it, or replaces the one of its name. A profile that has a
 * `resourceVersion` replaces only that version, as for kubectl. Rejects as the store does, and with
 * `completed` when the stored one was learned to its end and so cannot be changed.
 */
export async function applyProfile<K extends ProfileKind>(
  store: Pick<ProfileStore, 'get' | 'create' | 'update'>,
  profile: ProfileKinds[K] & { readonly kind: K },
  signal: AbortSignal,
): Promise<Applied> {
  const { kind, metadata } = profile;
  const { namespace, name } = metadata;
  const stored = await store.get(kind, { namespace, name }, { signal });
  if (stored === undefined) {
    await store.create(kind, profile, { signal });
    return 'created';
  }
  if (isDeepStrictEqual(written(stored), written(profile))) return 'unchanged';
  const updated = await store.update(kind, profile, { signal });
  if (updated.metadata.resourceVersion === stored.metadata.resourceVersion) {
    throw new AgentError(
      'completed',
      `${kind} ${namespace}/${name} was learned to its end: it can be deleted, not changed`,
    );
  }
  return 'configured';
}

/** Of the metadata, what the store writes. */
const STORES_OWN = ['uid', 'creationTimestamp', 'resourceVersion', 'generation'];

/** What a person wrote of an object, without what only the store says of it. */
function written({ apiVersion, kind, metadata, spec }: ProfileKinds[ProfileKind]): unknown {
  const rest: Record<string, unknown> = { ...metadata };
  for (const field of STORES_OWN) delete rest[field];
  return JSON.parse(JSON.stringify({ apiVersion, kind, metadata: rest, spec }));
}
