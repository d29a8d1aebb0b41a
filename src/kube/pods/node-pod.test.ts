import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import { stableName } from '#profile/slug.js';
import { parseNodePod } from './node-pod.ts';
import { rawPod, webPod } from './testing/sample-pod.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;

describe('a pod of the API server', () => {
  it('names its containers by the owner reference and the list they stand in', () => {
    const pod = parseNodePod(
      webPod({
        spec: {
          containers: [{ name: 'web', image: 'shop/web:1' }],
          initContainers: [{ name: 'init', image: 'shop/init:2' }],
          ephemeralContainers: [{ name: 'debugger', image: 'busybox' }],
        },
      }),
    );
    assert.deepEqual(
      pod.instances.map(({ containerType, containerName }) => [containerType, containerName]),
      [
        ['containers', 'web'],
        ['initContainers', 'init'],
        ['ephemeralContainers', 'debugger'],
      ],
    );
    assert.ok(pod.instances.every(({ kind, name }) => kind === 'ReplicaSet' && name === 'web-5d'));
    assert.equal(pod.images.get('init'), 'shop/init:2');
  });

  it('names all runs of a CronJob alike, by a hash of the spec', () => {
    const names = ['backup-29484000', 'backup-29484060'].map((job) => {
      const [instance] = parseNodePod(rawPod({ owner: ['batch/v1', 'Job', job] })).instances;
      assert.ok(instance);
      return stableName(instance);
    });
    assert.equal(names[0], names[1]);
    assert.match(names[0] ?? '', /^job-backup-[b-z2-9]+-web-/);
  });

  it('tells the statuses of init, plain and ephemeral containers', () => {
    const status = {
      initContainerStatuses: [
        { name: 'init', containerID: 'containerd://c0', state: { terminated: { exitCode: 0 } } },
      ],
      containerStatuses: [
        {
          name: 'web',
          containerID: 'containerd://c1',
          imageID: `docker.io/shop/web@${DIGEST}`,
          image: 'docker.io/shop/web:1',
          state: { running: {} },
        },
        { name: 'late', state: { waiting: { reason: 'PodInitializing' } } },
      ],
      ephemeralContainerStatuses: [{ name: 'debugger', containerID: 'containerd://c2', state: {} }],
    };
    assert.deepEqual(
      parseNodePod(webPod({ status })).status.containerStatuses.map(
        ({ name, containerId, state, imageDigest }) => [name, containerId, state, imageDigest],
      ),
      [
        ['init', 'containerd://c0', 'terminated', ''],
        ['web', 'containerd://c1', 'running', DIGEST],
        ['late', '', 'waiting', ''],
        ['debugger', 'containerd://c2', 'waiting', ''],
      ],
    );
  });

  it('is known to the runtime by the uid of its file when it is a mirror', () => {
    const annotations = { 'kubernetes.io/config.mirror': 'file-hash' };
    const pod = parseNodePod(rawPod({ annotations, owner: ['v1', 'Node', 'n1'] }));
    assert.deepEqual([pod.uid, pod.runtimeUid, pod.status.uid], ['u1', 'file-hash', 'file-hash']);
    assert.equal(pod.instances[0]?.kind, 'Pod');
  });

  it('keeps no environment, annotation or managed field', () => {
    const text = JSON.stringify(parseNodePod(webPod({ annotations: { note: 'secret' } })));
    assert.doesNotMatch(text, /secret|kubelet|env/);
  });

  it('is refused by the name of the field that is missing', () => {
    const { uid: _uid, ...metadata } = rawPod().metadata;
    assert.throws(() => parseNodePod({ ...rawPod(), metadata }), {
      code: 'invalid',
      message: /metadata\.uid/,
    });
    assert.throws(() => parseNodePod({ metadata: rawPod().metadata }), { message: /spec/ });
  });

  it('fails with nothing but an AgentError, whatever it is given', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (meta, spec, status) => {
        const odd = { metadata: { ...rawPod().metadata, labels: meta, ownerReferences: meta } };
        for (const raw of [meta, { ...odd, spec, status }, { ...rawPod(), status }]) {
          try {
            parseNodePod(raw);
          } catch (error) {
            assert.ok(error instanceof AgentError, String(error));
            assert.equal(error.code, 'invalid');
          }
        }
      }),
    );
  });
});
