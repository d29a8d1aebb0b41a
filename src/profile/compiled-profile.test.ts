import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ContainerProfileSpec, NetworkNeighbor } from '#model/profile.js';
import { ProfileCompiler } from './profile-compiler.ts';
import { EVERYTHING, NOTHING } from './profile-needs.ts';
import { projectProfile } from './projection.ts';
import { allAnswers } from './testing/all-answers.ts';
import { anyNeeds, anyQuestions, anySpec } from './testing/arbitrary-profile.ts';
import { PlainProfile } from './testing/plain-profile.ts';

describe('CompiledProfile', () => {
  it('answers every question as a plain scan of the profile does, whatever is needed', () => {
    const questions = fc.array(anyQuestions, { minLength: 1, maxLength: 8 });
    const needs = fc.oneof(fc.constant(EVERYTHING), anyNeeds);
    fc.assert(
      fc.property(anySpec, needs, questions, (spec, needed, asked) => {
        const compiled = new ProfileCompiler(7).compile(spec, needed);
        const plain = new PlainProfile(spec, needed);
        for (const each of asked) {
          assert.deepEqual(allAnswers(compiled, each), allAnswers(plain, each));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  const peers = (names: Partial<NetworkNeighbor>, ports?: NetworkNeighbor['ports']) =>
    projectProfile({ egress: [{ identifier: '1', type: 'x', ...names, ports: ports ?? null }] });

  for (const [entries, address, expected] of [
    [['10.7.0.5'], '10.7.0.5', true],
    [['10.7.0.5'], '10.7.0.6', false],
    [['10.7.0.5'], '::ffff:10.7.0.5', true],
    [['::ffff:10.7.0.5'], '10.7.0.5', true],
    [['fd00::a:1'], 'FD00:0::000a:1', true],
    [['172.20.0.0/14'], '172.23.255.255', true],
    [['172.20.0.0/14'], '172.24.0.0', false],
    [['fd00::/9'], 'fd7f::1', true],
    [['fd00::/9'], 'fd80::1', false],
    [['0.0.0.0/0'], 'fd00::1', false],
    [['::/0'], '10.7.0.5', false],
    [['::/0'], 'fd00::1', true],
    [['*'], 'fd00::1', true],
    [['*'], 'somewhere', false],
    [['*'], '', false],
    [['10.7.0.0/33', 'nonsense', '', '10.7.0.5'], '10.7.0.5', true],
    [['10.7.0.0/33', 'nonsense', ''], '10.7.0.5', false],
    [['10.0.0.0/8', '10.7.0.0/16', '10.7.0.4/31'], '10.7.0.5', true],
    [[], '10.7.0.5', false],
  ] as const) {
    it(`${expected ? 'finds' : 'does not find'} ${address} among [${entries}]`, () => {
      assert.equal(peers({ ipAddresses: entries }).wasAddressIn('egress', address), expected);
      assert.ok(!peers({ ipAddresses: entries }).wasAddressIn('ingress', address));
    });
  }

  for (const [entry, domain, expected] of [
    ['shop.test.', 'shop.test', true],
    ['shop.test', 'Shop.TEST.', true],
    ['shop.test', 'www.shop.test', false],
    ['www.shop.test', 'shop.test', false],
    ['*.shop.test.', 'cdn.shop.test.', true],
    ['*.shop.test.', 'shop.test', false],
    ['*.shop.test.', 'eu.cdn.shop.test', false],
    ['db.⋯.svc.cluster.local.', 'db.prod.svc.cluster.local', true],
    ['db.⋯.svc.cluster.local.', 'db.svc.cluster.local', false],
    ['db.⋯.svc.cluster.local.', 'db.a.b.svc.cluster.local', false],
    ['⋯', 'localhost', true],
    ['intra.*', 'intra.a', true],
    ['intra.*', 'intra.a.b.c', true],
    ['intra.*', 'intra.', false],
    ['*.*', 'a.b', true],
    ['*.*', 'a', false],
    ['*', 'a', false],
    ['**', 'a', false],
    ['**.shop.test', 'a.shop.test', false],
    ['a.*.test', 'a.b.test', false],
    ['a..test', 'a..test', false],
    ['', '', false],
  ] as const) {
    it(`${expected ? 'finds' : 'does not find'} ${domain} under "${entry}"`, () => {
      assert.equal(peers({ dnsNames: [entry] }).isDomainIn('egress', domain), expected);
      assert.equal(peers({ dns: entry }).isDomainIn('egress', domain), expected);
    });
  }

  const https = { name: 'https', protocol: 'TCP', port: 443 };
  for (const [ports, port, protocol, expected] of [
    [[https], 443, 'tcp', true],
    [[https], 443, 'UDP', false],
    [[https], 80, 'TCP', false],
    [[https, { ...https, port: 53, protocol: 'UDP' }], 53, 'udp', true],
    [[https, { ...https, port: 53, protocol: 'UDP' }], 53, 'TCP', false],
    [[{ ...https, port: null }], 9, 'TCP', true],
    [[{ ...https, port: null }], 9, 'UDP', false],
    [[{ ...https, protocol: '' }], 443, 'UDP', true],
    [[], 9, 'UDP', true],
    [null, 9, 'UDP', true],
    [null, -1, 'TCP', false],
    [null, 65_536, 'TCP', false],
    [null, Number.NaN, 'TCP', false],
  ] as const) {
    it(`${expected ? 'allows' : 'does not allow'} ${port}/${protocol} by ${JSON.stringify(ports)}`, () => {
      const profile = peers({ ipAddress: '10.0.0.0/8' }, ports);
      assert.equal(
        profile.wasAddressPortProtocolIn('egress', '10.1.1.1', [port, protocol]),
        expected,
      );
      assert.ok(!profile.wasAddressPortProtocolIn('egress', '11.1.1.1', [port, protocol]));
    });
  }

  it('looks for a port only beside the neighbors that have the address', () => {
    const profile = projectProfile({
      egress: [
        { identifier: '1', type: 'x', ipAddress: '10.0.0.1', ports: [https] },
        { identifier: '2', type: 'x', ipAddress: '10.0.0.0/8', ports: [{ ...https, port: 80 }] },
        { identifier: '3', type: 'x', ipAddress: '10.0.0.2', ports: [{ ...https, port: 22 }] },
      ],
    });
    const allows = (port: number) =>
      profile.wasAddressPortProtocolIn('egress', '10.0.0.1', [port, 'TCP']);
    assert.deepEqual([443, 80, 22].map(allows), [true, true, false]);
  });

  for (const [entry, endpoint, expected] of [
    [':8080/cart', ':8080/cart', true],
    [':8080/cart', ':8080/cart/', true],
    [':8080/cart', ':8081/cart', false],
    [':8080/cart/⋯', ':8080/cart/7', true],
    [':8080/cart/⋯', ':8080/cart', false],
    [':0/cart/⋯', ':9999/cart/7', true],
    [':0/cart', ':9999/cart', true],
    [':0', ':9999/', true],
    [':0/cart', '/cart', false],
    [':9999/cart', ':0/cart', false],
    [':01/cart', ':9999/cart', false],
    ['/cart', '/cart', true],
  ] as const) {
    it(`${expected ? 'finds' : 'does not find'} ${endpoint} under ${entry}`, () => {
      const profile = projectProfile({ endpoints: [{ endpoint: entry, internal: true }] });
      assert.equal(profile.wasEndpointAccessed(endpoint), expected);
    });
  }

  it('wants all methods in one entry, in upper or lower case, and takes none for any', () => {
    const profile = projectProfile({
      endpoints: [
        { endpoint: ':80/a', methods: ['get', 'HEAD'], internal: false },
        { endpoint: ':80/⋯', methods: ['POST'], internal: false },
        { endpoint: ':80/any', methods: [], internal: false },
      ],
    });
    const allows = (endpoint: string, ...methods: string[]) =>
      profile.wasEndpointAccessedWithMethods(endpoint, methods);
    assert.ok(allows(':80/a', 'GET', 'head') && allows(':80/a', 'Post') && allows(':80/a'));
    assert.ok(
      !allows(':80/a', 'GET', 'POST') && !allows(':80/b', 'GET') && allows(':80/any', 'PUT'),
    );
  });

  for (const [entry, host, expected] of [
    ['https://shop.test/cart', 'shop.test', true],
    ['https://user@shop.test:8443/cart', 'shop.test', true],
    ['https://[fd00::1]:80/', 'fd00::1', true],
    ['https://shop.test.evil/cart', 'shop.test', false],
    ['https://evil/shop.test', 'shop.test', false],
    ['shop.test', 'shop.test', true],
    ['shop.test/cart', 'shop.test', true],
    ['shop.test:80', 'shop.test', true],
    ['shop.tester', 'shop.test', false],
    [':80/cart', '', false],
  ] as const) {
    it(`${expected ? 'finds' : 'does not find'} the host "${host}" in ${entry}`, () => {
      const profile = projectProfile({ endpoints: [{ endpoint: entry, internal: false }] });
      assert.equal(profile.wasHostAccessed(host), expected);
    });
  }

  it('answers a declared prefix or suffix over all that is stored, another over what was kept', () => {
    const spec: ContainerProfileSpec = {
      opens: [{ path: '/etc/hosts' }, { path: '/var/⋯/app.log' }, { path: '/srv/x.conf' }],
      endpoints: [
        { endpoint: ':80/a/⋯', internal: false },
        { endpoint: ':80/b', internal: false },
      ],
    };
    const selectors = [
      { prefix: '/var/' },
      { suffix: '.log' },
      { exact: '/etc/hosts' },
      { prefix: '/no' },
    ];
    const needs = { ...EVERYTHING, opens: { all: false, selectors } };
    const profile = new ProfileCompiler().compile(spec, needs);
    const prefixes = ['/var/', '/no', '/etc', '/srv', '/var', ''];
    assert.deepEqual(
      prefixes.map((prefix) => profile.wasPathOpenedWithPrefix(prefix)),
      [true, false, true, false, false, true],
    );
    const suffixes = ['.log', 'hosts', '.conf', 'g'];
    assert.deepEqual(
      suffixes.map((suffix) => profile.wasPathOpenedWithSuffix(suffix)),
      [true, true, false, false],
    );
    assert.ok(
      profile.wasEndpointAccessedWithPrefix(':80/a/') && profile.wasEndpointAccessedWithSuffix('⋯'),
    );
    assert.ok(
      !profile.wasEndpointAccessedWithPrefix('/a') && !profile.wasEndpointAccessedWithSuffix('/'),
    );
  });

  it('keeps patterns, networks and any ports wherever their surface is needed at all', () => {
    const spec: ContainerProfileSpec = {
      opens: [{ path: '/a/⋯' }, { path: '/b' }],
      endpoints: [
        { endpoint: ':0/a', internal: false },
        { endpoint: ':80/b', internal: false },
      ],
      egress: [
        {
          identifier: '1',
          type: 'x',
          ipAddresses: ['10.0.0.0/8', '11.0.0.1'],
          dnsNames: ['*.a', 'b'],
        },
      ],
    };
    const few = { all: false, selectors: [{ exact: 'x' }] };
    const needs = {
      ...NOTHING,
      opens: few,
      endpoints: few,
      egressAddresses: few,
      egressDomains: few,
    };
    const some = new ProfileCompiler().compile(spec, needs);
    const none = new ProfileCompiler().compile(spec, NOTHING);
    assert.ok(some.wasPathOpened('/a/1') && !some.wasPathOpened('/b'));
    assert.ok(some.wasEndpointAccessed(':9/a') && !some.wasEndpointAccessed(':80/b'));
    assert.ok(some.wasAddressIn('egress', '10.1.1.1') && !some.wasAddressIn('egress', '11.0.0.1'));
    assert.ok(some.isDomainIn('egress', 'x.a') && !some.isDomainIn('egress', 'b'));
    assert.ok(!none.wasPathOpened('/a/1') && !none.wasAddressIn('egress', '10.1.1.1'));
  });
});
