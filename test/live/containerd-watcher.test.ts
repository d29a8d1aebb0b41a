import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { WatchedContainerEvent } from '#attribution/container-runs.js';
import { probeContainerd } from '#attribution/containerd-probe.js';
import { ContainerdWatcher } from '#attribution/containerd-watcher.js';
import { systemClock } from '#runtime/clock.js';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { runContainer, runContainerToEnd } from './harness/containers.ts';
import { busyboxImage } from './harness/images.ts';
import { runPod } from './harness/pods.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { waitFor } from './harness/wait-for.ts';

const SLEEP = ['/bin/sleep', '3600'];
const SHORT_CONTAINERS = 20;

describe('watching a real containerd', { skip: liveRequirements(CONTAINERD_NEEDS) }, () => {
  const seen: WatchedContainerEvent[] = [];
  const stopping = new AbortController();
  const health = new Health(() => systemClock.now());
  let containerd: PrivateContainerd;
  let running: Promise<void> | undefined;

  before(async () => {
    containerd = await startPrivateContainerd();
  });

  after(async () => {
    stopping.abort();
    await running;
    await containerd.stop();
    assert.deepEqual(await containerd.leftovers(), []);
  });

  const addedOf = (id: string) =>
    seen.flatMap((event) =>
      event.type === 'container-added' && event.container.id === id ? [event.container] : [],
    );
  const removedOf = (id: string) =>
    seen.filter((event) => event.type === 'container-removed' && event.containerId === id);
  const added = (id: string) => waitFor(`${id} to be added`, () => addedOf(id)[0], 10_000);
  const removed = (id: string) => waitFor(`${id} to be removed`, () => removedOf(id)[0], 10_000);

  it('finds what runs already, in two namespaces under one id', async () => {
    await runContainer(containerd, { id: 'twin', image: busyboxImage, command: SLEEP });
    const spec = { id: 'twin', namespace: 'other', image: busyboxImage, command: SLEEP };
    const other = await runContainer(containerd, spec);
    const watcher = new ContainerdWatcher({
      socketPath: containerd.socket,
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
      health,
      agentStartMs: systemClock.now(),
    });
    running = watcher.run({ signal: stopping.signal, onEvent: (event) => seen.push(event) });
    await waitFor('both twins', () => addedOf('twin').length === 2, 10_000);
    const twins = addedOf('twin');
    assert.deepEqual(twins.map((each) => each.namespace).sort(), [
      'containerd-default',
      'containerd-other',
    ]);
    assert.ok(twins.every((each) => each.preExisting));
    for (const { cgroupId, runtimeNamespace } of twins) {
      assert.equal(cgroupId, cgroupIdOf(`${containerd.cgroupParent}/${runtimeNamespace}/twin`));
    }
    await other.kill();
    const removal = await removed('twin');
    assert.ok(removal.type === 'container-removed' && removal.runtimeNamespace === 'other');
    assert.equal(removal.exitCode, 137);
  });

  it('tells of a container from its creation to its end, and not of what is run in it', async () => {
    const beforeMs = systemClock.now();
    const worker = await runContainer(containerd, {
      ...{ id: 'worker', image: busyboxImage, command: SLEEP },
      labels: { 'hullwatch.io/workload': 'stock' },
    });
    const container = await added('worker');
    assert.deepEqual(
      [container.preExisting, container.image, container.instanceId.name],
      [false, busyboxImage.name, 'stock'],
    );
    assert.match(container.imageDigest, /^sha256:[0-9a-f]{64}$/);
    assert.ok(Math.abs(container.startedAtMs - beforeMs) < 5_000);
    assert.ok(container.cgroupId !== undefined && container.pid > 0);
    assert.equal((await worker.exec(['/bin/sh', '-c', 'exit 3'])).exitCode, 3);
    await worker.kill();
    assert.equal((await removed('worker')).type, 'container-removed');
    await worker.remove();
    assert.deepEqual([addedOf('worker').length, removedOf('worker').length], [1, 1]);
  });

  it('knows the pod, its labels and its sandbox', async () => {
    const pod = await runPod(containerd, {
      ...{ name: 'web-84f5585d68-42mxd', namespace: 'shop', uid: 'uid-1' },
      labels: { app: 'web', 'pod-template-hash': '84f5585d68' },
      containers: [{ name: 'nginx', image: busyboxImage, command: SLEEP }],
    });
    const nginx = await added(pod.containerIds.get('nginx') ?? '');
    assert.equal((await added(pod.sandboxId)).kind, 'sandbox');
    assert.equal(nginx.kind, 'container');
    assert.equal(nginx.workloadName, 'replicaset-web-84f5585d68');
    assert.deepEqual(nginx.pod, {
      ...{ name: 'web-84f5585d68-42mxd', namespace: 'shop', uid: 'uid-1' },
      labels: { app: 'web', 'pod-template-hash': '84f5585d68' },
    });
    assert.equal(nginx.image, busyboxImage.name);
    assert.match(nginx.imageDigest, /^sha256:/);
    const parent = `${containerd.cgroupParent}/kubepods/besteffort/poduid-1`;
    assert.equal(nginx.cgroupId, cgroupIdOf(`${parent}/${nginx.id}`));
    await pod.remove();
    await removed(nginx.id);
    await removed(pod.sandboxId);
  });

  it('misses none of many short containers, nor their exit codes', async () => {
    for (let count = 0; count < SHORT_CONTAINERS; count += 1) {
      const command = ['/bin/sh', '-c', `exit ${count}`];
      await runContainerToEnd(containerd, { id: `short-${count}`, image: busyboxImage, command });
    }
    for (let count = 0; count < SHORT_CONTAINERS; count += 1) {
      const removal = await removed(`short-${count}`);
      assert.equal(removal.type === 'container-removed' && removal.exitCode, count);
      assert.equal(addedOf(`short-${count}`).length, 1);
    }
  });

  it('goes on when containerd is killed, and tells what it missed', async () => {
    const ends = await runContainer(containerd, {
      ...{ id: 'ends', image: busyboxImage, command: SLEEP },
    });
    await runContainer(containerd, { id: 'stays', image: busyboxImage, command: SLEEP });
    const { pid } = await added(ends.id);
    await added('stays');
    await containerd.kill9();
    const isTold = () => health.conditions()[0]?.name === 'container-runtime';
    await waitFor('the condition', isTold, 10_000);
    process.kill(pid, 'SIGKILL');
    await containerd.start();
    await removed('ends');
    await waitFor('the condition to end', () => health.conditions().length === 0, 20_000);
    await runContainer(containerd, { id: 'next', image: busyboxImage, command: SLEEP });
    assert.equal((await added('next')).preExisting, false);
    assert.deepEqual([addedOf('stays').length, removedOf('stays').length], [1, 0]);
    assert.deepEqual([addedOf('ends').length, removedOf('ends').length], [1, 1]);
  });

  it('passes the check of the doctor', async () => {
    const { signal } = stopping;
    const check = await probeContainerd(containerd.socket, { clock: systemClock, signal });
    assert.equal(check.ok, true, check.detail);
    assert.match(check.detail, /^containerd \S+ at .*\(default, k8s\.io, other\)$/);
  });
});

/** The number of a cgroup of the v2 hierarchy, wherever that is mounted. */
function cgroupIdOf(path: string): number {
  const isHybrid = existsSync('/sys/fs/cgroup/unified');
  return statSync(join('/sys/fs/cgroup', isHybrid ? 'unified' : '', path)).ino;
}
