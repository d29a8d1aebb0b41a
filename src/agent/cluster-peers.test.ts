import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { ApiClient } from '#kube/api-client.js';
import { FakeApiServer } from '#kube/testing/fake-api-server.js';
import { Metrics } from '#metrics/metrics.js';
import { AgentError } from '#model/agent-error.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { openPeers } from './cluster-peers.ts';
import { openPods } from './cluster-pods.ts';
import { configFrom } from './config.ts';

type Watch = ReturnType<ApiClient['watch']>;
type WatchLine = Watch extends AsyncIterable<infer Line> ? Line : never;
type Answer = 'list' | 'nothing' | AgentError;

const END: WatchLine = {
  type: 'BOOKMARK',
  object: {
    metadata: { resourceVersion: '7', annotations: { 'k8s.io/initial-events-end': 'true' } },
  },
};
const refused = new AgentError('unavailable', 'GET /api/v1/services: 403 (not permitted)');

/** Answers the lists of pods and of services, each try as the test says; the last answer stays. */
function peersOf(t: TestContext, answers: { pods: Answer[]; services: Answer[] }) {
  const clock = new VirtualClock();
  async function* watch(path: string, { signal }: { readonly signal: AbortSignal }) {
    const left = answers[path.endsWith('services') ? 'services' : 'pods'];
    const answer = (left.length > 1 ? left.shift() : left[0]) ?? 'nothing';
    if (answer instanceof AgentError) throw answer;
    if (answer === 'list') yield END;
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  }
  const client = {
    watch: (path: string, options: { readonly signal: AbortSignal }): Watch => watch(path, options),
    list: async () => ({ items: [], resourceVersion: '7' }),
  };
  const stop = new AbortController();
  const parts = { client, clock, log: silentLogger, random: seededRandom(1) };
  const peers = openPeers({ ...parts, metrics: new Metrics() });
  const running = peers.run({ signal: stop.signal });
  t.after(async () => {
    stop.abort();
    await running;
  });
  return {
    clock,
    answered: (signal: AbortSignal = stop.signal) => {
      const told = { at: Number.NaN };
      const startMs = clock.monotonic();
      void peers.answered(signal).then(() => {
        told.at = clock.monotonic() - startMs;
      });
      return told;
    },
  };
}

describe('the other sides of connections', () => {
  it('are waited for until both lists are there', async (t) => {
    const { clock, answered } = peersOf(t, {
      pods: ['list'],
      services: [new AgentError('unavailable', 'connection refused'), 'list'],
    });
    await settle();
    const told = answered();
    await clock.advance(300);
    assert.equal(told.at, Number.NaN);
    await clock.advance(1_000);
    assert.ok(told.at >= 400 && told.at <= 900, `${told.at}`);
  });

  it('are not waited for longer when they are refused', async (t) => {
    const { clock, answered } = peersOf(t, { pods: ['list'], services: [refused] });
    const told = answered();
    await settle();
    await clock.advance(100);
    assert.ok(told.at <= 50, `${told.at}`);
  });

  it('are waited for where the server has no streaming lists', async (t) => {
    const unknown = new AgentError('invalid', 'sendInitialEvents: forbidden');
    const { clock, answered } = peersOf(t, { pods: ['list'], services: [unknown, 'nothing'] });
    const told = answered();
    await clock.advance(100);
    assert.equal(told.at, Number.NaN);
    await clock.advance(1_000);
    assert.ok(told.at >= 400 && told.at <= 900, `${told.at}`);
  });

  it('are waited for as long as somebody waits', async (t) => {
    const { clock, answered } = peersOf(t, { pods: ['list'], services: ['nothing'] });
    const waiting = new AbortController();
    const told = answered(waiting.signal);
    await clock.advance(4_000);
    assert.equal(told.at, Number.NaN);
    waiting.abort();
    await clock.advance(0);
    assert.equal(told.at, 4_000);
  });
});

describe('the start of an agent in a cluster', { timeout: 20_000 }, () => {
  /** Pods of node `n1`, through a gate that keeps back the lists of all nodes until it is opened. */
  async function podsOf(t: TestContext, server: FakeApiServer) {
    const folder = await mkdtemp(join(tmpdir(), 'hullwatch-peers-'));
    const kubeconfig = join(folder, 'config');
    const gate = await gateBefore(server);
    const named = (name: string, fields: object) => [{ name, ...fields }];
    await writeFile(
      kubeconfig,
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
        clusters: named('c', { cluster: { server: gate.url } }),
        contexts: named('c', { context: { cluster: 'c', user: 'c' } }),
        users: named('c', { user: {} }),
      }),
    );
    const clock = new VirtualClock();
    const flags = { pods: 'api', kubeconfig, nodeName: 'n1' };
    const options = configFrom({ flags, environment: {} });
    const parts = { clock, log: silentLogger, random: seededRandom(1), metrics: new Metrics() };
    const pods = await openPods({ ...parts, options });
    const stop = new AbortController();
    const running = pods.run({ signal: stop.signal });
    t.after(async () => {
      stop.abort();
      await running;
      pods.close();
      gate.close();
      await server.close();
      await rm(folder, { recursive: true });
    });
    let isReady = false;
    const ready = pods.ready(stop.signal).then(() => {
      isReady = true;
    });
    return { clock, pods, gate, ready, isReady: () => isReady };
  }

  async function serverWithService(): Promise<FakeApiServer> {
    const server = await FakeApiServer.listen();
    server.objects.create('services', {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { clusterIP: '10.96.0.1', selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    server.objects.create('pods', {
      metadata: { name: 'web-1', namespace: 'shop', uid: 'u1' },
      spec: { nodeName: 'n1', containers: [{ name: 'web', image: 'web:1' }] },
    });
    return server;
  }

  it('knows who has which address before the first container is told of', async (t) => {
    const { pods, gate, ready, isReady } = await podsOf(t, await serverWithService());
    await until(() => pods.pods.size === 1 && gate.waiting() === 2);
    assert.deepEqual([isReady(), pods.peers.peerOf('10.96.0.1', 80)], [false, undefined]);
    gate.open();
    await ready;
    assert.equal(pods.peers.peerOf('10.96.0.1', 80)?.name, 'web');
  });

  it('waits a second for the lists of all nodes after its own', async (t) => {
    const { clock, pods, gate, isReady } = await podsOf(t, await serverWithService());
    await until(() => pods.pods.size === 1 && gate.waiting() === 2);
    await clock.advance(999);
    assert.equal(isReady(), false);
    await clock.advance(1);
    assert.equal(isReady(), true);
  });

  it('waits five seconds for an API server that never answers', async (t) => {
    const server = await FakeApiServer.listen();
    server.fail('any', 'silent', 'silent', 'silent');
    const { clock, gate, isReady } = await podsOf(t, server);
    await until(() => gate.waiting() === 2);
    await clock.advance(4_999);
    assert.equal(isReady(), false);
    await clock.advance(1);
    assert.equal(isReady(), true);
  });
});

/** Lets the requests for one node's objects through at once, and those for all nodes' when it is opened. */
async function gateBefore(server: FakeApiServer) {
  const opened = Promise.withResolvers<void>();
  let waiting = 0;
  const gate = createServer(async (incoming, response) => {
    if (!incoming.url?.includes('nodeName')) {
      waiting += 1;
      await opened.promise;
    }
    const { method, headers } = incoming;
    const onward = request(`${server.url}${incoming.url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.end();
  });
  await new Promise<void>((listening) => gate.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(gate.address() as AddressInfo).port}`,
    waiting: () => waiting,
    open: () => opened.resolve(),
    close: () => {
      opened.resolve();
      gate.close();
      gate.closeAllConnections();
    },
  };
}

/** For what goes through real sockets, which no clock times. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settle();
}
