import { PROFILE_API_VERSION, type ProfileKind } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';

/** What the kinds are called in paths. */
const PLURAL: Readonly<Record<ProfileKind, string>> = {
  ContainerProfile: 'containerprofiles',
  ApplicationProfile: 'applicationprofiles',
  NetworkNeighborhood: 'networkneighborhoods',
};

/** Path of the objects of a kind, in one namespace or in all. */
export function collectionPath(kind: ProfileKind, namespace?: string): string {
  const within = namespace === undefined ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
  return `/apis/${PROFILE_API_VERSION}/${within}${PLURAL[kind]}`;
}

/** Path of one object. */
export function objectPath(kind: ProfileKind, { namespace, name }: ObjectKey): string {
  return `${collectionPath(kind, namespace)}/${encodeURIComponent(name)}`;
}
