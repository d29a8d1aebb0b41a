import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instancesOfWorkload } from './instance-id-manifest.ts';
import { stableName, workloadName } from './slug.ts';

interface PodOptions {
  readonly name?: string;
  readonly labels?: Record<string, string>;
  readonly owner?: readonly [apiVersion: string, kind: string, name: string];
  readonly spec?: Record<string, unknown>;
}

function aPod({ name = 'web', labels = {}, owner, spec = {} }: PodOptions = {}) {
  const ownerReferences = owner && [{ apiVersion: owner[0], kind: owner[1], name: owner[2] }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels, ...(owner && { ownerReferences }) },
    spec: { containers: [{ name: 'nginx', image: 'nginx' }], ...spec },
  };
}

const nameOf = (manifest: unknown) => {
  const [id] = instancesOfWorkload(manifest);
  assert.ok(id);
  return workloadName(id);
};

describe('instances of a pod', () => {
  it('carry the name and revision of a DaemonSet', () => {
    const pod = aPod({
      name: 'node-agent-x7k2m',
      labels: { 'controller-revision-hash': 'f9dd7596f' },
      owner: ['apps/v1', 'DaemonSet', 'node-agent'],
    });
    assert.equal(nameOf(pod), 'daemonset-node-agent-f9dd7596f');
  });

  it('carry the name of a ReplicaSet, for every container in order', () => {
    const pod = aPod({
      name: 'nginx-84f5585d68-42mxd',
      labels: { app: 'nginx', 'pod-template-hash': '84f5585d68' },
      owner: ['apps/v1', 'ReplicaSet', 'nginx-84f5585d68'],
      spec: { ephemeralContainers: [{ name: 'abc' }], initContainers: [{ name: 'bla' }] },
    });
    const ids = instancesOfWorkload(pod);
    assert.equal(nameOf(pod), 'replicaset-nginx-84f5585d68');
    assert.deepEqual(ids.map(stableName), [
      'replicaset-nginx-84f5585d68-nginx-5736-6feb',
      'replicaset-nginx-84f5585d68-bla-c2db-8092',
      'replicaset-nginx-84f5585d68-abc-725c-ef45',
    ]);
    assert.equal(ids[0]?.templateHash, '84f5585d68');
  });

  it('carry the name of a Job', () => {
    const pod = aPod({ name: 'nginx-job-88b9z', owner: ['batch/v1', 'Job', 'nginx-job'] });
    assert.equal(nameOf(pod), 'job-nginx-job');
  });

  it('carry the revision of a StatefulSet', () => {
    const pod = aPod({
      name: 'web-0',
      labels: { 'controller-revision-hash': 'web-7757fc6447' },
      owner: ['apps/v1', 'StatefulSet', 'web'],
    });
    assert.equal(nameOf(pod), 'statefulset-web-7757fc6447');
    assert.equal(instancesOfWorkload(pod)[0]?.name, 'web');
  });

  it("stand for themselves under a Node, a custom resource's kind or nothing", () => {
    assert.equal(nameOf(aPod({ owner: ['v1', 'Node', 'node-1'] })), 'pod-web');
    assert.equal(nameOf(aPod({ owner: ['example.com/v1', 'Rollout', 'r'] })), 'pod-web');
    assert.equal(nameOf(aPod()), 'pod-web');
  });

  it('use the default namespace where they have none', () => {
    const { metadata, ...rest } = aPod();
    const pod = { ...rest, metadata: { name: metadata.name } };
    assert.equal(instancesOfWorkload(pod, { defaultNamespace: 'shop' })[0]?.namespace, 'shop');
    assert.throws(() => instancesOfWorkload(pod), {
      code: 'invalid',
      message: /metadata\.namespace/,
    });
  });
});

describe("instances of a CronJob's pod", () => {
  const run = (minutes: number, spec: Record<string, unknown> = {}) =>
    aPod({
      name: `kubevuln-scheduler-${minutes}-abcde`,
      owner: ['batch/v1', 'Job', `kubevuln-scheduler-${minutes}`],
      spec,
    });

  it('have the same name in every run, made of a hash of the template', () => {
    assert.match(nameOf(run(28677846)), /^job-kubevuln-scheduler-[bcdfghjklmnpqrstvwxz2456789]+$/);
    assert.equal(nameOf(run(28677847)), nameOf(run(28677846)));
    const [id] = instancesOfWorkload(run(28677846));
    assert.equal(id?.name, 'kubevuln-scheduler-28677846');
    assert.equal(`kubevuln-scheduler-${id?.templateHash}`, id?.alternateName);
  });

  it('ignore what differs from pod to pod', () => {
    const perPod = run(1, {
      containers: [
        {
          image: 'nginx',
          name: 'nginx',
          env: [{ name: 'DD_INJECT_START_TIME', value: '5' }],
          volumeMounts: [{ name: 'kube-api-access-87xwk', mountPath: '/var/run/secrets' }],
        },
      ],
      volumes: [{ name: 'kube-api-access-87xwk', projected: { sources: [] } }],
      nodeName: 'node-7',
      hostname: 'h',
    });
    assert.equal(nameOf(perPod), nameOf(run(1)));
  });

  it('have another name when the template changes', () => {
    assert.notEqual(
      nameOf(run(1, { containers: [{ name: 'nginx', image: 'b' }] })),
      nameOf(run(1)),
    );
    assert.notEqual(nameOf(run(1, { volumes: [{ name: 'a', emptyDir: {} }] })), nameOf(run(1)));
  });

  it('have the name of the Job when that is at hand instead', () => {
    const { spec, metadata } = run(28677846);
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { ...metadata, name: 'kubevuln-scheduler-28677846' },
      spec: { template: { spec } },
    };
    assert.equal(nameOf(job), nameOf(run(28677846)));
  });

  it('stop at a spec that is too large or too deep, as aliases can make one', () => {
    let wide: unknown = 'x'.repeat(100);
    for (let level = 0; level < 20; level += 1) wide = [wide, wide];
    assert.throws(() => nameOf(run(1, { wide })), { code: 'invalid', message: /too large/ });
    const loop: unknown[] = [];
    loop.push(loop);
    assert.throws(() => nameOf(run(1, { loop })), { code: 'invalid', message: /too deep/ });
  });
});

describe('instances of a workload given directly', () => {
  const template = { spec: { containers: [{ name: 'c' }] } };
  for (const [kind, rest, field] of [
    ['Deployment', { spec: { template } }, 'deployment-web'],
    ['ReplicaSet', { spec: { template } }, 'replicaset-web'],
    ['StatefulSet', { spec: { template } }, 'statefulset-web'],
    ['DaemonSet', { spec: { template } }, 'daemonset-web'],
    ['Job', { spec: { template } }, 'job-web'],
    ['CronJob', { spec: { jobTemplate: { spec: { template } } } }, 'cronjob-web'],
    ['PodTemplate', { template }, 'podtemplate-web'],
  ] as const) {
    it(`${kind} are named after it`, () => {
      const metadata = {
        name: 'web',
        namespace: 'shop',
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'above' }],
      };
      assert.equal(nameOf({ apiVersion: 'apps/v1', kind, metadata, ...rest }), field);
    });
  }
});

describe('a manifest that cannot be used', () => {
  for (const [what, manifest, message] of [
    ['no object', [], /^manifest: expected an object/],
    ['null', null, /^manifest: expected an object/],
    ['no kind', {}, /^kind: expected a non-empty text/],
    [
      'no workload',
      { kind: 'Service', apiVersion: 'v1' },
      /^kind: expected one of CronJob, .*got Service/,
    ],
    ['a kind of JavaScript', { kind: 'constructor' }, /^kind: expected one of/],
    ['no spec', { ...aPod(), spec: undefined }, /^spec: expected an object/],
    [
      'no containers',
      aPod({ spec: { containers: null } }),
      /^spec\.containers: expected at least one/,
    ],
    [
      'containers of another type',
      aPod({ spec: { containers: {} } }),
      /^spec\.containers: expected a list/,
    ],
    [
      'a container without name',
      aPod({ spec: { containers: [{}] } }),
      /^spec\.containers\[0\]\.name/,
    ],
    ['no name', aPod({ name: '' }), /^metadata\.name: expected a non-empty text/],
    [
      'an owner without name',
      aPod({ owner: ['apps/v1', 'Job', ''] }),
      /^metadata\.ownerReferences\[0\]\.name/,
    ],
    ['no API version', { ...aPod(), apiVersion: 1 }, /^apiVersion: expected/],
    [
      'labels of another type',
      { ...aPod(), metadata: { name: 'a', labels: [] } },
      /^metadata\.labels/,
    ],
  ] as const) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => instancesOfWorkload(manifest), { code: 'invalid', message });
    });
  }
});
