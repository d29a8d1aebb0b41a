import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiClient } from '#kube/api-client.js';
import { openAccess } from '#kube/cluster-access.js';
import { KubeProfileStore } from '#kube/kube-profile-store.js';
import { until } from '#kube/testing/follower.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ApiServer } from '#storage/api/api-server.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { describeConsolidationContract } from '#storage/testing/consolidation-contract.js';
import { ListReplica } from '#storage/testing/list-replica.js';
import { describeProfileStoreContract } from '#storage/testing/profile-store-contract.js';
import { aProfile } from '#storage/testing/sample-profiles.js';

const open = async () => {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const stored = new MemoryProfileStore({ clock, random });
  const server = await ApiServer.listen({
    address: '127.0.0.1:0',
    objects: stored.objects,
    clock,
    random,
    log: silentLogger,
  });
  const client = new ApiClient({ access: openAccess(server.url), clock });
  const store = new KubeProfileStore({ client, clock, log: silentLogger });
  const close = async () => {
    client.close();
    const closing = server.close();
    await clock.advance(1_000);
    await closing;
  };
  return { clock, server, store, stored, close };
};

describeProfileStoreContract('KubeProfileStore on our own store', open);

describeConsolidationContract('reports sent over HTTP, merged by our own store', async () => {
  const { store, stored, close } = await open();
  const merging = {
    get: store.get.bind(store),
    list: store.list.bind(store),
    watch: store.watch.bind(store),
    create: store.create.bind(store),
    update: store.update.bind(store),
    delete: store.delete.bind(store),
    pendingProfiles: stored.pendingProfiles.bind(stored),
    consolidateProfile: stored.consolidateProfile.bind(stored),
  };
  return { store: merging, close };
});

describe('KubeProfileStore on our own store', () => {
  const KIND = 'ContainerProfile';

  it('tells a watch what a list will say, from the version of a list, over resumes', async () => {
    const { store, close } = await open();
    const forever = new AbortController();
    const { signal } = forever;
    await store.create(KIND, aProfile({ name: 'first' }), { signal });
    const replica = new ListReplica(await store.list(KIND, { signal }));
    for (let turn = 0; turn < 3; turn += 1) {
      const watch = store.watch(KIND, { signal, resourceVersion: replica.version });
      const created = await store.create(KIND, aProfile({ name: `web-${turn}` }), { signal });
      await store.update(KIND, { ...created, spec: { syscalls: ['read'] } }, { signal });
      if (turn === 1) await store.delete(KIND, created.metadata, { signal });
      const { resourceVersion, items } = await store.list(KIND, { signal });
      for await (const event of watch) {
        replica.apply(event);
        if (Number(replica.version) >= Number(resourceVersion)) break;
      }
      assert.deepEqual(replica.items, items);
    }
    await close();
  });

  it('tells a watch without a version what happens next', async () => {
    const { server, store, close } = await open();
    const { signal } = new AbortController();
    await store.create(KIND, aProfile({ name: 'before' }), { signal });
    const watch = store.watch(KIND, { signal, resourceVersion: '', namespace: 'shop' });
    const told = (async () => {
      for await (const event of watch) if (event.type !== 'bookmark') return event;
      return undefined;
    })();
    await until(() => server.counts.watchers > 0, 'the watch');
    await store.create(KIND, aProfile({ name: 'other', namespace: 'bank' }), { signal });
    await store.create(KIND, aProfile({ name: 'after' }), { signal });
    const next = await told;
    assert.equal(`${next?.type} ${next?.metadata.name}`, 'added after');
    await close();
  });

  it('says expired for a version that the store does not know', async () => {
    const { store, clock, close } = await open();
    const { signal } = new AbortController();
    const watch = store.watch(KIND, { signal, resourceVersion: '999999' });
    let code = '';
    const told = watch.next().catch((reason: { readonly code: string }) => {
      ({ code } = reason);
    });
    // The server waits a while for such a version to come.
    for (let turn = 0; turn < 1_000 && code === ''; turn += 1) await clock.advance(100);
    await told;
    assert.equal(code, 'expired');
    await close();
  });
});
