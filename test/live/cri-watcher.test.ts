import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { WatchedContainerEvent } from '#attribution/container-runs.js';
import { openRuntimeWatcher, type RUNTIMES } from '#attribution/runtimes/open-runtime-watcher.js';
import type { Container } from '#model/container.js';
import { systemClock } from '#runtime/clock.js';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { busyboxImage } from './harness/images.ts';
import { runPod } from './harness/pods.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { waitFor } from './harness/wait-for.ts';

const SLEEP = ['/bin/sleep', '3600'];
const LABELS = { app: 'web', 'pod-template-hash': '84f5585d68' };

/** A watcher at work, and what it told. */
class Seen {
  readonly events: WatchedContainerEvent[] = [];
  readonly health = new Health(() => systemClock.now());
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;

  constructor(kind: (typeof RUNTIMES)[number], socketPath: string) {
    const watcher = openRuntimeWatcher({
      ...{ kind, socketPath, clock: systemClock, random: systemRandom, log: silentLogger },
      health: this.health,
      agentStartMs: systemClock.now(),
    });
    const { signal } = this.#stopping;
    this.#running = watcher.run({ signal, onEvent: (event) => this.events.push(event) });
  }

  added(id: string): Promise<Container> {
    return waitFor(`${id} to be added`, () => this.#addedOf(id)[0], 10_000);
  }

  async removed(id: string) {
    const isIt = (event: WatchedContainerEvent) =>
      event.type === 'container-removed' && event.containerId === id;
    const event = await waitFor(`${id} to be removed`, () => this.events.find(isIt), 10_000);
    assert.ok(event.type === 'container-removed');
    return event;
  }

  #addedOf(id: string): readonly Container[] {
    return this.events.flatMap((event) =>
      event.type === 'container-added' && event.container.id === id ? [event.container] : [],
    );
  }

  times(id: string): number {
    return this.#addedOf(id).length;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}

describe('watching a real containerd by its CRI', {
  skip: liveRequirements(CONTAINERD_NEEDS),
}, () => {
  let containerd: PrivateContainerd;
  let cri: Seen | undefined;
  let own: Seen | undefined;

  before(async () => {
    containerd = await startPrivateContainerd();
  });

  after(async () => {
    await cri?.stop();
    await own?.stop();
    await containerd.stop();
    assert.deepEqual(await containerd.leftovers(), []);
  });

  const podOf = (name: string, command = SLEEP) =>
    runPod(containerd, {
      ...{
        name: `${name}-84f5585d68-42mxd`,
        namespace: 'shop',
        uid: `uid-${name}`,
        labels: LABELS,
      },
      containers: [{ name: 'nginx', image: busyboxImage, command }],
    });

  it("tells the same of a pod as containerd's own API does, what ran before and what comes", async () => {
    const old = await podOf('old');
    cri = new Seen('cri', containerd.socket);
    own = new Seen('containerd', containerd.socket);
    const oldId = old.containerIds.get('nginx') ?? '';
    assert.equal((await cri.added(oldId)).preExisting, true);
    const pod = await podOf('web');
    const id = pod.containerIds.get('nginx') ?? '';
    for (const each of [oldId, id, pod.sandboxId]) {
      const [byCri, byOwn]: readonly [Container, Container] = [
        await cri.added(each),
        await own.added(each),
      ];
      const { labels: _, imageDigest: digest, startedAtMs, ...rest } = byCri;
      const { labels: _labels, imageDigest: ownDigest, startedAtMs: ownMs, ...ownRest } = byOwn;
      const image = each === pod.sandboxId ? { image: byOwn.image } : {};
      assert.deepEqual({ ...rest, ...image }, ownRest);
      assert.ok(Math.abs(startedAtMs - ownMs) < 1_000, `${startedAtMs} ${ownMs}`);
      if (each !== pod.sandboxId) assert.match(`${digest} ${ownDigest}`, /^sha256:\S+ sha256:\S+$/);
    }
    const container = await cri.added(id);
    assert.equal(container.preExisting, false);
    assert.ok(container.cgroupId !== undefined && container.pid > 0);
    await pod.remove();
    await cri.removed(id);
    await cri.removed(pod.sandboxId);
  });

  it('tells how a container ended', async () => {
    assert.ok(cri);
    const pod = await podOf('ends', ['/bin/sh', '-c', 'sleep 2; exit 3']);
    const id = pod.containerIds.get('nginx') ?? '';
    await cri.added(id);
    assert.equal((await cri.removed(id)).exitCode, 3);
    await pod.remove();
    assert.equal(cri.times(id), 1);
  });

  it('goes on when containerd is killed, and tells what it missed', async () => {
    assert.ok(cri);
    const pod = await podOf('killed');
    const id = pod.containerIds.get('nginx') ?? '';
    const { pid } = await cri.added(id);
    await containerd.kill9();
    await waitFor('the condition', () => cri?.health.conditions().length === 1, 10_000);
    process.kill(pid, 'SIGKILL');
    await containerd.start();
    assert.equal((await cri.removed(id)).exitCode, 137);
    await waitFor('the condition to end', () => cri?.health.conditions().length === 0, 20_000);
    assert.equal(cri.times(id), 1);
  });
});
