import { collectionPath } from '#kube/profile-path.js';
import { AgentError } from '#model/agent-error.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { systemClock } from '#runtime/clock.js';
import { objectOf } from '#storage/object-text.js';
import { storeClient } from './open-cluster.ts';
import type { AgentOptions } from './options.ts';
import { withStoreFile } from './store-file.ts';
import { isStoreFile } from './store-place.ts';

/** A profile as it was at a version of its store. */
export interface StoredVersion {
  readonly kind: ProfileKind;
  readonly key: ObjectKey;
  /** As a list or a watch gave it; stores remember a bounded number of changes. */
  readonly resourceVersion: string;
}

/**
 * The profile as it stood in the store that the options name when the store was at this version; undefined when
 * there was none. Rejects with `expired` when that is too long ago for the store to remember, and as the store does.
 */
export async function profileAtVersion(
  options: AgentOptions,
  asked: StoredVersion,
  signal: AbortSignal,
): Promise<ProfileKinds[ProfileKind] | undefined> {
  if (isStoreFile(options.store)) return inFile(options.store, asked, signal);
  return onServer(options, asked, signal);
}

type AnyProfile = ProfileKinds[ProfileKind];

function inFile(
  path: string,
  asked: StoredVersion,
  signal: AbortSignal,
): Promise<AnyProfile | undefined> {
  const { kind, key, resourceVersion } = asked;
  const atVersion = Number(resourceVersion);
  if (!Number.isSafeInteger(atVersion) || atVersion < 1) {
    throw new AgentError('invalid', `version ${resourceVersion}: expected a whole number from 1`);
  }
  return withStoreFile(path, async ({ objects }) => {
    const query = { namespace: key.namespace, withBodies: true, atVersion, signal };
    const { rows } = await objects.list(kind, query);
    const row = rows.find(({ name }) => name === key.name);
    return row && (objectOf(kind, row) as unknown as AnyProfile);
  });
}

async function onServer(
  options: AgentOptions,
  asked: StoredVersion,
  signal: AbortSignal,
): Promise<AnyProfile | undefined> {
  const { kind, key, resourceVersion } = asked;
  const { client } = await storeClient({ options, clock: systemClock });
  try {
    const { items } = await client.list(collectionPath(kind, key.namespace), {
      signal,
      query: {
        fieldSelector: `metadata.name=${key.name}`,
        resourceVersion,
        resourceVersionMatch: 'Exact',
      },
    });
    const [item] = items;
    return item === undefined ? undefined : ({ ...Object(item), kind } as AnyProfile);
  } finally {
    client.close();
  }
}
