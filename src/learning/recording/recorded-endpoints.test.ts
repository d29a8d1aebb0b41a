import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpEvent } from '#model/raw-event.js';
import { Recording } from '../recording.ts';
import { aRequest } from '../testing/observed-surfaces.ts';

const ROOMY = { maxEntries: 100, maxSizeChars: 100_000 };

function recordingOf(
  requests: readonly Partial<HttpEvent>[],
  options: { readonly learnHeaders?: readonly string[] } = {},
) {
  const recording = new Recording({ ...ROOMY, ...options });
  for (const request of requests) recording.observe(aRequest(request));
  return recording;
}

function endpointsOf(...requests: readonly Partial<HttpEvent>[]) {
  return recordingOf(requests).take().endpoints ?? [];
}

describe('the endpoints of a container', () => {
  it('are one for each port and path whatever the query, with all methods', () => {
    assert.deepEqual(
      endpointsOf({}, { url: '/orders?page=3' }, { method: 'POST', url: '/orders#top' }, {}),
      [
        {
          ...{ endpoint: ':8080/orders', methods: ['GET', 'POST'], internal: true },
          ...{ direction: 'inbound', headers: { Host: ['shop'] } },
        },
      ],
    );
  });

  it('are told apart by direction, port and network', () => {
    const all = endpointsOf({}, { direction: 'outbound' }, { port: 80 }, { internal: false });
    assert.equal(all.length, 4);
  });

  for (const [url, endpoint] of [
    ['/', ':8080/'],
    ['http://shop.example/orders?x=1', ':8080/orders'],
    ['http://shop.example', ':8080/'],
    ['*', ':8080/⋯'],
    ['/files/*/x', ':8080/files/⋯/x'],
    ['proxy.example:443', ':8080/proxy.example:443'],
    ['/v1/token/abcdef0123456789/info', ':8080/v1/token/⋯/info'],
    ['/login?password=hunter2', ':8080/login'],
  ]) {
    it(`learn ${url} as ${endpoint}`, () => {
      assert.equal(endpointsOf({ url: url ?? '' })[0]?.endpoint, endpoint);
    });
  }

  it('have port 80 where none was told', () => {
    assert.equal(endpointsOf({ port: 0 })[0]?.endpoint, ':80/orders');
  });

  it('leave out a path that is far too long, and count it', () => {
    const recording = recordingOf([{ url: `/${'x'.repeat(5_000)}` }]);
    assert.deepEqual([recording.entries, recording.truncated], [0, 1]);
  });

  it('learn the headers that are chosen, whatever their case, and no others', () => {
    const headers = { 'x-tenant': ['blue'], 'X-Tenant': ['red'], Cookie: ['secret=1'] };
    const [endpoint] =
      recordingOf([{ headers }, { headers }], { learnHeaders: ['X-Tenant'] }).take().endpoints ??
      [];
    assert.deepEqual(endpoint?.headers, { 'X-Tenant': ['blue', 'red'] });
  });

  it('hold no secret of a header', () => {
    const headers = { Authorization: ['Bearer hunter2hunter2'] };
    const taken = recordingOf([{ headers }], { learnHeaders: ['authorization'] }).take();
    assert.ok(!JSON.stringify(taken).includes('hunter2'));
    assert.deepEqual(Object.keys(taken.endpoints?.[0]?.headers ?? {}), ['authorization']);
  });

  it('hold so many values of a header and no more, and none that is very long', () => {
    const hosts = Array.from({ length: 50 }, (_, n) => ({ host: `host-${n}` }));
    const [endpoint] = endpointsOf({ host: 'h'.repeat(500) }, ...hosts);
    assert.equal(endpoint?.headers?.['Host']?.length, 8);
  });

  it('hold so many methods and no more', () => {
    const methods = Array.from({ length: 100 }, (_, n) => ({ method: `M${n}` }));
    const [endpoint] = endpointsOf({ method: 'M'.repeat(100) }, ...methods);
    assert.equal(endpoint?.methods?.length, 32);
  });

  it('are recorded again after a report', () => {
    const recording = recordingOf([{}]);
    recording.take();
    recording.observe(aRequest());
    assert.deepEqual(recording.take().endpoints?.[0]?.methods, ['GET']);
  });
});
