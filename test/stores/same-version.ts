import { isDeepStrictEqual } from 'node:util';
import type { CrdProfileStore } from '#kube/crd-profile-store.js';
import type { ContainerProfile } from '#model/profile.js';
import type { MergingStore } from '#storage/testing/consolidation-driver.js';

/**
 * CRD mode keeps the rows of series in the profile itself: a report that adds nothing to the profile changes its
 * version all the same. Here such a profile is shown with the version it had, so that the contract, which
 * compares whole objects, holds all else against it.
 */
export function withSameVersion(store: CrdProfileStore): MergingStore {
  let last: ContainerProfile | undefined;
  const get: MergingStore['get'] = async (kind, key, options) => {
    const object = await store.get(kind, key, options);
    if (object?.kind !== 'ContainerProfile') return object;
    const asBefore = { ...object, metadata: { ...object.metadata, ...versionOf(last) } };
    if (isDeepStrictEqual(asBefore, last)) return asBefore;
    last = object;
    return object;
  };
  return {
    get,
    list: (kind, options) => store.list(kind, options),
    watch: (kind, options) => store.watch(kind, options),
    create: (kind, object, options) => store.create(kind, object, options),
    update: (kind, object, options) => store.update(kind, object, options),
    delete: (kind, key, options) => store.delete(kind, key, options),
    pendingProfiles: (options) => store.pendingProfiles(options),
    consolidateProfile: (key, options) => store.consolidateProfile(key, options),
  };
}

function versionOf(profile: ContainerProfile | undefined) {
  const resourceVersion = profile?.metadata.resourceVersion;
  return resourceVersion === undefined ? {} : { resourceVersion };
}
