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
    ['/a/⋯⋯/⋯/*/b*', ':8080/a/⋯⋯/⋯/⋯/b*'],
    ['/x/--password=hunter2/', ':8080/x/⋯/'],
    ['/x/--password=a/b/c?y', ':8080/x/⋯/⋯/⋯'],
    ['/a/%zz/b', ':8080/a/⋯/b'],
    ['/a/\n/b', ':8080/a/⋯/b'],
  ]) {
    it(`learn ${JSON.stringify(url)} as ${endpoint}`, () => {
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

  it('have any value of a header that has more than eight, or a very long one, and are whole', () => {
    const hosts = Array.from({ length: 9 }, (_, n) => ({ host: `host-${n}` }));
    for (const [requests, values] of [
      [hosts.slice(1), hosts.slice(1).map(({ host }) => host)],
      [hosts, ['*']],
      [[...hosts, ...hosts], ['*']],
      [[{ host: 'shop' }, { host: 'h'.repeat(500) }, { host: 'shop' }], ['*']],
    ] as const) {
      const recording = recordingOf(requests);
      assert.deepEqual(recording.take().endpoints?.[0]?.headers, { Host: values });
      assert.deepEqual([recording.truncated, recording.dropped], [0, 0]);
    }
  });

  it('take up no room that values had which gave way', () => {
    const hosts = Array.from({ length: 50 }, (_, n) => ({ host: `${n}`.padStart(100, '0') }));
    const recording = new Recording({ maxEntries: 100, maxSizeChars: 500 });
    for (const request of hosts) recording.observe(aRequest(request));
    assert.deepEqual([recording.isFull, recording.dropped], [false, 0]);
  });

  it('hold so many methods and count those beyond as dropped', () => {
    const methods = Array.from({ length: 100 }, (_, n) => ({ method: `M${n}` }));
    const recording = recordingOf([...methods, { method: 'M99' }, { method: 'M0' }]);
    assert.equal(recording.take().endpoints?.[0]?.methods?.length, 32);
    assert.deepEqual([recording.truncated, recording.dropped], [0, 69]);
  });

  it('leave out a request whose method is very long, and count it', () => {
    const recording = recordingOf([{ method: 'M'.repeat(40) }]);
    assert.deepEqual([recording.entries, recording.truncated], [0, 1]);
    recording.observe(aRequest());
    recording.observe(aRequest({ method: 'M'.repeat(40) }));
    assert.deepEqual(recording.take().endpoints?.[0]?.methods, ['GET']);
    assert.equal(recording.truncated, 2);
  });

  it('never allow every method because there was no room for the only one', () => {
    const recording = new Recording({ maxEntries: 100, maxSizeChars: 80 });
    for (let n = 0; n < 9; n += 1) recording.observe(aRequest({ url: `/${n}` }));
    const { endpoints = [] } = recording.take();
    assert.ok(endpoints.every(({ methods }) => methods?.[0] === 'GET'));
  });

  it('are recorded again after a report', () => {
    const recording = recordingOf([{}]);
    recording.take();
    recording.observe(aRequest());
    assert.deepEqual(recording.take().endpoints?.[0]?.methods, ['GET']);
  });
});
