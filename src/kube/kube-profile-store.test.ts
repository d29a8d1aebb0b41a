import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type ContainerProfile, PROFILE_API_VERSION } from '#model/profile.js';
import type { WatchEvent } from '#model/profile-store.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ApiClient } from './api-client.ts';
import { openAccess } from './cluster-access.ts';
import { KubeProfileStore } from './kube-profile-store.ts';
import { FakeApiServer, type FakeApiServerOptions } from './testing/fake-api-server.ts';
import { until } from './testing/follower.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const PLURAL = 'containerprofiles';
const { signal } = new AbortController();

function aProfile(name = 'web', syscalls: readonly string[] = ['read']): ContainerProfile {
  const metadata = { name, namespace: 'shop' };
  return { apiVersion: PROFILE_API_VERSION, kind: KIND, metadata, spec: { syscalls } };
}

// The contract of the port runs in test/stores/; this is about servers that do otherwise.
describe('KubeProfileStore', () => {
  let server: FakeApiServer;
  let store: KubeProfileStore;
  let client: ApiClient;
  let clock: VirtualClock;

  beforeEach(() => open());
  afterEach(async () => {
    assert.equal(clock.pending, 0, 'timers');
    client.close();
    await server.close();
  });

  async function open(options: FakeApiServerOptions = {}): Promise<void> {
    await server?.close();
    server = await FakeApiServer.listen(options);
    clock = new VirtualClock();
    client = new ApiClient({ access: openAccess(server.url), clock });
    store = new KubeProfileStore({ client, clock, log: silentLogger });
  }

  /** A watch whose events are kept. */
  function watch(resourceVersion: string) {
    const stop = new AbortController();
    const told: string[] = [];
    let failure: string | undefined;
    const run = (async () => {
      try {
        const options = { signal: stop.signal, resourceVersion };
        for await (const event of store.watch(KIND, options)) told.push(wordsOf(event));
        failure = 'closed';
      } catch (reason) {
        failure = (reason as { readonly code: string }).code;
      }
    })();
    const end = async () => {
      stop.abort();
      await run;
    };
    return { told, end, failure: () => failure };
  }

  it('takes a spec that the answer leaves out to be stored as it was sent', async () => {
    const metadata = { ...KEY, resourceVersion: '7' };
    server.fail('create', { status: 201, body: { metadata } });
    const created = await store.create(KIND, aProfile(), { signal });
    assert.deepEqual(created, { ...aProfile(), metadata });
  });

  it('lists metadata from servers that send whole objects, or null for a spec', async () => {
    await open({ knowsMetadataForm: false });
    server.objects.create(PLURAL, { ...aProfile('b'), spec: null });
    server.objects.create(PLURAL, { ...aProfile('a') });
    const { items } = await store.list(KIND, { signal });
    assert.deepEqual(
      items.map((item) => [item.name, Object.hasOwn(item, 'spec')]),
      [
        ['a', false],
        ['b', false],
      ],
    );
  });

  it('leaves out what the server keeps for itself', async () => {
    const managedFields = [{ manager: 'kubectl' }];
    const object = { ...aProfile(), metadata: { ...KEY, managedFields, finalizers: ['f'] } };
    server.objects.create(PLURAL, object);
    const metadata = (await store.get(KIND, KEY, { signal }))?.metadata;
    assert.deepEqual((await store.list(KIND, { signal })).items, [metadata]);
    assert.equal(Object.hasOwn(metadata ?? {}, 'managedFields'), false);
    assert.deepEqual(Object(metadata).finalizers, ['f'], 'an update would lose them otherwise');
  });

  it('skips a listed object without a name, and reads all pages', async () => {
    for (let at = 0; at < 600; at += 1) server.objects.create(PLURAL, { ...aProfile(`p${at}`) });
    assert.equal((await store.list(KIND, { signal })).items.length, 600);
    assert.equal(server.count('list'), 2);
    server.fail('list', { status: 200, body: { items: [{}, null, aProfile()] } });
    assert.equal((await store.list(KIND, { signal })).items.length, 1);
  });

  it('says unavailable, and not that there is none, when the kind is not served', async () => {
    server.fail('get', { status: 404, message: 'the server could not find the resource' });
    await assert.rejects(store.get(KIND, KEY, { signal }), { code: 'unavailable' });
  });

  it('replaces whatever is there when no version is given, against other writers', async () => {
    await store.create(KIND, aProfile(), { signal });
    server.fail('update', { status: 409, reason: 'Conflict' });
    const updated = await store.update(KIND, aProfile('web', ['write']), { signal });
    assert.deepEqual(updated.spec.syscalls, ['write']);
    assert.equal(server.count('update'), 2);
  });

  it('tells the last version again while a server is silent, and gives it up after 150 s', async () => {
    const { resourceVersion } = await store.list(KIND, { signal });
    const { told, end, failure } = watch(resourceVersion);
    await until(() => server.watching === 1, 'the watch');
    await clock.advance(49_999);
    assert.deepEqual(told, []);
    await clock.advance(1);
    assert.deepEqual(told, [`bookmark ${resourceVersion}`]);
    const { metadata } = server.objects.create(PLURAL, { ...aProfile() });
    await until(() => told.length === 2, 'the event');
    await clock.advance(50_000);
    assert.deepEqual(told.slice(1), ['added web', `bookmark ${metadata.resourceVersion}`]);
    server.sendBookmark(99);
    await until(() => told.length === 4, 'the bookmark');
    await clock.advance(149_999);
    assert.deepEqual(told.slice(3), ['bookmark 99', 'bookmark 99', 'bookmark 99']);
    assert.equal(failure(), undefined);
    await clock.advance(1);
    await until(() => failure() !== undefined, 'the end');
    assert.equal(failure(), 'unavailable');
    await end();
  });

  it('says nothing of its own on a server without versions, and waits for ever', async () => {
    await open({ hasListVersions: false });
    server.objects.create(PLURAL, { ...aProfile('before') });
    const { told, end, failure } = watch('');
    await until(() => server.watching === 1, 'the watch');
    await clock.advance(3_600_000);
    server.objects.create(PLURAL, { ...aProfile() });
    await until(() => told.length > 0, 'the event');
    assert.deepEqual(told, ['added web']);
    await end();
    assert.equal(failure(), 'aborted');
  });

  it('says expired, in whichever way the server does', async () => {
    server.objects.create(PLURAL, { ...aProfile() });
    server.objects.create(PLURAL, { ...aProfile('db') });
    server.objects.forget();
    const late = watch('1');
    await until(() => late.failure() !== undefined, 'the refusal');
    assert.equal(late.failure(), 'expired');
    const { resourceVersion } = await store.list(KIND, { signal });
    const open = watch(resourceVersion);
    await until(() => server.watching === 1, 'the watch');
    server.sendError(410, 'Expired');
    await until(() => open.failure() !== undefined, 'the end');
    assert.equal(open.failure(), 'expired');
  });

  it('ends when the server closes it', async () => {
    const { resourceVersion } = await store.list(KIND, { signal });
    const { failure } = watch(resourceVersion);
    await until(() => server.watching === 1, 'the watch');
    server.closeWatches();
    await until(() => failure() !== undefined, 'the end');
    assert.equal(failure(), 'closed');
  });
});

function wordsOf(event: WatchEvent): string {
  if (event.type === 'bookmark') return `bookmark ${event.resourceVersion}`;
  return `${event.type} ${event.metadata.name}`;
}
