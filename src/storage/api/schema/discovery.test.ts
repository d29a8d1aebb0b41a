import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceDefinition } from '#model/schema/resource.js';
import { RESOURCES } from '#model/schema/resources.js';
import {
  aggregatedDiscovery,
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
} from './discovery.ts';

const SPDX = 'spdx.softwarecomposition.kubescape.io';

const pods: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  listKind: 'PodList',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  namespaced: true,
  verbs: ['get', 'list', 'watch'],
  description: 'A pod.',
  schema: { type: 'object' },
  columns: [],
};

describe('discovery', () => {
  it('names both groups with their version', () => {
    const spdx = { groupVersion: `${SPDX}/v1beta1`, version: 'v1beta1' };
    const rules = { groupVersion: 'kubescape.io/v1', version: 'v1' };
    assert.deepEqual(groupList([...RESOURCES, pods]), {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [
        { name: SPDX, versions: [spdx], preferredVersion: spdx },
        { name: 'kubescape.io', versions: [rules], preferredVersion: rules },
      ],
    });
    assert.deepEqual(groupDocument(RESOURCES, 'kubescape.io'), {
      kind: 'APIGroup',
      apiVersion: 'v1',
      name: 'kubescape.io',
      versions: [rules],
      preferredVersion: rules,
    });
    assert.equal(groupDocument(RESOURCES, 'apps'), undefined);
    assert.equal(groupDocument([pods], ''), undefined);
  });

  it('lists the resources of a version with their verbs', () => {
    const list = resourceList(RESOURCES, { group: 'kubescape.io', version: 'v1' });
    const verbs = [
      'create',
      'delete',
      'deletecollection',
      'get',
      'list',
      'patch',
      'update',
      'watch',
    ];
    assert.deepEqual(list, {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'kubescape.io/v1',
      resources: [
        { name: 'rules', singularName: 'rule', namespaced: true, kind: 'Rules', verbs },
        {
          name: 'runtimerulealertbindings',
          singularName: 'runtimerulealertbinding',
          namespaced: false,
          kind: 'RuntimeRuleAlertBinding',
          verbs,
          shortNames: ['rab'],
        },
      ],
    });
    assert.equal(resourceList(RESOURCES, { group: 'kubescape.io', version: 'v2' }), undefined);
  });

  it('has a core group only when something is in it', () => {
    assert.deepEqual(coreVersions(RESOURCES), {
      kind: 'APIVersions',
      versions: [],
      serverAddressByClientCIDRs: [],
    });
    assert.deepEqual((coreVersions([pods]) as { versions: unknown }).versions, ['v1']);
  });

  it('says everything in one document, the core group apart', () => {
    const core = aggregatedDiscovery([...RESOURCES, pods], { root: 'api', version: 'v2' });
    assert.deepEqual(core, {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: [
        {
          metadata: { creationTimestamp: null },
          versions: [
            {
              version: 'v1',
              freshness: 'Current',
              resources: [
                {
                  resource: 'pods',
                  responseKind: { group: '', version: 'v1', kind: 'Pod' },
                  scope: 'Namespaced',
                  singularResource: 'pod',
                  verbs: ['get', 'list', 'watch'],
                  shortNames: ['po'],
                },
              ],
            },
          ],
        },
      ],
    });
    const rest = aggregatedDiscovery([...RESOURCES, pods], { root: 'apis', version: 'v2' });
    const { items } = rest as { readonly items: readonly { readonly metadata: object }[] };
    assert.deepEqual(
      items.map(({ metadata }) => metadata),
      [
        { name: SPDX, creationTimestamp: null },
        { name: 'kubescape.io', creationTimestamp: null },
      ],
    );
  });
});
