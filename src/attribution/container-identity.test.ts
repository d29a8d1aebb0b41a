import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatInstanceId, parseInstanceId } from '#profile/instance-id.js';
import { instancesOfWorkload } from '#profile/instance-id-manifest.js';
import { stableName, workloadName } from '#profile/slug.js';
import { type ContainerRun, containerIdentity, sandboxIdOf } from './container-identity.ts';
import { type ContainerRecord, containerRecord } from './container-record.ts';

const HEX = 'ab'.repeat(32);
const run: ContainerRun = {
  runtimeNamespace: 'default',
  pid: 7,
  imageDigest: 'sha256:1',
  startedAtMs: 5,
  preExisting: false,
};

function aRecord(record: Partial<ContainerRecord> = {}): ContainerRecord {
  return { id: HEX, labels: {}, image: '', annotations: {}, cgroupsPath: '', ...record };
}

const podLabels = (name: string, container = 'nginx') => ({
  'io.kubernetes.pod.name': name,
  'io.kubernetes.pod.namespace': 'shop',
  'io.kubernetes.pod.uid': 'uid-1',
  'io.kubernetes.container.name': container,
  'io.cri-containerd.kind': 'container',
});

describe('identity of a container in a pod', () => {
  it('has the same names as the pod in the API gives', () => {
    const name = 'web-84f5585d68-42mxd';
    const labels = { app: 'web', 'pod-template-hash': '84f5585d68' };
    const [expected] = instancesOfWorkload({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...{ name, namespace: 'shop', labels },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-84f5585d68' }],
      },
      spec: { containers: [{ name: 'nginx' }] },
    });
    assert.ok(expected);
    const sandboxLabels = { ...podLabels(name), 'io.cri-containerd.kind': 'sandbox', ...labels };
    const container = containerIdentity(aRecord({ labels: podLabels(name) }), {
      ...{ ...run, sandboxLabels, cgroupId: 12 },
    });
    assert.deepEqual(container.instanceId, expected);
    assert.equal(container.profileName, stableName(expected));
    assert.equal(container.workloadName, workloadName(expected));
    assert.deepEqual(container.pod, { name, namespace: 'shop', uid: 'uid-1', labels });
    assert.equal(container.workloadKind, 'Deployment');
    assert.deepEqual(
      [container.name, container.namespace, container.kind, container.cgroupId, container.pid],
      ['nginx', 'shop', 'container', 12, 7],
    );
  });

  it('tells a sandbox by label or annotation', () => {
    const { 'io.cri-containerd.kind': _, ...labels } = podLabels('web');
    const annotations = { 'io.kubernetes.cri.container-type': 'sandbox' };
    assert.equal(containerIdentity(aRecord({ labels, annotations }), run).kind, 'sandbox');
    const labelled = { ...labels, 'io.cri-containerd.kind': 'sandbox' };
    assert.equal(containerIdentity(aRecord({ labels: labelled }), run).kind, 'sandbox');
    assert.equal(containerIdentity(aRecord({ labels }), run).kind, 'container');
  });

  it('names the CronJob above a run of it', () => {
    const labels = { ...podLabels('hello-28686821-x2k4f'), 'job-name': 'hello-28686821' };
    const { workloadKind, instanceId } = containerIdentity(aRecord({ labels }), run);
    assert.equal(workloadKind, 'CronJob');
    assert.equal(instanceId.kind, 'Job');
  });

  it('takes the image that the pod asked for where the runtime has only a digest', () => {
    const annotations = { 'io.kubernetes.cri.image-name': 'docker.io/library/nginx:1' };
    const { image } = containerIdentity(aRecord({ image: 'sha256:12', annotations }), run);
    assert.equal(image, 'docker.io/library/nginx:1');
    assert.equal(containerIdentity(aRecord({ image: 'nginx', annotations }), run).image, 'nginx');
  });

  it('finds its sandbox by the annotation, a sandbox none', () => {
    const annotations = { 'io.kubernetes.cri.sandbox-id': 's' };
    assert.equal(sandboxIdOf(aRecord({ annotations })), 's');
    assert.equal(sandboxIdOf(aRecord({ annotations, id: 's' })), undefined);
    assert.equal(sandboxIdOf(aRecord()), undefined);
  });
});

describe('identity of a container outside Kubernetes', () => {
  const idOf = (record: Partial<ContainerRecord>, runtimeNamespace = 'default') =>
    formatInstanceId(
      containerIdentity(aRecord(record), { ...run, runtimeNamespace }).instanceId,
    ).replace('apiVersion-v1/namespace-containerd-default/kind-Container/', '');

  for (const [what, record, id] of [
    ['its image', { image: 'reg:5000/shop/web:1.2@sha256:0' }, 'name-web/containerName-web'],
    ['its image and own id', { id: 'db-1', image: 'postgres' }, 'name-postgres/containerName-db-1'],
    ['a label of ours', { labels: { 'hullwatch.io/workload': 'w' } }, 'name-w/containerName-w'],
    [
      'its service and name',
      { labels: { 'com.docker.compose.service': 's', 'nerdctl/name': 'n-1' }, image: 'i' },
      'name-s/containerName-n-1',
    ],
    ['its id alone', { id: 'only' }, 'name-only/containerName-only'],
    ['odd signs', { id: 'My_App', image: 'A__B' }, 'name-a--b/containerName-my-app'],
    ['nothing', { id: '' }, 'name-unnamed/containerName-unnamed'],
    ['signs only', { id: '__', image: '//:@' }, 'name-unnamed/containerName-unnamed'],
  ] as const) {
    it(`is made of ${what}`, () => assert.equal(idOf(record), id));
  }

  it('has a namespace of its own for each of containerd', () => {
    const namespaceIn = (runtimeNamespace: string) =>
      containerIdentity(aRecord(), { ...run, runtimeNamespace }).namespace;
    assert.equal(namespaceIn('moby'), 'containerd-moby');
    assert.equal(namespaceIn('Build_kit.x'), 'containerd-build-kit-x');
    assert.equal(namespaceIn('x'.repeat(80)).length, 63);
  });
});

it('identity never fails and always gives usable names, whatever is on record', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.constantFrom('', '..', '../../x', 'A', '_', 'a/b', 'ok', '__proto__', 'x'.repeat(300)),
  );
  const keys = [
    ...Object.keys(podLabels('x')),
    ...['pod-template-hash', 'controller-revision-hash', 'job-name', 'nerdctl/name'],
    ...['hullwatch.io/workload', 'com.docker.compose.service', '__proto__'],
  ];
  const labels = fc.dictionary(fc.constantFrom(...keys), text);
  const record = fc.record({
    id: text,
    labels,
    image: text,
    annotations: labels,
    cgroupsPath: text,
  });
  fc.assert(
    fc.property(
      record,
      fc.option(labels, { nil: undefined }),
      text,
      (drawn, sandbox, namespace) => {
        const container = containerIdentity(drawn, {
          ...{ ...run, sandboxLabels: sandbox, runtimeNamespace: namespace },
        });
        const { instanceId, profileName } = container;
        assert.match(profileName, /^[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]$/);
        assert.match(container.namespace, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
        assert.equal(container.namespace, instanceId.namespace);
        const parsed = parseInstanceId(formatInstanceId(instanceId));
        assert.equal(parsed.containerName, instanceId.containerName);
        assert.equal(stableName(parsed), profileName);
      },
    ),
  );
});

describe('record of a container', () => {
  const spec = (value: unknown) => ({ value: Buffer.from(JSON.stringify(value)) });

  it('has annotations and cgroup of the specification', () => {
    const linux = { cgroupsPath: '/a' };
    assert.deepEqual(
      containerRecord({
        ...{ id: 'a', labels: { l: '1' }, image: 'i' },
        spec: spec({ annotations: { a: '1', b: 2 }, linux }),
      }),
      { id: 'a', labels: { l: '1' }, image: 'i', annotations: { a: '1' }, cgroupsPath: '/a' },
    );
  });

  it('is empty where the specification is not what it should be', () => {
    for (const value of [null, 'x', [], { annotations: 'x', linux: 7 }, { linux: null }]) {
      const { annotations, cgroupsPath } = containerRecord({ id: 'a', spec: spec(value) });
      assert.deepEqual([annotations, cgroupsPath], [{}, '']);
    }
    assert.equal(containerRecord({ spec: { value: Buffer.from('{') } }).id, '');
    assert.equal(containerRecord(null).id, '');
  });
});
