import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HttpEndpoint } from '#model/profile.js';
import { collapseEndpoints } from './collapse-endpoints.ts';
import { parseEndpoint, splitEndpoint } from './endpoint-address.ts';

function endpointsOf(endpoints: readonly string[], endpointThreshold = 100): readonly string[] {
  const given = endpoints.map((endpoint) => ({ endpoint, internal: false }));
  const settings = { endpointThreshold, prefixes: [{ prefix: '/static', threshold: 1 }] };
  return collapseEndpoints(given, settings).map(({ endpoint = '' }) => endpoint);
}

describe('collapseEndpoints', () => {
  const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['collapses the paths of a port', [':80/u/1', ':80/u/2', ':80/u/3'], [':80/u/⋯']],
    [
      'counts each port alone',
      [':80/u/1', ':80/u/2', ':81/u/3'],
      [':80/u/1', ':80/u/2', ':81/u/3'],
    ],
    ['follows the table of prefixes', [':80/static/a/b'], [':80/static/*']],
    ['unites patterns of one path', [':80/u/1/p/⋯', ':80/u/⋯/p/2'], [':80/u/⋯/p/⋯']],
    [
      'lets port 0 stand for any',
      [':443/in', ':0/in', ':0/h', ':443/x'],
      [':0/h', ':0/in', ':443/x'],
    ],
    ['drops what is no URL', [':x/a', 'http://a b/', ':80/%zz', '', '::: no'], []],
    [
      'reads URLs without host, query and fragment',
      ['http://bob@shop:80/a?x=1', ':80/b#c', 'https://[::1]:443/.', '/d'],
      [':/d', ':443/', ':80/a', ':80/b'],
    ],
    ['reads no path as the root', [':80', ':80?x'], [':80/']],
  ];
  for (const [title, given, collapsed] of CASES) {
    it(title, () => {
      assert.deepEqual(endpointsOf(given, 2), collapsed);
      assert.deepEqual(endpointsOf([...given].reverse(), 2), collapsed);
      assert.deepEqual(endpointsOf(collapsed, 2), collapsed);
    });
  }

  it('unites methods and headers, and keeps directions and sides apart', () => {
    const entry = { endpoint: ':80/a', internal: false, direction: 'inbound' };
    const odd = { ...entry, headers: 'x' } as unknown as HttpEndpoint;
    const given = [
      { ...entry, methods: ['PUT', 'GET'], headers: { B: ['2', '1'], A: ['x'] } },
      { ...entry, methods: ['DELETE'], headers: { B: ['3', '1'] } },
      { ...entry, direction: 'outbound' },
      { ...entry, internal: true },
      odd,
    ];
    assert.deepEqual(collapseEndpoints(given, { endpointThreshold: 9, prefixes: [] }), [
      { ...entry, methods: ['DELETE', 'GET', 'PUT'], headers: { A: ['x'], B: ['1', '2', '3'] } },
      { ...entry, internal: true },
      { ...entry, direction: 'outbound' },
    ]);
  });
});

describe('parseEndpoint', () => {
  it('does not decode the path, nor take a port that is none', () => {
    assert.deepEqual(parseEndpoint(':8/a%20b'), { port: '8', path: '/a%20b' });
    assert.equal(parseEndpoint('http://a:1:2/'), undefined);
    assert.equal(parseEndpoint(':80/a\n'), undefined);
  });
});

describe('splitEndpoint', () => {
  it('takes the port in front, and makes the rest a path', () => {
    const cases = { '': '/', ':80': '80 /', ':80/x/1': '80 /x/1', '/x': ' /x', 'x.y': ' /x.y' };
    for (const [endpoint, parts] of Object.entries(cases)) {
      const { port, path } = splitEndpoint(endpoint);
      assert.equal(`${port} ${path}`.trim(), parts.trim());
    }
  });
});
