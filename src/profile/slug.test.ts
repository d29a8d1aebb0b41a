import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { InstanceId } from '#model/container.js';
import { hashInstanceId } from './instance-id.ts';
import { instanceSlug, oneTimeName, stableName, workloadName } from './slug.ts';

const HEX32 = 'c68b821c86194262b389d919d1355ee6';

/** An id from `apiVersion namespace Kind name [container [alternate]]`. */
function anId(text: string): InstanceId {
  const [apiVersion = '', namespace = '', kind = '', name = '', containerName = '', alternate] =
    text.split(' ');
  const id = { apiVersion, namespace, kind, name, containerName, containerType: 'containers' };
  return { ...id, ...(alternate && { alternateName: alternate }) } as InstanceId;
}

const multi = 'apps/v1 node-agent-test-hjjz ReplicaSet multiple-containers-deployment';

describe('stable name', () => {
  // Worked values of the public system (GetSlug(false)).
  for (const [id, name] of [
    ['v1 default Pod reverse-proxy nginx', 'pod-reverse-proxy-nginx-2f07-68bd'],
    ['v1 default Service webapp leader', 'service-webapp-leader-cca3-8ea7'],
    ['v1 default Deployment my-deployment main-app', 'deployment-my-deployment-main-app-f9c2-5136'],
    [
      'batch/v1 processing Job data-processor worker processor-job-alt',
      'job-processor-job-alt-worker-32c7-f0b9',
    ],
    ['v1 default Pod pod-no-cont-name', 'pod-pod-no-cont-name'],
    [
      'apps/v1 kube-system ReplicaSet coredns-5d78c9869d coredns',
      'replicaset-coredns-5d78c9869d-coredns-185f-129c',
    ],
    [
      `${multi}-d4b8dd5fd server`,
      'replicaset-multiple-containers-deployment-d4b8dd5fd-server-5cad-76b6',
    ],
    [
      `${multi}-d4b8dd5fd nginx`,
      'replicaset-multiple-containers-deployment-d4b8dd5fd-nginx-42c9-63c3',
    ],
    [
      `${multi}-5f47987c85 nginx`,
      'replicaset-multiple-containers-deployment-5f47987c85-nginx-a3a9-8c21',
    ],
    [
      `${multi}-5f47987c85 server`,
      'replicaset-multiple-containers-deployment-5f47987c85-server-2237-6628',
    ],
    [
      'batch/v1 default Job hello-28686821 hello hello-64c875c864',
      'job-hello-64c875c864-hello-f699-a8be',
    ],
    [
      'batch/v1 default Job hello-28686822 hello hello-64c875c864',
      'job-hello-64c875c864-hello-f699-a8be',
    ],
    [
      'batch/v1 default Job hello-28686823 hello hello-64c875c864',
      'job-hello-64c875c864-hello-f699-a8be',
    ],
  ] as const) {
    it(`of ${id}`, () => assert.equal(stableName(anId(id)), name));
  }

  it('tells the three container types apart', () => {
    const id = anId('apps/v1 default ReplicaSet nginx-84f5585d68 nginx');
    const base = 'replicaset-nginx-84f5585d68';
    assert.equal(stableName(id), `${base}-nginx-5736-6feb`);
    const init: InstanceId = { ...id, containerType: 'initContainers', containerName: 'bla' };
    assert.equal(stableName(init), `${base}-bla-c2db-8092`);
    const ephemeral: InstanceId = {
      ...id,
      containerType: 'ephemeralContainers',
      containerName: 'abc',
    };
    assert.equal(stableName(ephemeral), `${base}-abc-725c-ef45`);
  });

  for (const bad of ['web/app', 'web_app', 'web:app', 'wéb', '\u212Aube']) {
    it(`refuses ${bad} instead of changing it`, () => {
      assert.throws(() => stableName({ ...anId('v1 default Service x leader'), name: bad }), {
        code: 'invalid',
        message: new RegExp(bad),
      });
    });
  }
});

describe('workload name', () => {
  for (const [id, name] of [
    ['v1 default Service webapp', 'service-webapp'],
    ['v1 default Pod my-pod c', 'pod-my-pod'],
    ['apps/v1 kube-system DaemonSet fluentd c fluentd-ds-alt', 'daemonset-fluentd-ds-alt'],
    ['batch/v1 default Job hello-28686821 hello hello-64c875c864', 'job-hello-64c875c864'],
    [
      'batch/v1 kubescape Job kubevuln-scheduler-28677846 scan kubevuln-scheduler-5976555c87',
      'job-kubevuln-scheduler-5976555c87',
    ],
  ] as const) {
    it(`of ${id}`, () => assert.equal(workloadName(anId(id)), name));
  }
});

describe('slug of parts', () => {
  it('ends in the hash pair of its container', () => {
    const hash = '0'.repeat(64);
    assert.equal(
      instanceSlug({ name: 'webapp', kind: 'Service', container: 'webapp', hash }),
      'service-webapp-webapp-0000-0000',
    );
  });

  it('cuts a long name to 253 bytes and marks it by its hash', () => {
    const hash = '1ba506b28f9ee9c7e8a0c98840fe5a1fe21142d225ecc526fbb535d0d6344aaf';
    const slug = instanceSlug({ name: 'x'.repeat(300), kind: 'Service', hash });
    assert.equal(slug.length, 253);
    assert.ok(slug.endsWith('x-1ba5-4aaf'), slug);
  });

  it('cuts from 243 bytes on, although 252 would fit', () => {
    const ofLength = (length: number) =>
      instanceSlug({ kind: 'Pod', name: 'x'.repeat(length - 4), hash: 'abcd'.repeat(16) });
    assert.equal(ofLength(242).length, 242);
    assert.equal(ofLength(243).length, 253);
    assert.equal(ofLength(252).length, 253);
  });
});

describe('one-time name', () => {
  it('is the stable name and the suffix', () => {
    assert.equal(
      oneTimeName(anId('apps/v1 kube-system ReplicaSet coredns-5d78c9869d coredns'), HEX32),
      `replicaset-coredns-5d78c9869d-coredns-185f-129c-${HEX32}`,
    );
  });

  it('cuts a long stable name at 210 bytes to make room', () => {
    const id = { ...anId('v1 default Pod x c'), name: 'x'.repeat(225) };
    const { 0: base } = oneTimeName(id, HEX32).split(`-${HEX32}`);
    const hash = hashInstanceId(id);
    assert.equal(base, `pod-${'x'.repeat(206)}-${hash.slice(0, 4)}-${hash.slice(-4)}`);
    assert.notEqual(stableName(id), base);
  });

  it('refuses a suffix of another form', () => {
    for (const suffix of ['', 'abc', HEX32.toUpperCase(), `${HEX32}0`]) {
      assert.throws(() => oneTimeName(anId('v1 default Pod x c'), suffix), { code: 'invalid' });
    }
  });
});

it('names are valid DNS subdomains of at most 253 bytes, whatever the lengths', () => {
  const part = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,260}[a-z0-9]$/);
  fc.assert(
    fc.property(part, part, (name, containerName) => {
      const id = { ...anId('v1 default Pod x c'), name, containerName };
      for (const made of [stableName(id), workloadName(id), oneTimeName(id, HEX32)]) {
        assert.match(made, /^[a-z0-9][a-z0-9.-]{0,251}[a-z0-9]$/);
      }
    }),
  );
});
