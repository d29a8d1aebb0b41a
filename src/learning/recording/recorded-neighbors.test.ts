import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NetworkPeer } from '#model/raw-event.js';
import { Recording } from '../recording.ts';
import { aConnection, anAnswer } from '../testing/observed-surfaces.ts';
import { neighborIdentifier } from './neighbor-peer.ts';

const ROOMY = { maxEntries: 100, maxSizeChars: 100_000 };
const POD: NetworkPeer = { kind: 'pod', namespace: 'shop', name: 'db-1', labels: { app: 'db' } };

function egressOf(...events: readonly ReturnType<typeof aConnection>[]) {
  const recording = new Recording(ROOMY);
  for (const event of events) recording.observe(event);
  return recording.take().egress ?? [];
}

describe('the neighbors of a container', () => {
  it('are one for each address, with every port once', () => {
    const [neighbor, ...others] = egressOf(
      aConnection(),
      aConnection({ port: 80 }),
      aConnection({ port: 443, protocol: 'UDP' }),
      aConnection(),
    );
    assert.deepEqual(others, []);
    assert.deepEqual(
      neighbor?.ports?.map(({ name }) => name),
      ['TCP-443', 'TCP-80', 'UDP-443'],
    );
  });

  it('are not the container itself', () => {
    const own = ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1'];
    assert.deepEqual(egressOf(...own.map((address) => aConnection({ address }))), []);
  });

  it('are one for both forms of an IPv4 address', () => {
    const both = egressOf(aConnection(), aConnection({ address: '::ffff:203.0.113.7' }));
    assert.deepEqual(
      both.map(({ ipAddress }) => ipAddress),
      ['203.0.113.7'],
    );
  });

  it('are pods by their labels without those that change with a roll-out', () => {
    const labels = {
      ...{ app: 'db', 'controller-revision-hash': 'x', 'pod-template-generation': '2' },
      'pod-template-hash': 'y',
    };
    const replica = { ...POD, name: 'db-2', labels: { ...labels, 'pod-template-hash': 'z' } };
    const [neighbor, ...others] = egressOf(
      aConnection({ address: '10.0.0.1', peer: { ...POD, labels } }),
      aConnection({ address: '10.0.0.2', peer: replica }),
    );
    assert.deepEqual(others, []);
    assert.deepEqual(neighbor?.podSelector, { matchLabels: { app: 'db' } });
    assert.deepEqual([neighbor?.type, neighbor?.namespaceSelector], ['internal', undefined]);
    assert.equal(neighbor?.ipAddress, undefined);
  });

  it('are described by their address where an empty selector would mean every pod', () => {
    const bare: NetworkPeer = { kind: 'service', namespace: 'shop', name: 'external' };
    const [neighbor] = egressOf(aConnection({ peer: bare }));
    assert.deepEqual(
      [neighbor?.type, neighbor?.ipAddress, neighbor?.podSelector],
      ['internal', '203.0.113.7', undefined],
    );
  });

  it('are told apart when an address goes to another pod', () => {
    const other = { ...POD, name: 'cache-1', labels: { app: 'cache' } };
    const both = egressOf(aConnection({ peer: POD }), aConnection({ peer: other }), aConnection());
    assert.equal(both.length, 3);
  });

  it('have the newest three names that DNS gave them, the newest first of all', () => {
    const names = ['a.example.', 'b.example.', 'C.example', 'd.example.'];
    const [neighbor] = egressOf(...names.map((name) => anAnswer({ name })), aConnection());
    assert.equal(neighbor?.dns, 'd.example.');
    assert.deepEqual(neighbor?.dnsNames, ['b.example.', 'c.example.', 'd.example.']);
  });

  it('have no name that would be a pattern, nor one that was only asked for', () => {
    const [neighbor] = egressOf(
      ...['*.', '*.example.', '⋯.example.', '.', 'a..b.'].map((name) => anAnswer({ name })),
      anAnswer({ isAnswer: false }),
      aConnection(),
    );
    assert.deepEqual([neighbor?.dns, neighbor?.dnsNames], [undefined, undefined]);
  });

  it('keep a name that was forgotten while they waited for a report', () => {
    const many = Array.from({ length: 2_000 }, (_, n) =>
      anAnswer({ name: 'other.example.', addresses: [`10.1.${n >> 8}.${n & 255}`] }),
    );
    const [neighbor] = egressOf(anAnswer(), aConnection(), ...many);
    assert.equal(neighbor?.dns, 'example.com.');
  });

  it('are recorded again after a report', () => {
    const recording = new Recording(ROOMY);
    for (let report = 0; report < 2; report += 1) {
      recording.observe(aConnection());
      assert.equal(recording.take().egress?.length, 1);
    }
  });

  it('have an identifier that is the same on every node', () => {
    const peer = { type: 'external', ipAddress: '203.0.113.7' };
    // printf 'external\n203.0.113.7\nexample.com.\n\n' | sha256sum
    assert.equal(
      neighborIdentifier(peer, 'example.com.'),
      '4ef22cba936008af3f1848b1970b3efca99add57dfd690531103c607460a7774',
    );
    const podSelector = { matchLabels: { b: '2', a: '1' } };
    const turned = { matchLabels: { a: '1', b: '2' } };
    const type = 'internal';
    assert.equal(
      neighborIdentifier({ type, podSelector }, ''),
      neighborIdentifier({ type, podSelector: turned }, ''),
    );
  });

  it('cost no more room than there is', () => {
    const recording = new Recording({ maxEntries: 1_000, maxSizeChars: 2_000 });
    for (let port = 1; port < 60_000; port += 1) recording.observe(aConnection({ port }));
    assert.ok(recording.isFull && recording.dropped > 0);
    const ports = recording.take().egress?.[0]?.ports?.length ?? 0;
    assert.equal(ports + recording.dropped, 59_999);
    assert.equal(recording.isFull, false);
  });
});
