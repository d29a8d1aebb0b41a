import type { ResourceDefinition } from '#model/schema/resource.js';

/** An API group and one version of it. The core group is empty. */
export interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** Every verb there is; what a resource allows that names none. */
export const ALL_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
] as const;

/** What may be done with a resource. */
export function verbsOf(resource: ResourceDefinition): readonly string[] {
  return resource.verbs ?? ALL_VERBS;
}

/** As `apiVersion` has it: `v1`, or group and version. */
export function apiVersionOf({ group, version }: GroupVersion): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The path below which a group's version is served, without the slash before it: `api/v1`, `apis/G/V`. */
export function pathOf(groupVersion: GroupVersion): string {
  return `${groupVersion.group === '' ? 'api' : 'apis'}/${apiVersionOf(groupVersion)}`;
}

/** The groups and versions of these resources, each once, in their order. */
export function groupVersionsOf(resources: readonly ResourceDefinition[]): readonly GroupVersion[] {
  const byPath = new Map<string, GroupVersion>();
  for (const { group, version } of resources) {
    const groupVersion = { group, version };
    const path = pathOf(groupVersion);
    if (!byPath.has(path)) byPath.set(path, groupVersion);
  }
  return [...byPath.values()];
}

/** Those of the resources that are of this group and version. */
export function resourcesOf(
  resources: readonly ResourceDefinition[],
  { group, version }: GroupVersion,
): readonly ResourceDefinition[] {
  return resources.filter((one) => one.group === group && one.version === version);
}
