import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ClusterPeers } from './cluster-peers.ts';

interface SomePod {
  readonly name: string;
  readonly uid?: string;
  readonly ips?: readonly string[];
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly phase?: string;
  readonly startTime?: string;
  readonly hostNetwork?: boolean;
}

function rawPod({ name, uid = `uid-${name}`, ips = [], labels, hostNetwork, ...rest }: SomePod) {
  const podIPs = ips.map((ip) => ({ ip }));
  return {
    metadata: { name, namespace: 'shop', uid, labels, annotations: { much: 'text' } },
    spec: { hostNetwork, containers: [{ name: 'a', env: [{ name: 'SECRET', value: 's' }] }] },
    status: { phase: 'Running', ...rest, podIP: ips[0], podIPs },
  };
}

function rawService(name: string, spec: object, extra: object = {}) {
  const metadata = { name, namespace: 'shop', uid: `uid-${name}`, labels: { of: 'service' } };
  return { metadata, spec, ...extra };
}

function clusterOf(pods: readonly SomePod[], services: readonly object[] = []) {
  const peers = new ClusterPeers();
  const podOf = (pod: SomePod) => peers.pods.parse(rawPod(pod));
  const serviceOf = (raw: object) => peers.services.parse({ ...raw });
  peers.pods.onReplace(pods.map(podOf));
  peers.services.onReplace(services.map(serviceOf));
  const nameAt = (address: string, port?: number) => peers.peerOf(address, port)?.name;
  return { peers, podOf, serviceOf, nameAt };
}

describe('the other side of a connection', () => {
  it('is the pod that has the address, told by its labels and nothing else', () => {
    const labels = { b: '2', a: '1', odd: 7 };
    const { peers, nameAt } = clusterOf([{ name: 'db', ips: ['10.0.0.1', 'fd00::1'], labels }]);
    const expected = { kind: 'pod', namespace: 'shop', name: 'db', labels: { a: '1', b: '2' } };
    assert.deepEqual(peers.peerOf('10.0.0.1', 443), expected);
    assert.deepEqual(Object.keys(peers.peerOf('10.0.0.1', 443)?.labels ?? {}), ['a', 'b']);
    assert.equal(nameAt('::ffff:10.0.0.1'), 'db');
    assert.equal(nameAt('FD00:0::1'), 'db');
    assert.equal(nameAt('10.0.0.2'), undefined);
    assert.equal(nameAt('no address'), undefined);
  });

  it('is no pod that shares its node’s address, and none that has ended', () => {
    const { nameAt } = clusterOf([
      { name: 'proxy', ips: ['192.168.0.1'], hostNetwork: true },
      { name: 'done', ips: ['10.0.0.1'], phase: 'Succeeded' },
      { name: 'waiting' },
    ]);
    assert.equal(nameAt('192.168.0.1', 80), undefined);
    assert.equal(nameAt('10.0.0.1', 80), undefined);
  });

  it('is the service that has the address in the cluster, and never connects', () => {
    const web = { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00::96'] };
    const { peers, nameAt } = clusterOf(
      [],
      [
        rawService('web', { ...web, selector: { app: 'web' }, externalIPs: ['10.0.0.99'] }),
        rawService('headless', { clusterIP: 'None', ports: [{ port: 80 }] }),
      ],
    );
    const expected = { kind: 'service', namespace: 'shop', name: 'web', selector: { app: 'web' } };
    assert.deepEqual(peers.peerOf('10.96.0.1', 9), expected);
    assert.equal(nameAt('fd00::96', 80), 'web');
    assert.equal(nameAt('10.0.0.99', 80), undefined, 'an address from outside');
    assert.equal(nameAt('10.96.0.1'), undefined, 'a service connected');
    assert.equal(peers.size, 2);
  });

  it('is nobody at an address that rules ask for in profiles: those of the world outside', () => {
    const ips = ['203.0.113.7', '2001:db8::7', '172.32.0.1', '100.64.0.1', '172.31.255.255'];
    const { nameAt } = clusterOf(
      ips.map((ip) => ({ name: ip, ips: [ip] })),
      [rawService('s', { clusterIP: '203.0.113.9' })],
    );
    assert.deepEqual(
      [...ips, '203.0.113.9'].filter((ip) => nameAt(ip, 80) !== undefined),
      ['172.31.255.255'],
    );
  });

  it('has the labels of the one service that selects no pods', () => {
    const { peers } = clusterOf([]);
    const metadata = {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver' },
    };
    const { peer } = peers.services.parse({ metadata, spec: { clusterIP: '10.96.0.1' } });
    assert.deepEqual([peer.labels, peer.selector], [{ component: 'apiserver' }, {}]);
  });

  it('follows what is told: other addresses, other labels, the end', () => {
    const { peers, podOf, serviceOf, nameAt } = clusterOf([{ name: 'db', ips: ['10.0.0.1'] }]);
    const moved = { name: 'db', ips: ['10.0.0.2'], labels: { app: 'db' } };
    peers.pods.onEvent({ type: 'modified', item: podOf(moved) });
    assert.equal(nameAt('10.0.0.1'), undefined);
    assert.deepEqual(peers.peerOf('10.0.0.2', 1)?.labels, { app: 'db' });
    peers.pods.onEvent({ type: 'deleted', item: podOf(moved) });
    const before = serviceOf(rawService('s', { clusterIP: '10.96.0.1' }));
    peers.services.onEvent({ type: 'added', item: before });
    const item = serviceOf(rawService('s', { clusterIP: '10.96.0.2' }));
    peers.services.onEvent({ type: 'modified', item });
    assert.deepEqual([nameAt('10.96.0.1', 1), nameAt('10.96.0.2', 1)], [undefined, 's']);
    peers.services.onEvent({ type: 'deleted', item });
    assert.equal(peers.size, 0);
  });

  it('is the later of two pods while the end of the first is not told yet', () => {
    const [first, second] = [
      { name: 'first', ips: ['10.0.0.1'], startTime: '2026-01-01T00:00:00Z' },
      { name: 'second', ips: ['10.0.0.1'], startTime: '2026-01-01T00:01:00Z' },
    ];
    const { peers, podOf, nameAt } = clusterOf([second, first]);
    assert.equal(nameAt('10.0.0.1'), 'second');
    peers.pods.onEvent({ type: 'modified', item: podOf(first) });
    assert.equal(nameAt('10.0.0.1'), 'second');
    peers.pods.onEvent({ type: 'deleted', item: podOf(first) });
    assert.equal(nameAt('10.0.0.1'), 'second');
  });

  it('is not known of what cannot be a pod or a service', () => {
    const { peers } = clusterOf([]);
    for (const raw of [{}, { metadata: { name: 'x' } }, { metadata: 7 }]) {
      assert.throws(() => peers.pods.parse(raw), { code: 'invalid', message: /metadata\.name/ });
      assert.throws(() => peers.services.parse(raw), {
        code: 'invalid',
        message: /metadata\.name/,
      });
    }
    const metadata = { name: 'x', namespace: 'shop' };
    for (const odd of [
      { metadata },
      { metadata, spec: 7, status: [] },
      { metadata, status: { podIPs: 7 } },
    ]) {
      assert.deepEqual(peers.pods.parse(odd).addresses, []);
      assert.deepEqual(peers.services.parse(odd).addresses, []);
    }
  });

  it('is what a fresh list would say, whatever was told before', () => {
    const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3');
    const change = fc.record({
      uid: fc.constantFrom('u1', 'u2', 'u3', 'u4'),
      ips: fc.array(address, { maxLength: 2 }),
      isDeleted: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const { peers, podOf } = clusterOf([]);
        const now = new Map<string, SomePod>();
        for (const { uid, ips, isDeleted } of changes) {
          const startTime = `2026-01-01T00:00:0${uid.slice(1)}Z`;
          const pod = { name: uid, uid, ips, startTime };
          peers.pods.onEvent({ type: isDeleted ? 'deleted' : 'modified', item: podOf(pod) });
          if (isDeleted) now.delete(uid);
          else now.set(uid, pod);
        }
        const fresh = clusterOf([...now.values()]);
        for (const each of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) {
          assert.equal(peers.peerOf(each, 1)?.name, fresh.nameAt(each, 1));
        }
        assert.equal(peers.size, fresh.peers.size);
      }),
    );
  });
});
