import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NetworkNeighbor } from '#model/profile.js';
import { collapseNeighbors } from './collapse-neighbors.ts';

const SETTINGS = { networkIpGroupThreshold: 3, networkCidrFloorBits: 24 };

function host(ipAddress: string, rest: Partial<NetworkNeighbor> = {}): NetworkNeighbor {
  return { identifier: ipAddress, type: 'external', ipAddress, ...rest };
}

function hosts(...addresses: readonly string[]): readonly NetworkNeighbor[] {
  return addresses.map((address) => host(address));
}

function addressesOf(neighbors: readonly NetworkNeighbor[]): readonly string[] {
  return neighbors.flatMap(({ ipAddress, ipAddresses }) => [
    ...(ipAddress ? [ipAddress] : []),
    ...(ipAddresses ?? []),
  ]);
}

const FOUR = hosts('10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.6');

describe('collapseNeighbors', () => {
  it('leaves as many addresses as the threshold', () => {
    const three = FOUR.slice(1);
    assert.deepEqual(collapseNeighbors(three, SETTINGS), three);
  });

  it('makes one network of more, the smallest that holds them', () => {
    assert.deepEqual(addressesOf(collapseNeighbors(FOUR, SETTINGS)), ['10.0.0.0/29']);
  });

  it('makes none wider than the floor', () => {
    const wide = hosts('10.0.0.1', '10.0.1.2', '10.0.1.3', '192.0.2.1');
    const networks = ['10.0.0.0/24', '10.0.1.0/24', '192.0.2.0/24'];
    assert.deepEqual(addressesOf(collapseNeighbors(wide, SETTINGS)), networks);
    const single = collapseNeighbors(FOUR, { ...SETTINGS, networkCidrFloorBits: 32 });
    assert.equal(addressesOf(single)[0], '10.0.0.1/32');
  });

  it('gives every network all names and ports, and an identifier of its own', () => {
    const port = (number: number) => ({ name: `TCP-${number}`, protocol: 'TCP', port: number });
    const given = FOUR.map(({ ipAddress = '' }, i) =>
      host(i === 0 ? '10.9.0.1' : ipAddress, {
        dnsNames: [`n${9 - i}`],
        ports: [port(80 + (i % 2))],
      }),
    );
    const made = collapseNeighbors(given, SETTINGS);
    assert.equal(made.length, 2);
    assert.equal(new Set(made.map(({ identifier }) => identifier)).size, 2);
    for (const { dnsNames, ports, identifier } of made) {
      assert.match(identifier, /^[0-9a-f]{64}$/);
      assert.deepEqual(dnsNames, ['n6', 'n7', 'n8', 'n9']);
      assert.deepEqual(ports, [port(80), port(81)]);
    }
  });

  it('keeps kinds of neighbors apart', () => {
    const pod = { matchLabels: { app: 'a' } };
    const given = [...FOUR.slice(0, 2), ...FOUR.map((one) => ({ ...one, podSelector: pod }))];
    const made = collapseNeighbors(given, SETTINGS);
    assert.deepEqual(addressesOf(made), ['10.0.0.1', '10.0.0.2', '10.0.0.0/29']);
    assert.deepEqual(made[2]?.podSelector, pod);
  });

  it('lets *, IPv6 and fields that it does not know pass', () => {
    const others = [
      host('2001:db8::1'),
      { identifier: 'x', type: 'external', ipAddresses: ['*'] },
      { identifier: 'y', type: 'external', dnsNames: ['a.'] },
    ];
    const mixed = { identifier: 'z', type: 'external', ipAddresses: ['10.0.0.7', '::1'] };
    const made = collapseNeighbors([...FOUR, ...others, mixed], SETTINGS);
    assert.deepEqual(made.slice(0, 3), others);
    assert.deepEqual(made[3], { ...mixed, ipAddresses: ['::1'] });
    assert.deepEqual(addressesOf(made.slice(4)), ['10.0.0.0/29']);
    const served = FOUR.map((one) => ({ ...one, serviceRefName: 'db' }));
    assert.deepEqual(collapseNeighbors(served, SETTINGS), served);
  });

  it('stays collapsed: later addresses make what all together would have made', () => {
    const once = collapseNeighbors(FOUR, SETTINGS);
    assert.deepEqual(collapseNeighbors(once, SETTINGS), once);
    for (const later of [['10.0.0.5'], ['10.0.0.200'], ['192.0.2.1'], ['10.0.0.9', '10.0.3.1']]) {
      const inParts = collapseNeighbors([...once, ...hosts(...later)], SETTINGS);
      assert.deepEqual(inParts, collapseNeighbors([...FOUR, ...hosts(...later)], SETTINGS));
    }
  });

  it('absorbs networks that lie in others', () => {
    const networks = ['10.0.0.0/27', '10.0.0.0/28'].map((network, i) => ({
      identifier: `${i}`,
      type: 'external',
      ipAddresses: [network],
    }));
    assert.deepEqual(collapseNeighbors(networks, SETTINGS), networks);
    assert.deepEqual(addressesOf(collapseNeighbors([...networks, ...FOUR], SETTINGS)), [
      '10.0.0.0/27',
    ]);
  });
});
