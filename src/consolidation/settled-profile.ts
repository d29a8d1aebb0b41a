import { ANNOTATION } from '#model/annotations.js';
import type { ContainerProfile, ContainerProfileSpec } from '#model/profile.js';
import { syncChecksum } from '#profile/checksum.js';
import type { CollapseSettings } from '#profile/collapse/collapse-settings.js';
import { deflateSpec } from '#profile/merge.js';

/**
 * Entries above which a profile is `too-large` and takes no more reports. The public storage's
 * default for `maxApplicationProfileSize`.
 */
const MAX_ENTRIES = 40_000;

const COUNTED = [
  'execs',
  'opens',
  'syscalls',
  'capabilities',
  'endpoints',
  'identifiedCallStacks',
  'ingress',
  'egress',
] as const satisfies readonly (keyof ContainerProfileSpec)[];

/**
 * A merged profile as it is stored: entries deflated, their number and the content's checksum in the
 * annotations. Above {@link MAX_ENTRIES} its status becomes `too-large`; its entries stay.
 */
export function settledProfile(
  profile: ContainerProfile,
  settings?: CollapseSettings,
): ContainerProfile {
  const spec = deflateSpec(profile.spec, { settings });
  const size = entryCount(spec);
  const annotations = {
    ...profile.metadata.annotations,
    [ANNOTATION.resourceSize]: String(size),
    ...(size > MAX_ENTRIES && { [ANNOTATION.status]: 'too-large' }),
  };
  // Without what only the store says of an object: the same content has the same checksum.
  const { uid: _uid, creationTimestamp: _created, resourceVersion: _, ...own } = profile.metadata;
  const checksum = syncChecksum({ ...profile, metadata: { ...own, annotations }, spec });
  return {
    ...profile,
    metadata: {
      ...profile.metadata,
      annotations: { ...annotations, [ANNOTATION.syncChecksum]: checksum },
    },
    spec,
  };
}

/** How many entries the lists of a profile have together. */
function entryCount(spec: ContainerProfileSpec): number {
  return COUNTED.reduce((sum, field) => sum + (spec[field]?.length ?? 0), 0);
}
