import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { aContainer } from '#model/testing/sample-container.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { ApiClient } from '../api-client.ts';
import { openAccess } from '../cluster-access.ts';
import { Reflector } from '../reflector.ts';
import { FakeApiServer } from '../testing/fake-api-server.ts';
import { NodePods } from './node-pods.ts';
import { PodIdentities } from './pod-identities.ts';
import { rawPod } from './testing/sample-pod.ts';
import { WorkloadOwners } from './workload-owners.ts';

/** A pod as somebody would make it on a node: the server gives it its uid. */
function podOn(nodeName: string, name: string, ownerUid?: string) {
  const { spec, metadata } = rawPod({ name });
  const { namespace } = metadata;
  const labels = { 'pod-template-hash': '5d' };
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d', uid: ownerUid };
  return {
    metadata: { name, namespace, labels, ...(ownerUid && { ownerReferences: [owner] }) },
    spec: { ...spec, nodeName },
  };
}

/** Real sockets, so no clock says when they are through; the tries are the bound. */
async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 100_000; tries += 1) {
    if (isSo()) return;
    await settle();
  }
  assert.fail(`not in time: ${what}`);
}

async function started(t: TestContext) {
  const clock = new VirtualClock();
  const server = await FakeApiServer.listen();
  const client = new ApiClient({ access: openAccess(server.url), clock });
  const stop = new AbortController();
  const parts = { clock, random: seededRandom(1), log: silentLogger, signal: stop.signal };
  const pods = new NodePods({ clock });
  const reflector = new Reflector({ ...parts, client, ...pods.feedOf('n1') });
  const owners = new WorkloadOwners({ ...parts, api: client });
  const identities = new PodIdentities({ pods, owners, clock });
  const running = reflector.run({ signal: stop.signal });
  t.after(async () => {
    stop.abort();
    await running;
    client.close();
    await server.close();
  });
  return { clock, server, pods, identities, signal: stop.signal };
}

describe('pods from an API server', () => {
  it('are those of this node, and complete a container that started with its pod', async (t) => {
    const { server, pods, identities, signal } = await started(t);
    const deployment = server.objects.create('deployments', {
      metadata: { name: 'shop-web', namespace: 'shop' },
      spec: { selector: { matchLabels: { app: 'web' } } },
    });
    const { uid } = deployment.metadata;
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop-web', uid };
    const replicaSet = server.objects.create('replicasets', {
      metadata: { name: 'web-5d', namespace: 'shop', ownerReferences: [owner] },
    });
    server.objects.create('pods', podOn('n2', 'elsewhere'));
    await until(() => server.watching === 1, 'the watch');
    const pod = server.objects.create('pods', podOn('n1', 'web-5d-x', replicaSet.metadata.uid));
    const podUid = pod.metadata.uid ?? '';
    const told = { name: 'web-5d-x', namespace: 'shop', uid: podUid, labels: {} };
    const container = await identities.complete(aContainer({ pod: told }), { signal });
    assert.deepEqual(container.workload, {
      kind: 'Deployment',
      name: 'shop-web',
      uid,
      resourceVersion: deployment.metadata.resourceVersion,
      matchLabels: { app: 'web' },
    });
    assert.deepEqual([pods.size, pods.podOf('shop', 'elsewhere')], [1, undefined]);
    const paths = server.requests.filter(({ verb }) => verb === 'get').length;
    assert.equal(paths, 2);
  });

  it('show the new incarnation after a watch that missed its making', async (t) => {
    const { clock, server, pods } = await started(t);
    server.objects.create('pods', podOn('n1', 'web-0'));
    await until(() => pods.size === 1 && server.watching === 1, 'the first incarnation');
    const before = pods.podOf('shop', 'web-0')?.uid;
    server.objects.withoutEvents(() => {
      server.objects.delete('pods', { namespace: 'shop', name: 'web-0' });
      server.objects.create('pods', podOn('n1', 'web-0'));
    });
    server.objects.forget();
    server.sendError(410, 'Expired');
    await until(() => clock.pending > 0 && server.watching === 0, 'the end of the watch');
    await clock.advance(60_000);
    await until(() => pods.podOf('shop', 'web-0')?.uid !== before, 'the second incarnation');
    assert.equal(pods.size, 1);
    assert.equal(pods.podByUid(before ?? ''), undefined);
  });

  it('stay as they were known while the API server is away', async (t) => {
    const { server, pods } = await started(t);
    server.objects.create('pods', podOn('n1', 'web-0'));
    await until(() => pods.size === 1 && server.watching === 1, 'the pod');
    await server.down();
    await settle();
    assert.equal(pods.podOf('shop', 'web-0')?.containerStatuses.length, 0);
  });
});
