import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { ApiClient } from '../api-client.ts';
import { openAccess } from '../cluster-access.ts';
import { Reflector } from '../reflector.ts';
import { FakeApiServer } from '../testing/fake-api-server.ts';
import { ClusterPeers } from './cluster-peers.ts';

/** Real sockets, so no clock says when they are through; the tries are the bound. */
async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 100_000; tries += 1) {
    if (isSo()) return;
    await settle();
  }
  assert.fail(`not in time: ${what}`);
}

function podAt(name: string, podIP: string) {
  return { metadata: { name, namespace: 'shop', labels: { app: name } }, status: { podIP } };
}

describe('the other side of connections, from an API server', () => {
  it('is known of pods on any node and of services, as they come and go', async (t) => {
    const clock = new VirtualClock();
    const server = await FakeApiServer.listen();
    const client = new ApiClient({ access: openAccess(server.url), clock });
    const stop = new AbortController();
    const peers = new ClusterPeers();
    const { fieldSelector, ...pods } = peers.pods;
    const parts = { client, clock, random: seededRandom(1), log: silentLogger };
    const running = [
      new Reflector({ ...parts, ...pods }).run({ signal: stop.signal }),
      new Reflector({ ...parts, ...peers.services }).run({ signal: stop.signal }),
    ];
    t.after(async () => {
      stop.abort();
      await Promise.all(running);
      client.close();
      await server.close();
    });
    const nameAt = (address: string) => peers.peerOf(address, 80)?.name;
    server.objects.create('pods', podAt('early', '10.0.0.1'));
    server.objects.create('services', {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { clusterIP: '10.96.0.1', selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    await until(() => nameAt('10.96.0.1') === 'web' && nameAt('10.0.0.1') === 'early', 'both');
    await until(() => server.watching === 2, 'both watches');
    server.objects.create('pods', podAt('late', '10.0.0.2'));
    await until(() => nameAt('10.0.0.2') === 'late', 'a new pod');
    server.objects.delete('pods', { namespace: 'shop', name: 'late' });
    await until(() => nameAt('10.0.0.2') === undefined, 'the end of a pod');
    // The fake server knows no selector but equality.
    assert.equal(fieldSelector, 'status.phase!=Succeeded,status.phase!=Failed');
  });
});
