import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import type { Container } from '#model/container.js';
import { type ContainerProfile, PROFILE_API_VERSION } from '#model/profile.js';
import { aContainer } from '#model/testing/sample-container.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { ApiServer } from '#storage/api/api-server.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { waitFor } from '../live/harness/wait-for.ts';
import { clusterAgent, kubeconfigFor } from './cluster-agent.ts';
import { extraKind } from './extra-kinds.ts';
import { recordingOf } from './long-recording.ts';
import { openWatchedNode, type WatchedNode } from './watched-node.ts';

const { signal } = new AbortController();
/** For what goes through real sockets. */
const SOON_MS = 5_000;

type Owner = readonly [apiVersion: string, kind: string, name: string, uid: string];

function ownedBy([apiVersion, kind, name, uid]: Owner) {
  return { ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] };
}

describe('a node whose pods the API server tells', { timeout: 30_000 }, () => {
  let folder: string;
  let node: WatchedNode;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-pods-'));
  });
  beforeEach(async () => {
    node = await openWatchedNode(folder);
  });
  afterEach(() => node.close());
  after(() => rmSync(folder, { recursive: true }));

  /** containerd tells of a container that it knows by names alone. */
  function starts(id: string, name: string, uid: string): void {
    const podName = node.pods.podByUid(uid)?.name ?? 'of-a-name';
    const pod = { name: podName, namespace: 'shop', uid, labels: {} };
    const container = aContainer({ id, name, pod, startedAtMs: 900, image: '' });
    node.tell({ type: 'container-added', timeMs: 900, container });
  }

  /** The container as the stages heard of it, once. */
  async function heard(id: string): Promise<Container> {
    const events = () =>
      node.heard.flatMap((event) =>
        event.type === 'container-added' && event.container.id === id ? [event.container] : [],
      );
    await waitFor(`the stages to hear of ${id}`, () => events().length > 0, SOON_MS);
    const [container] = events();
    assert.equal(events().length, 1);
    assert.deepEqual(node.flow.attributor.container(id), container);
    return container as Container;
  }

  it('hears of an init container and its siblings with their types and their Deployment', async () => {
    const { deployments, replicaSets, pods } = node.kinds;
    const selector = { matchLabels: { app: 'web' } };
    const top = await deployments.put('shop-web', { spec: { selector } });
    const set = await replicaSets.put('shop-web-77', {
      metadata: ownedBy(['apps/v1', 'Deployment', 'shop-web', top.uid]),
    });
    const { uid } = await pods.put('shop-web-77-abcde', {
      metadata: {
        ...ownedBy(['apps/v1', 'ReplicaSet', 'shop-web-77', set.uid]),
        labels: { 'pod-template-hash': '77', app: 'web' },
      },
      spec: {
        nodeName: 'n1',
        initContainers: [{ name: 'prepare', image: 'shop/prepare:1' }],
        containers: [{ name: 'web', image: 'shop/web:1' }],
      },
    });
    starts('init', 'prepare', uid);
    starts('main', 'web', uid);
    const [init, main] = [await heard('init'), await heard('main')];
    assert.equal(init.instanceId.containerType, 'initContainers');
    assert.equal(main.instanceId.containerType, 'containers');
    assert.equal(init.image, 'shop/prepare:1');
    assert.match(init.profileName, /^replicaset-shop-web-77-prepare-/);
    assert.equal(main.workloadName, 'replicaset-shop-web-77');
    assert.deepEqual([main.workload?.kind, main.workload?.uid], ['Deployment', top.uid]);
    assert.deepEqual(main.workload?.matchLabels, selector.matchLabels);
    assert.equal(main.pod?.labels['app'], 'web');
    assert.deepEqual(
      node.flow.learner
        .learning()
        .map(({ profileName }) => profileName)
        .sort(),
      [init.profileName, main.profileName].sort(),
    );
  });

  it("hears of a CronJob's pod with the CronJob at the top", async () => {
    const { cronJobs, jobs, pods } = node.kinds;
    const top = await cronJobs.put('nightly', { spec: { schedule: '0 3 * * *' } });
    const job = await jobs.put('nightly-29012345', {
      metadata: ownedBy(['batch/v1', 'CronJob', 'nightly', top.uid]),
    });
    const { uid } = await pods.put('nightly-29012345-x', {
      metadata: ownedBy(['batch/v1', 'Job', 'nightly-29012345', job.uid]),
      spec: { nodeName: 'n1', containers: [{ name: 'dump', image: 'shop/dump:1' }] },
    });
    starts('dump-1', 'dump', uid);
    const { workload, workloadKind } = await heard('dump-1');
    assert.deepEqual(
      [workloadKind, workload?.name, workload?.uid],
      ['CronJob', 'nightly', top.uid],
    );
  });

  it('hears of an ephemeral container as one, though the pod was told of before it had it', async () => {
    const spec = { nodeName: 'n1', containers: [{ name: 'web', image: 'shop/web:1' }] };
    const { uid } = await node.kinds.pods.put('web-0', { spec });
    await waitFor('the pod', () => node.pods.podByUid(uid), SOON_MS);
    starts('debug-1', 'debugger', uid);
    assert.equal((await heard('debug-1')).instanceId.containerType, 'ephemeralContainers');
  });

  it('holds a container back until its pod is there, but no longer than a while', async () => {
    const uid = '5f0c1f43-0000-4000-8000-000000000001';
    starts('early', 'web', uid);
    starts('orphan', 'web', 'of-no-pod');
    await waitFor('both to wait', () => node.pods.waits === 2, SOON_MS);
    await node.clock.advance(1_400);
    assert.deepEqual(node.heard, []);
    const spec = { nodeName: 'n1', initContainers: [{ name: 'web', image: 'a' }], containers: [] };
    const mirror = { annotations: { 'kubernetes.io/config.mirror': uid } };
    await node.kinds.pods.put('static-n1', { metadata: mirror, spec });
    assert.equal((await heard('early')).instanceId.containerType, 'initContainers');
    await node.clock.advance(200);
    const orphan = await heard('orphan');
    assert.deepEqual(orphan.instanceId, aContainer().instanceId);
    assert.equal(orphan.workload, undefined);
  });

  it("knows nothing of other nodes' pods", async () => {
    const spec = { nodeName: 'n2', containers: [{ name: 'web', image: 'a' }] };
    await node.kinds.pods.put('elsewhere', { spec });
    const { uid } = await node.kinds.pods.put('here', { spec: { ...spec, nodeName: 'n1' } });
    await waitFor('the pod of this node', () => node.pods.podByUid(uid), SOON_MS);
    assert.equal(node.pods.size, 1);
  });

  it('lets the profile of a container go whose status says Terminated, before containerd does', async () => {
    const { pods } = node.kinds;
    const { uid } = await pods.put('web-0', {
      spec: { nodeName: 'n1', containers: [{ name: 'web', image: 'shop/web:1' }] },
    });
    await waitFor('the pod', () => node.pods.podByUid(uid), SOON_MS);
    starts('web-1', 'web', uid);
    const { profileName } = await heard('web-1');
    await node.store.create('ContainerProfile', finalProfile(profileName), { signal });
    const state = () => node.flow.cache.container('web-1')?.state;
    await waitFor(
      'its profile',
      () => node.clock.advance(1_000).then(() => state() === 'cached'),
      SOON_MS,
    );
    const tick = () => node.clock.advance(35_000);
    await status({ running: {} });
    await tick();
    assert.equal(state(), 'cached');
    await status({ terminated: { exitCode: 1 } });
    await tick();
    assert.notEqual(state(), 'cached');
    assert.ok(node.heard.every(({ type }) => type === 'container-added'));

    /** The kubelet's word, when it has come to this node. */
    async function status(said: object): Promise<void> {
      const [what] = Object.keys(said);
      const containerStatuses = [{ name: 'web', containerID: 'containerd://web-1', state: said }];
      await pods.change('web-0', { status: { containerStatuses } });
      const known = () => node.pods.podOf('shop', 'web-0')?.containerStatuses[0]?.state;
      await waitFor(`the status ${what}`, () => known() === what, SOON_MS);
    }
  });
});

describe('an agent that plays a recording and follows pods', { timeout: 30_000 }, () => {
  it('leaves to its containers the names with which they were recorded', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'hullwatch-played-'));
    const pods = extraKind({ apiVersion: 'v1', kind: 'Pod', selectableFields: ['spec.nodeName'] });
    const sources = { clock: systemClock, random: systemRandom, log: silentLogger };
    const server = await ApiServer.listen({
      ...sources,
      address: '127.0.0.1:0',
      objects: new MemoryProfileStore(sources).objects,
      extraResources: [pods],
    });
    const { uid } = await pods.put('web-1', {
      spec: { nodeName: 'n1', initContainers: [{ name: 'web', image: 'other' }], containers: [] },
    });
    const pod = { name: 'web-1', namespace: 'shop', uid, labels: {} };
    const agent = clusterAgent({
      folder,
      recording: recordingOf([{ container: { id: 'a'.repeat(64), pod }, starts: [] }], 30),
      flags: [
        ...['--store', ':memory:', '--pods', 'api', '--node-name', 'n1'],
        ...['--kubeconfig', kubeconfigFor(server.url, folder)],
      ],
    });
    t.after(async () => {
      await agent.kill9();
      await server.close();
      rmSync(folder, { recursive: true });
    });
    const found = JSON.parse(await agent.waitForLog(/"message":"container found"/, 10_000));
    assert.match(found.profile, /^replicaset-web-5d-web-/);
    await waitFor('its watch of pods', () => server.counts.watchers > 0, 5_000);
    assert.equal((await agent.stop()).exitCode, 0);
  });
});

function finalProfile(name: string): ContainerProfile {
  const annotations = {
    'kubescape.io/status': 'completed',
    'kubescape.io/completion': 'complete',
  };
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: { name, namespace: 'shop', annotations },
    spec: { execs: [{ path: '/bin/web' }] },
  };
}
