import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { parseNodePod } from './node-pod.ts';
import { NodePods } from './node-pods.ts';
import { rawPod, type SamplePod, webPod } from './testing/sample-pod.ts';

const never = new AbortController().signal;

function started() {
  const clock = new VirtualClock();
  const pods = new NodePods({ clock });
  const feed = pods.feedOf('n1');
  const tell = (type: 'added' | 'modified' | 'deleted', sample: SamplePod) =>
    feed.onEvent({ type, item: parseNodePod(webPod(sample)) });
  return { clock, pods, feed, tell };
}

const terminated = {
  containerStatuses: [{ name: 'web', containerID: 'containerd://c1', state: { terminated: {} } }],
};

describe('the pods of a node', () => {
  it('are asked for by the name of the node', () => {
    const { feed } = started();
    assert.equal(feed.path, '/api/v1/pods');
    assert.equal(feed.fieldSelector, 'spec.nodeName=n1');
  });

  it('show nothing of a pod after another one took its name', () => {
    const { pods, tell } = started();
    tell('added', { uid: 'u1', status: terminated });
    tell('added', { uid: 'u2' });
    assert.deepEqual(pods.podOf('shop', 'web-5d-x2x7k'), { uid: 'u2', containerStatuses: [] });
    assert.equal(pods.podByUid('u1'), undefined);
    tell('deleted', { uid: 'u1', status: terminated });
    assert.equal(pods.podOf('shop', 'web-5d-x2x7k')?.uid, 'u2');
    tell('deleted', { uid: 'u2' });
    assert.equal(pods.podOf('shop', 'web-5d-x2x7k'), undefined);
    assert.equal(pods.size, 0);
  });

  it('are those of the last list', () => {
    const { pods, feed, tell } = started();
    tell('added', { name: 'gone-5d-aaaaa', uid: 'u0' });
    feed.onReplace([parseNodePod(webPod({ uid: 'u2' }))]);
    assert.equal(pods.podByUid('u0'), undefined);
    assert.equal(pods.podOf('shop', 'gone-5d-aaaaa'), undefined);
    assert.equal(pods.podByUid('u2')?.name, 'web-5d-x2x7k');
  });

  it('keep the names of their containers when the owner lets go or the spec changes', () => {
    const { pods, feed, tell } = started();
    tell('added', {});
    const orphan = rawPod({ labels: { app: 'debugged' } });
    const ephemeralContainers = [{ name: 'debugger' }];
    const changed = { ...orphan, spec: { ...orphan.spec, ephemeralContainers } };
    const assertKept = () => {
      const pod = pods.podByUid('u1');
      assert.deepEqual(
        pod?.instances.map(({ kind, name, containerName }) => [kind, name, containerName]),
        [
          ['ReplicaSet', 'web-5d', 'web'],
          ['ReplicaSet', 'web-5d', 'debugger'],
        ],
      );
      assert.equal(pod?.owner?.name, 'web-5d');
      assert.deepEqual(pod?.labels, { app: 'debugged' });
    };
    feed.onEvent({ type: 'modified', item: parseNodePod(changed) });
    assertKept();
    feed.onReplace([parseNodePod(changed)]);
    assertKept();
  });

  it('outlive a mirror that is made anew for the same static pod', () => {
    const { pods, feed } = started();
    const mirror = (uid: string) =>
      parseNodePod(rawPod({ uid, annotations: { 'kubernetes.io/config.mirror': 'file' } }));
    feed.onEvent({ type: 'added', item: mirror('m1') });
    feed.onEvent({ type: 'added', item: mirror('m2') });
    feed.onEvent({ type: 'deleted', item: mirror('m1') });
    assert.equal(pods.podByUid('file')?.uid, 'm2');
  });
});

describe('waiting for a pod', () => {
  it('ends at once when it is known', async () => {
    const { clock, pods, tell } = started();
    tell('added', {});
    assert.equal((await pods.waitFor('u1', { timeoutMs: 100, signal: never }))?.uid, 'u1');
    assert.equal(clock.pending, 0);
  });

  it('ends for all who wait, by an event and by a list', async () => {
    const { clock, pods, feed, tell } = started();
    const options = { timeoutMs: 100, signal: never };
    const waits = ['u1', 'u1', 'u2'].map((uid) => pods.waitFor(uid, options));
    assert.equal(pods.waits, 3);
    tell('added', { uid: 'u1' });
    feed.onReplace([parseNodePod(webPod({ uid: 'u2' }))]);
    assert.deepEqual(
      (await Promise.all(waits)).map((pod) => pod?.uid),
      ['u1', 'u1', 'u2'],
    );
    assert.equal(pods.waits, 0);
    assert.equal(clock.pending, 0);
  });

  it('ends with nothing after its time, when aborted, and leaves nothing behind', async () => {
    const { clock, pods, tell } = started();
    const stop = new AbortController();
    let isOver = false;
    const late = pods.waitFor('u1', { timeoutMs: 100, signal: never }).then((pod) => {
      isOver = true;
      return pod;
    });
    const aborted = pods.waitFor('u1', { timeoutMs: 100, signal: stop.signal });
    stop.abort();
    assert.equal(await aborted, undefined);
    await clock.advance(99);
    assert.equal(isOver, false);
    await clock.advance(1);
    assert.equal(await late, undefined);
    assert.equal(await pods.waitFor('u1', { timeoutMs: 100, signal: stop.signal }), undefined);
    assert.equal(pods.waits, 0);
    assert.equal(clock.pending, 0);
    tell('added', {});
  });
});
