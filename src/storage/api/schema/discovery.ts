import type { ResourceDefinition } from '#model/schema/resource.js';
import {
  apiVersionOf,
  type GroupVersion,
  groupVersionsOf,
  resourcesOf,
  verbsOf,
} from './group-versions.ts';

type Resources = readonly ResourceDefinition[];

/** Answers `/version`: the version of Kubernetes whose dialect is spoken, and our own. */
export function versionDocument(ownVersion: string): object {
  return {
    major: '1',
    minor: '32',
    gitVersion: `v1.32.0+hullwatch-${ownVersion}`,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: '',
  };
}

/** Answers `/api`: the versions of the core group; none when it has no resources, which kubectl takes for a fault. */
export function coreVersions(resources: Resources): object {
  const versions = versionsOf(resources, '').map(({ version }) => version);
  return { kind: 'APIVersions', versions, serverAddressByClientCIDRs: [] };
}

/** Answers `/apis`: every group but the core group. */
export function groupList(resources: Resources): object {
  const groups = groupsOf(resources).filter((group) => group !== '');
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.map((group) => groupFields(resources, group)),
  };
}

/** Answers `/apis/GROUP`; undefined for a group that is not served. */
export function groupDocument(resources: Resources, group: string): object | undefined {
  if (group === '' || !groupsOf(resources).includes(group)) return;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupFields(resources, group) };
}

/** Answers `/api/v1` and `/apis/GROUP/VERSION`; undefined for a version that is not served. */
export function resourceList(resources: Resources, groupVersion: GroupVersion): object | undefined {
  const these = resourcesOf(resources, groupVersion);
  if (these.length === 0) return;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: apiVersionOf(groupVersion),
    resources: these.map((resource) => ({
      name: resource.plural,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: verbsOf(resource),
      ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    })),
  };
}

/**
 * Answers `/api` (core group) and `/apis` (all others) when the client accepts
 * `application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`: everything in one document.
 */
export function aggregatedDiscovery(
  resources: Resources,
  { root, version }: { readonly root: 'api' | 'apis'; readonly version: 'v2' | 'v2beta1' },
): object {
  const groups = groupsOf(resources).filter((group) => (group === '') === (root === 'api'));
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
      versions: versionsOf(resources, group).map((groupVersion) => ({
        version: groupVersion.version,
        freshness: 'Current',
        resources: resourcesOf(resources, groupVersion).map(discoveredResource),
      })),
    })),
  };
}

function discoveredResource(resource: ResourceDefinition): object {
  const { group, version, kind } = resource;
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: verbsOf(resource),
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
  };
}

function groupFields(resources: Resources, group: string): object {
  const versions = versionsOf(resources, group).map((groupVersion) => ({
    groupVersion: apiVersionOf(groupVersion),
    version: groupVersion.version,
  }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function groupsOf(resources: Resources): readonly string[] {
  return [...new Set(resources.map(({ group }) => group))];
}

function versionsOf(resources: Resources, group: string): readonly GroupVersion[] {
  return groupVersionsOf(resources).filter((one) => one.group === group);
}
