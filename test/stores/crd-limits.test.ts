import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiClient } from '#kube/api-client.js';
import { openAccess } from '#kube/cluster-access.js';
import { CrdProfileStore } from '#kube/crd-profile-store.js';
import { FakeApiServer, type FakeApiServerOptions } from '#kube/testing/fake-api-server.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { aReport, stateOf } from '#storage/testing/sample-profiles.js';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

async function open(options: FakeApiServerOptions = {}) {
  const clock = new VirtualClock();
  const server = await FakeApiServer.listen(options);
  const client = new ApiClient({ access: openAccess(server.url), clock });
  const store = new CrdProfileStore({ client, clock, log: silentLogger });
  const close = async () => {
    client.close();
    await server.close();
  };
  return { server, store, close };
}

describe('CRD mode at its bounds', () => {
  it('merges hundreds of reports in steps, as one chain', async () => {
    const { store, close, server } = await open();
    const count = 200;
    for (let at = 0; at < count; at += 1) {
      const state = at === count - 1 ? 'completed/complete' : 'ready/complete';
      const suffix = `r${String(at).padStart(4, '0')}`;
      await store.create(KIND, aReport([at, at + 1], { state, suffix }), { signal });
    }
    assert.deepEqual(await store.pendingProfiles({ signal }), [KEY]);
    assert.equal(await store.consolidateProfile(KEY, { signal }), 'completed');
    const profile = await store.get(KIND, KEY, { signal });
    assert.equal(stateOf(profile), 'completed/complete');
    const writes = server.requests.filter(
      ({ collection, verb, body }) =>
        collection === 'containerprofiles' && ['create', 'update'].includes(verb) && Boolean(body),
    );
    assert.equal(writes.length - count, 4, 'writes');
    assert.deepEqual((await store.list(KIND, { signal })).items.length, 1);
    await close();
  });

  it('closes a profile that the server finds too large, and keeps what it had', async () => {
    const { store, close } = await open({ maxObjectBytes: 3_000 });
    const opens = (from: number) =>
      Array.from({ length: 30 }, (_, at) => ({ path: `/opt/${from}-${at}/${'x'.repeat(20)}/f` }));
    await store.create(KIND, aReport([0, 10], { spec: { opens: opens(0) } }), { signal });
    await store.consolidateProfile(KEY, { signal });
    const before = await store.get(KIND, KEY, { signal });
    await store.create(KIND, aReport([10, 20], { spec: { execs: opens(1) } }), { signal });
    assert.equal(await store.consolidateProfile(KEY, { signal }), 'completed');
    const after = await store.get(KIND, KEY, { signal });
    assert.equal(stateOf(after), 'too-large/complete');
    assert.deepEqual(after?.spec, before?.spec);
    assert.deepEqual(await store.pendingProfiles({ signal }), []);
    await assert.rejects(store.create(KIND, aReport([20, 30]), { signal }), {
      code: 'too-large',
      message: /object is too large$/,
    });
    await close();
  });

  it('does not show what it keeps in the profile, and keeps it through an update', async () => {
    const { store, close, server } = await open();
    await store.create(KIND, aReport([0, 10]), { signal });
    await store.consolidateProfile(KEY, { signal });
    const kept = () => JSON.stringify(server.objects.get('containerprofiles', KEY)?.metadata);
    assert.match(kept(), /hullwatch\.io\/time-series/);
    const profile = await store.get(KIND, KEY, { signal });
    assert.doesNotMatch(
      JSON.stringify([profile, await store.list(KIND, { signal })]),
      /time-series/,
    );
    assert.ok(profile);
    await store.update(KIND, { ...profile, spec: {} }, { signal });
    assert.match(kept(), /hullwatch\.io\/time-series/);
    const last = aReport([10, 20], { state: 'completed/complete' });
    await store.create(KIND, last, { signal });
    await store.consolidateProfile(KEY, { signal });
    assert.equal(stateOf(await store.get(KIND, KEY, { signal })), 'completed/complete');
    await close();
  });
});
