import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ApiClient } from './api-client.ts';
import { refusalError } from './api-error.ts';
import { openAccess } from './cluster-access.ts';
import { LineSplitter } from './line-splitter.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { aPod, until } from './testing/follower.ts';

const PODS = '/api/v1/namespaces/shop/pods';
const { signal } = new AbortController();

describe('ApiClient', () => {
  let server: FakeApiServer;
  let client: ApiClient;
  let clock: VirtualClock;

  beforeEach(async () => {
    server = await FakeApiServer.listen();
    clock = new VirtualClock();
    client = new ApiClient({ access: openAccess(server.url), clock, maxBodyBytes: 10_000 });
  });
  afterEach(async () => {
    assert.equal(clock.pending, 0, 'timers');
    client.close();
    await server.close();
  });

  it('creates, reads, replaces and deletes over one kept connection', async () => {
    const created = await client.create(PODS, aPod('web'), { signal });
    assert.deepEqual(await client.get(`${PODS}/web`, { signal }), created);
    await client.update(`${PODS}/web`, aPod('web', 2), { signal });
    await client.delete(`${PODS}/web`, { signal });
    await assert.rejects(client.get(`${PODS}/web`, { signal }), { code: 'not-found' });
    assert.equal(server.connections, 1);
  });

  it('deletes only what the preconditions name', async () => {
    await client.create(PODS, aPod('web'), { signal });
    const preconditions = { uid: 'another' };
    const call = client.delete(`${PODS}/web`, { signal, preconditions });
    await assert.rejects(call, { code: 'conflict' });
    assert.equal(server.objects.all('pods').length, 1);
  });

  it('tells whether something is served, whatever a 404 says', async () => {
    const exists = () => client.exists(`${PODS}/web`, { signal });
    assert.equal(await exists(), false);
    server.fail('get', { status: 404, body: { message: '404 page not found' } });
    assert.equal(await exists(), false);
    await client.create(PODS, aPod('web'), { signal });
    assert.equal(await exists(), true);
    for (const status of [401, 403, 500, 503]) {
      server.fail('get', { status });
      await assert.rejects(exists(), { code: 'unavailable' }, String(status));
    }
    server.fail('get', 'reset', 'reset');
    await assert.rejects(exists(), { code: 'unavailable' });
  });

  for (const [status, code] of [
    [400, 'invalid'],
    [401, 'unavailable'],
    [403, 'unavailable'],
    [409, 'conflict'],
    [410, 'expired'],
    [413, 'exhausted'],
    [422, 'invalid'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [504, 'unavailable'],
  ] as const) {
    it(`says ${code} for ${status}`, async () => {
      server.fail('get', { status, retryAfter: 7, message: 'for a reason' });
      await assert.rejects(client.get(`${PODS}/web`, { signal }), {
        code,
        retryAfterMs: 7_000,
        message: /GET .*pods\/web: \d+ for a reason/,
      });
    });
  }

  for (const [message, code] of [
    ['admission: object is completed', 'completed'],
    ['object is too large', 'too-large'],
    ['etcdserver: request is too large', 'exhausted'],
    ['Too large resource version: 9, current: 3', 'expired'],
  ] as const) {
    it(`goes by the words "${message}", whatever the status`, async () => {
      server.fail('create', { status: 500, message }, { status: 409, message });
      for (let turn = 0; turn < 2; turn += 1) {
        await assert.rejects(client.create(PODS, aPod('web'), { signal }), { code });
      }
    });
  }

  it('does not take a kind that is not served for an object that is not there', () => {
    const body = '404 page not found';
    assert.equal(refusalError({ status: 404, body, what: 'GET /x' }).code, 'unavailable');
  });

  it('says unavailable when the answer breaks off, is no JSON, or there is no connection', async () => {
    server.fail('get', 'reset', 'reset', { body: '{"a":' }, { body: '[]' });
    for (let turn = 0; turn < 4; turn += 1) {
      await assert.rejects(client.get(`${PODS}/web`, { signal }), { code: 'unavailable' });
    }
    await server.down();
    await assert.rejects(client.get(`${PODS}/web`, { signal }), { code: 'unavailable' });
    await server.up();
  });

  it('refuses an answer above its bound', async () => {
    await client.create(PODS, aPod('web', 'x'.repeat(20_000)), { signal }).catch(() => {});
    await assert.rejects(client.get(`${PODS}/web`, { signal }), { code: 'exhausted' });
  });

  it('gives up a call that takes too long, and frees its connection', async () => {
    server.fail('get', 'silent');
    const call = assert.rejects(client.get(`${PODS}/web`, { signal }), {
      code: 'unavailable',
      message: /longer than 30000 ms/,
    });
    await until(() => server.requests.length === 1, 'the request');
    await clock.advance(30_000);
    await call;
    await until(() => server.connections === 0, 'a free connection');
  });

  it('ends a call with its signal, and listens no longer', async () => {
    server.fail('get', 'silent');
    const stop = new AbortController();
    const call = assert.rejects(client.get(`${PODS}/web`, { signal: stop.signal }), {
      code: 'aborted',
    });
    await until(() => server.requests.length === 1, 'the request');
    stop.abort();
    await call;
    await until(() => server.connections === 0, 'a free connection');
    assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
  });

  it('asks for credentials again at a 401, and once only', async () => {
    const asked: string[] = [];
    const access = {
      server: server.url,
      credentials: async ({ refused }: { readonly refused?: object }) => {
        asked.push(refused ? 'renew' : 'use');
        return { authorization: refused ? 'Bearer new' : 'Bearer old' };
      },
    };
    const other = new ApiClient({ access, clock });
    server.fail('list', { status: 401 });
    await other.list(PODS, { signal });
    assert.deepEqual(asked, ['use', 'renew']);
    assert.deepEqual(
      server.requests.map(({ headers }) => headers.authorization),
      ['Bearer old', 'Bearer new'],
    );
    server.fail('list', { status: 401 }, { status: 401 });
    await assert.rejects(other.list(PODS, { signal }), { message: /credentials/ });
    other.close();
  });

  describe('watch', () => {
    const watch = (options: object = {}) => client.watch(PODS, { signal, ...options });

    it('tells lines that come in pieces', async () => {
      const events = watch();
      const first = events.next();
      await until(() => server.watching === 1, 'the watch');
      const line = JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'ü⋯' } } });
      for (const byte of Buffer.from(`${line}\n`)) {
        server.sendRaw(Buffer.from([byte]));
      }
      server.sendBookmark();
      const event = await first;
      const object = { metadata: { name: 'ü⋯' } };
      assert.deepEqual(event.value, { type: 'ADDED', object });
      assert.equal((await events.next()).value?.type, 'BOOKMARK');
      await events.return?.();
      await until(() => server.watching === 0, 'the end');
    });

    it('ends while somebody waits for it', async () => {
      const events = watch();
      const next = events.next();
      await until(() => server.watching === 1, 'the watch');
      await events.return?.();
      assert.deepEqual(await next, { done: true, value: undefined });
      await until(() => server.connections === 0, 'a free connection');
    });

    it('rejects with aborted, once, and leaves no listener', async () => {
      const stop = new AbortController();
      const events = watch({ signal: stop.signal });
      const next = events.next();
      await until(() => server.watching === 1, 'the watch');
      stop.abort();
      await assert.rejects(next, { code: 'aborted' });
      assert.equal((await events.next()).done, true);
      assert.equal(getEventListeners(stop.signal, 'abort').length, 0);
    });

    it('refuses a line above its bound', async () => {
      const events = watch();
      const next = assert.rejects(events.next(), { code: 'exhausted' });
      await until(() => server.watching === 1, 'the watch');
      server.sendRaw('x'.repeat(5 * 1024 * 1024));
      await next;
    });
  });
});

describe('LineSplitter', () => {
  it('gives the lines of any division of the bytes, empty ones left out', () => {
    const bytes = Buffer.from('one\n\ntwo ⋯\nthree');
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const lines = new LineSplitter(100);
      const got = [...lines.push(bytes.subarray(0, cut)), ...lines.push(bytes.subarray(cut))];
      assert.deepEqual(got, ['one', 'two ⋯'], `cut at ${cut}`);
      assert.equal(lines.waitingBytes, 5);
    }
  });
});
