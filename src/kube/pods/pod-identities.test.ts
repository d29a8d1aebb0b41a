import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import type { Container } from '#model/container.js';
import { aContainer } from '#model/testing/sample-container.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { registerPodMetrics } from './metrics.ts';
import { parseNodePod } from './node-pod.ts';
import { NodePods } from './node-pods.ts';
import { PodIdentities } from './pod-identities.ts';
import { rawPod, uidOf, webPod } from './testing/sample-pod.ts';
import { ScriptedApi } from './testing/scripted-api.ts';
import { WorkloadOwners } from './workload-owners.ts';

const never = new AbortController().signal;
const APPS = '/apis/apps/v1/namespaces/shop';
const DIGEST = `sha256:${'ab'.repeat(32)}`;

function started() {
  const clock = new VirtualClock();
  const api = new ScriptedApi(clock);
  const pods = new NodePods({ clock });
  const parts = { api, clock, random: seededRandom(1), log: silentLogger, signal: never };
  const owners = new WorkloadOwners(parts);
  const identities = new PodIdentities({ pods, owners, clock });
  const add = (raw: unknown) => pods.apply({ type: 'added', item: parseNodePod(raw) });
  const complete = (container: Container, signal = never) =>
    identities.complete(container, { signal });
  return { clock, api, pods, owners, identities, add, complete };
}

describe('a container of a pod', () => {
  it('has the names of its list and owner, the workload and the labels of the API server', async () => {
    const { api, add, complete, identities } = started();
    api.serve(`${APPS}/replicasets/web-5d`, { owner: ['apps/v1', 'Deployment', 'shop-web'] });
    api.serve(`${APPS}/deployments/shop-web`, { selector: { matchLabels: { app: 'web' } } });
    add(webPod({ spec: { containers: [{ name: 'web' }], initContainers: [{ name: 'init' }] } }));
    const container = await complete(aContainer({ name: 'init' }));
    assert.deepEqual(container.instanceId, {
      apiVersion: 'apps/v1',
      namespace: 'shop',
      kind: 'ReplicaSet',
      name: 'web-5d',
      templateHash: '5d',
      containerType: 'initContainers',
      containerName: 'init',
    });
    assert.match(container.profileName, /^replicaset-web-5d-init-[0-9a-f]{4}-[0-9a-f]{4}$/);
    assert.equal(container.workloadName, 'replicaset-web-5d');
    assert.equal(container.workloadKind, 'Deployment');
    assert.deepEqual(container.workload?.matchLabels, { app: 'web' });
    assert.equal(container.workload?.uid, uidOf('shop-web'));
    assert.deepEqual(container.pod?.labels, { app: 'web', 'pod-template-hash': '5d' });
    assert.equal(container.pod?.uid, 'u1');
    assert.deepEqual(identities.counts, { found: 1, timeout: 0, unnameable: 0 });
  });

  it('is an ephemeral one when the pod as far as it is known does not name it', async () => {
    const { add, complete } = started();
    add(webPod());
    const { instanceId } = await complete(aContainer({ name: 'debugger-x' }));
    assert.equal(instanceId.containerType, 'ephemeralContainers');
    assert.deepEqual([instanceId.name, instanceId.containerName], ['web-5d', 'debugger-x']);
  });

  it('keeps the image that containerd told, and takes what it did not tell', async () => {
    const { add, complete } = started();
    const run = { name: 'web', containerID: 'containerd://c1', imageID: `shop/web@${DIGEST}` };
    add(webPod({ status: { containerStatuses: [run] } }));
    assert.equal((await complete(aContainer({ image: 'x:2' }))).image, 'x:2');
    const bare = await complete(aContainer({ image: '' }));
    assert.deepEqual([bare.image, bare.imageDigest], ['shop/web:1', DIGEST]);
    const other = await complete(aContainer({ id: 'c2', image: '' }));
    assert.equal(other.imageDigest, '');
  });

  it('waits for its pod, and for no longer than it may', async () => {
    const { clock, add, complete, identities } = started();
    const known: Container[] = [];
    void complete(aContainer({ name: 'late' })).then((container) => known.push(container));
    await clock.advance(1_400);
    assert.equal(known.length, 0);
    add(webPod());
    await clock.advance(0);
    assert.equal(known[0]?.instanceId.containerType, 'ephemeralContainers');

    const unknown = aContainer({ pod: { name: 'p', namespace: 'shop', uid: 'u9', labels: {} } });
    const answer = complete(unknown);
    await clock.advance(1_500);
    assert.equal(await answer, unknown);
    assert.deepEqual(identities.counts, { found: 1, timeout: 1, unnameable: 0 });
    assert.equal(clock.pending, 0);
  });

  it('goes by names for the workload when the owners take the rest of the time', async () => {
    const { clock, api, add, complete } = started();
    api.delayMs = 60_000;
    const known: Container[] = [];
    void complete(aContainer()).then((container) => known.push(container));
    await clock.advance(1_000);
    add(webPod());
    await clock.advance(499);
    assert.equal(known.length, 0);
    await clock.advance(1);
    assert.deepEqual(known[0]?.workload, { kind: 'Deployment', name: 'web' });
  });

  it('is not mixed up with a pod of the same name', async () => {
    const { clock, add, complete } = started();
    add(webPod({ name: 'web-1', uid: 'other' }));
    const container = aContainer();
    const answer = complete(container);
    await clock.advance(1_500);
    assert.equal(await answer, container);
  });

  it('keeps its names when a label holds what a name cannot', async () => {
    const { add, complete, identities } = started();
    add(
      rawPod({
        owner: ['apps/v1', 'DaemonSet', 'ds'],
        labels: { 'controller-revision-hash': 'A_B' },
      }),
    );
    const container = await complete(aContainer());
    assert.equal(container.profileName, 'replicaset-web-5d-web');
    assert.equal(container.workload?.kind, 'DaemonSet');
    assert.equal(identities.counts.unnameable, 1);
  });

  it('is returned at once when it is a sandbox, in no pod, or nobody waits any more', async () => {
    const { clock, complete } = started();
    const { pod: _pod, ...plain } = aContainer();
    const stop = new AbortController();
    stop.abort();
    for (const container of [aContainer({ kind: 'sandbox' }), plain]) {
      assert.equal(await complete(container), container);
    }
    const container = aContainer();
    assert.equal(await complete(container, stop.signal), container);
    assert.equal(clock.pending, 0);
  });

  it('is counted', async () => {
    const { add, complete, pods, owners, identities } = started();
    add(webPod());
    await complete(aContainer());
    const metrics = new Metrics();
    registerPodMetrics(metrics, { pods, owners, identities });
    const text = await metrics.render();
    assert.match(text, /hullwatch_kube_pods_holdings\{what="pods"\} 1/);
    assert.match(text, /hullwatch_kube_pod_identities_total\{result="found"\} 1/);
    assert.match(text, /hullwatch_kube_owner_reads_total\{result="absent"\} 1/);
  });
});
