import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NetworkPeer } from '#model/raw-event.js';
import { Recording } from '../recording.ts';
import { aConnection, anAnswer } from '../testing/observed-surfaces.ts';
import { neighborIdentifier } from './neighbor-peer.ts';

const ROOMY = { maxEntries: 100, maxSizeChars: 100_000 };
const POD: NetworkPeer = { kind: 'pod', namespace: 'shop', name: 'db-1', labels: { app: 'db' } };

function recorded(...events: readonly ReturnType<typeof aConnection>[]) {
  const recording = new Recording(ROOMY);
  for (const event of events) recording.observe(event);
  return { recording, egress: recording.take().egress ?? [] };
}

function egressOf(...events: readonly ReturnType<typeof aConnection>[]) {
  return recorded(...events).egress;
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

  it('are told apart when the labels of a pod are changed while it runs', () => {
    const relabelled = { ...POD, labels: { app: 'db', role: 'primary' } };
    const back = { ...POD, labels: { ...POD.labels } };
    for (const [peers, expected] of [
      [[POD, relabelled], 2],
      [[relabelled, POD], 2],
      [[POD, { ...POD, labels: { app: 'cache' } }], 2],
      [[POD, { kind: 'pod', namespace: 'shop', name: 'db-1' } as const], 2],
      [[POD, back, relabelled, back], 2],
    ] as const) {
      assert.equal(egressOf(...peers.map((peer) => aConnection({ peer }))).length, expected);
    }
  });

  it('are told apart when a service selects others', () => {
    const service = (selector: Record<string, string>): NetworkPeer => {
      return { kind: 'service', namespace: 'shop', name: 'db', selector };
    };
    const peers = [service({ app: 'db' }), service({ app: 'cache' })];
    assert.equal(egressOf(...peers.map((peer) => aConnection({ peer }))).length, 2);
  });

  it('have all names that DNS gave them, the newest first of all', () => {
    const names = ['a.example.', 'b.example.', 'C.example', 'd.example.'];
    const [neighbor] = egressOf(...names.map((name) => anAnswer({ name })), aConnection());
    assert.equal(neighbor?.dns, 'd.example.');
    const all = ['a.example.', 'b.example.', 'c.example.', 'd.example.'];
    assert.deepEqual(neighbor?.dnsNames, all);
  });

  it('have every name of an address that comes while they wait for a report', () => {
    const names = Array.from({ length: 200 }, (_, n) => anAnswer({ name: `n${n}.example.` }));
    const { recording, egress } = recorded(aConnection(), ...names);
    assert.deepEqual([egress[0]?.dns, egress[0]?.dnsNames?.length], ['n199.example.', 200]);
    assert.equal(recording.dropped, 0);
  });

  it('count as dropped when more names of them came before than are remembered', () => {
    const names = Array.from({ length: 33 }, (_, n) => anAnswer({ name: `n${n}.example.` }));
    const whole = recorded(...names.slice(1), aConnection());
    assert.deepEqual([whole.egress[0]?.dnsNames?.length, whole.recording.dropped], [32, 0]);
    const partial = recorded(...names, aConnection(), aConnection());
    assert.deepEqual([partial.egress[0]?.dnsNames?.length, partial.recording.dropped], [32, 1]);
    const unused = recorded(...names, aConnection({ address: '203.0.113.8' }));
    assert.equal(unused.recording.dropped, 0);
  });

  it('count as dropped when their name was forgotten, but not when a report has it', () => {
    const answers = (name: string) =>
      Array.from({ length: 2_000 }, (_, n) =>
        anAnswer({ name, addresses: [`10.1.${n >> 8}.${n & 255}`] }),
      );
    const old = aConnection({ address: '10.1.0.0' });
    assert.equal(recorded(...answers('a.example.'), old).recording.dropped, 1);
    const told = [anAnswer({ name: 'a.example.', addresses: ['10.2.0.1'] })];
    const first = [...told, aConnection({ address: '10.2.0.1' })];
    assert.equal(recorded(...first, ...answers('a.example.'), old).recording.dropped, 0);
  });

  it('have names however an address is written, and of an answer with very many', () => {
    const addresses = Array.from({ length: 500 }, (_, n) => `10.1.${n >> 8}.${n & 255}`);
    const { egress } = recorded(
      anAnswer({ addresses: ['2001:DB8:0:0::7', '::ffff:203.0.113.7', ...addresses] }),
      ...['2001:db8::7', '203.0.113.7', '10.1.1.243'].map((address) => aConnection({ address })),
    );
    assert.deepEqual(
      egress.map(({ dns }) => dns),
      ['example.com.', 'example.com.', 'example.com.'],
    );
  });

  it('count as truncated when they have no address that can be', () => {
    const { recording, egress } = recorded(aConnection({ address: 'fe80::1%eth0' }));
    assert.deepEqual([egress.length, recording.truncated], [0, 1]);
  });

  it('have a port from the start: without one they would allow all', () => {
    const recording = new Recording({ maxEntries: 100, maxSizeChars: 100 });
    for (let n = 1; n < 9; n += 1) recording.observe(aConnection({ address: `10.0.0.${n}` }));
    const { egress = [] } = recording.take();
    assert.ok(egress.every(({ ports }) => ports?.length === 1));
  });

  it('have no name that would be a pattern, which counts, nor one that was only asked for', () => {
    const { egress, recording } = recorded(
      ...['*.', '*.example.', '⋯.example.', '.', 'a..b.'].map((name) => anAnswer({ name })),
      anAnswer({ isAnswer: false }),
      aConnection(),
    );
    assert.deepEqual([egress[0]?.dns, egress[0]?.dnsNames], [undefined, undefined]);
    assert.equal(recording.truncated, 5);
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
