import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import { CONTAINER_TYPES, type InstanceId } from '#model/container.js';
import {
  formatInstanceId,
  formatWorkloadId,
  hashInstanceId,
  parseInstanceId,
} from './instance-id.ts';
import { instanceIdLabels } from './instance-id-labels.ts';

const web: InstanceId = {
  apiVersion: 'apps/v1',
  namespace: 'default',
  kind: 'ReplicaSet',
  name: 'nginx-84f5585d68',
  containerType: 'containers',
  containerName: 'nginx',
};

describe('instance id string', () => {
  it('names workload and container', () => {
    const workload = 'apiVersion-apps/v1/namespace-default/kind-ReplicaSet/name-nginx-84f5585d68';
    assert.equal(formatWorkloadId(web), workload);
    assert.equal(formatInstanceId(web), `${workload}/containerName-nginx`);
  });

  it('puts the alternate name in the place of the name', () => {
    const text = formatInstanceId({ ...web, alternateName: 'other' });
    assert.match(text, /\/name-other\/containerName-nginx$/);
    assert.equal(parseInstanceId(text).name, 'other');
  });

  it('reads a workload without a container', () => {
    assert.deepEqual(parseInstanceId(formatWorkloadId(web)), { ...web, containerName: '' });
  });

  for (const text of [
    '',
    'apiVersion-v1/namespace-default/kind-Pod/name-nginx/containerMeme-nginx',
    'apiVersion-v1/namespace-default/kind-Pod/name-nginx/sidecarName-nginx',
    'apiVersion-v1/namespace-default/kind-Pod/name-nginx/containerName-',
    'apiVersion-v1/namespace-/kind-Pod/name-nginx',
    'x-apiVersion-v1/namespace-default/kind-Pod/name-nginx',
    'apiVersion-v1/namespace-default/kind-Pod/name-nginx/containerName-nginx/more',
  ]) {
    it(`refuses "${text}"`, () => {
      assert.throws(
        () => parseInstanceId(text),
        (error) =>
          error instanceof AgentError && error.code === 'invalid' && error.message.includes(text),
      );
    });
  }

  it('reads back what it wrote, whatever the names', () => {
    const part = fc.stringMatching(/^[^/]{1,20}$/);
    const id = fc.record({
      apiVersion: fc.constantFrom('v1', 'apps/v1', 'batch/v1beta1'),
      namespace: part,
      kind: part,
      name: part,
      containerType: fc.constantFrom(...CONTAINER_TYPES),
      containerName: part,
    });
    fc.assert(
      fc.property(id, (drawn) => {
        const original = { ...drawn };
        assert.deepEqual(parseInstanceId(formatInstanceId(original)), original);
      }),
    );
  });
});

describe('instance id hash', () => {
  // The public system's own worked values (GetHashed).
  for (const [text, hash] of [
    [
      'apiVersion-apps/v1/namespace-default/kind-ReplicaSet/name-nginx-84f5585d68/containerName-nginx',
      '57366ade3da2e7ba01f8b78251cb57bd70840939f4f207da91cb092b30c06feb',
    ],
    [
      'apiVersion-batch/v1/namespace-default/kind-Job/name-nginx-job/containerName-nginx-job',
      '1fdef304b3383588f0e8a267914746de2bf03e1652908d57232cd543a87541c5',
    ],
    [
      'apiVersion-v1/namespace-default/kind-Pod/name-nginx/containerName-nginx',
      '1ba506b28f9ee9c7e8a0c98840fe5a1fe21142d225ecc526fbb535d0d6344aaf',
    ],
  ] as const) {
    it(`of ${text}`, () => {
      assert.equal(hashInstanceId(parseInstanceId(text)), hash);
    });
  }
});

describe('instance id labels', () => {
  it('splits the API version and keeps the real name', () => {
    const labels = instanceIdLabels({ ...web, alternateName: 'other', templateHash: '84f5585d68' });
    assert.deepEqual(labels, {
      'kubescape.io/workload-api-group': 'apps',
      'kubescape.io/workload-api-version': 'v1',
      'kubescape.io/workload-namespace': 'default',
      'kubescape.io/workload-kind': 'ReplicaSet',
      'kubescape.io/workload-name': 'nginx-84f5585d68',
      'kubescape.io/workload-container-name': 'nginx',
      'kubescape.io/instance-template-hash': '84f5585d68',
    });
  });

  it('leaves the group of the core API empty', () => {
    const labels = instanceIdLabels({ ...web, apiVersion: 'v1' });
    assert.equal(labels['kubescape.io/workload-api-group'], '');
    assert.equal(labels['kubescape.io/workload-api-version'], 'v1');
    assert.equal(labels['kubescape.io/instance-template-hash'], '');
  });
});
