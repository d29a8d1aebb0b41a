import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeCri } from './testing/fake-cri.ts';
import { START_MS, Watching } from './testing/watching.ts';

const POD = { name: 'web-5d7c9-x2k4f', namespace: 'shop', uid: 'u' };
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const IMAGE_ID = `sha256:${'cd'.repeat(32)}`;

async function staged() {
  const fake = await FakeCri.start();
  const watching = new Watching();
  fake.sandboxes.set('s', {
    ...{ id: 's', metadata: POD, pid: 6 },
    labels: { app: 'web', 'pod-template-hash': '5d7c9' },
  });
  const put = (fields: Partial<Parameters<typeof fake.containers.set>[1]> = {}) =>
    fake.containers.set('c', {
      ...{ id: 'c', sandboxId: 's', name: 'nginx', pid: 7, startedAtMs: START_MS },
      ...fields,
    });
  return { fake, watching, put };
}

describe('containers by the Container Runtime Interface', () => {
  it('are known by their pod, with its labels, even without the labels of a kubelet', async () => {
    const { fake, watching, put } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    put({ labels: { mine: '1' }, image: 'docker.io/library/nginx:1' });
    watching.watch({ kind: 'cri', socketPath: fake.socketPath });
    await watching.has('+c:7');
    await watching.has('+s:6');
    const container = watching.container('+c:7');
    assert.deepEqual(container.pod, {
      ...POD,
      labels: { app: 'web', 'pod-template-hash': '5d7c9' },
    });
    assert.deepEqual(
      [container.name, container.kind, container.workloadName, container.workloadKind],
      ['nginx', 'container', 'replicaset-web-5d7c9', 'Deployment'],
    );
    assert.deepEqual([container.labels, container.runtimeNamespace], [{ mine: '1' }, 'k8s.io']);
    assert.equal(container.image, 'docker.io/library/nginx:1');
    const sandbox = watching.container('+s:6');
    assert.deepEqual([sandbox.kind, sandbox.pod?.name], ['sandbox', POD.name]);
  });

  it('have the digest of their image: of the manifest, or else of the image itself', async () => {
    const pulled = { id: IMAGE_ID, repoDigests: [`docker.io/library/nginx@${DIGEST}`] };
    for (const [imageRef, image, expected] of [
      [`docker.io/library/nginx@${DIGEST}`, undefined, DIGEST],
      [IMAGE_ID, pulled, DIGEST],
      [IMAGE_ID, { id: IMAGE_ID, repoDigests: [] }, IMAGE_ID],
      [IMAGE_ID.slice(7), undefined, IMAGE_ID],
      ['', undefined, ''],
    ] as const) {
      const { fake, watching, put } = await staged();
      await using _fake = fake;
      await using _watching = watching;
      put({ imageRef });
      if (image) fake.images.set(imageRef, { ...image, repoDigests: [...image.repoDigests] });
      watching.watch({ kind: 'cri', socketPath: fake.socketPath });
      await watching.has('+c:7');
      assert.equal(watching.container('+c:7').imageDigest, expected, imageRef);
    }
  });

  it('have the image that the pod asked for where the runtime has only its id', async () => {
    for (const key of ['io.kubernetes.cri.image-name', 'io.kubernetes.cri-o.ImageName']) {
      const { fake, watching, put } = await staged();
      await using _fake = fake;
      await using _watching = watching;
      put({ image: IMAGE_ID, annotations: { [key]: 'quay.io/shop/web:1' } });
      watching.watch({ kind: 'cri', socketPath: fake.socketPath });
      await watching.has('+c:7');
      assert.equal(watching.container('+c:7').image, 'quay.io/shop/web:1');
    }
  });

  it('are told of when they have ended before they were looked at', async () => {
    const { fake, watching, put } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    watching.watch({ kind: 'cri', socketPath: fake.socketPath });
    await watching.has('+s:6');
    put({ state: 'CONTAINER_EXITED', finishedAtMs: START_MS + 20, exitCode: 4 });
    fake.tell('c');
    fake.tell('c');
    await watching.has('-c 4');
    fake.containers.delete('c');
    fake.tell('c');
    fake.sandboxes.set('s', { id: 's', metadata: POD, isReady: false });
    fake.tell('s');
    await watching.has('-s unknown');
    assert.deepEqual(watching.lines, ['+s:6', '+c:0', '-c 4', '-s unknown']);
  });

  it('are not told of before they run', async () => {
    const { fake, watching, put } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    watching.watch({ kind: 'cri', socketPath: fake.socketPath });
    await watching.has('+s:6');
    put({ state: 'CONTAINER_CREATED' });
    fake.tell('c');
    await watching.clock.advance(3_000);
    assert.deepEqual(watching.lines, ['+s:6']);
    put();
    fake.tell('c');
    await watching.has('+c:7');
  });

  it('are seen from their start by lists alone: these come twice a second', async () => {
    const { fake, watching } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    fake.eventStream = 'unknown';
    let lists = 0;
    fake.before = (call) => {
      if (call === 'ListContainers') lists += 1;
    };
    watching.watch({ kind: 'cri', socketPath: fake.socketPath });
    await watching.has('+s:6');
    const startMs = watching.clock.now();
    await watching.until(() => watching.clock.now() - startMs >= 5_000, 'five seconds');
    assert.ok(lists >= 8 && lists <= 12, `${lists} lists`);
  });

  it('are listed rarely once the stream of events has told something', async () => {
    const { fake, watching, put } = await staged();
    await using _fake = fake;
    await using _watching = watching;
    watching.watch({ kind: 'cri', socketPath: fake.socketPath });
    await watching.has('+s:6');
    put();
    fake.tell('c');
    await watching.has('+c:7');
    let lists = 0;
    fake.before = (call) => {
      if (call === 'ListContainers') lists += 1;
    };
    const startMs = watching.clock.now();
    await watching.until(() => watching.clock.now() - startMs >= 20_000, 'twenty seconds');
    assert.ok(lists <= 1, `${lists} lists`);
  });
});
