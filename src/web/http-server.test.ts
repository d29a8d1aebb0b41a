import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Condition } from '#runtime/health.js';
import { HttpServer } from './http-server.ts';

describe('HttpServer', () => {
  const conditions: Condition[] = [];
  let server: HttpServer;
  before(async () => {
    server = await HttpServer.listen('127.0.0.1:0', {
      metrics: { render: async () => 'up 1\n', contentType: 'text/plain; version=0.0.4' },
      health: { conditions: () => conditions },
      containers: () => [{ containerId: 'c1', state: 'cached' }],
      accounting: () => ({ emitted: 3 }),
    });
  });
  after(() => server.close());

  const ask = (path: string, init: RequestInit = {}) => fetch(new URL(path, server.url), init);

  it('is healthy without conditions, and names them otherwise', async () => {
    assert.equal((await ask('/healthz')).status, 200);
    conditions.push({ name: 'sensor', message: 'it died', sinceMs: 5 });
    const sick = await ask('/healthz');
    assert.equal(sick.status, 503);
    assert.deepEqual(await sick.json(), { ok: false, conditions });
    conditions.length = 0;
  });

  it('serves the metrics with their content type', async () => {
    const response = await ask('/metrics');
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4');
    assert.equal(await response.text(), 'up 1\n');
  });

  it('lists containers and the accounting', async () => {
    assert.deepEqual(await (await ask('/api/v1/containers')).json(), {
      items: [{ containerId: 'c1', state: 'cached' }],
    });
    assert.deepEqual(await (await ask('/api/v1/accounting?x=1')).json(), { emitted: 3 });
  });

  it('answers 404 and 405 in words', async () => {
    assert.equal((await ask('/nothing')).status, 404);
    assert.equal((await ask('/healthz', { method: 'POST' })).status, 405);
  });

  it('refuses an address that is none, and one that is taken', async () => {
    const observed = {} as Parameters<typeof HttpServer.listen>[1];
    await assert.rejects(HttpServer.listen('7654', observed), { code: 'invalid' });
    await assert.rejects(HttpServer.listen(new URL(server.url).host, observed), {
      code: 'unavailable',
    });
  });
});
