import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { Alert } from '#model/alert.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { deliveryFailureOf } from '../delivery-error.ts';
import { anAlert, someAlerts } from '../testing/alerts.ts';
import { type Certificate, Certificates, noCertificates } from '../testing/certificates.ts';
import { aProcess } from '../testing/findings.ts';
import { HttpReceiver } from '../testing/http-receiver.ts';
import { HttpSink, type HttpSinkOptions } from './http-sink.ts';
import { runtimeAlertList } from './runtime-alert-list.ts';

const NOW_MS = 1_769_860_800_000;
const { signal } = new AbortController();

/** What a delivery failed with. */
async function failure(delivery: Promise<void>) {
  const error = await delivery.then(
    () => assert.fail('it was delivered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AgentError, String(error));
  const { isFinal = false, retryAfterMs } = deliveryFailureOf(error);
  return { isFinal, retryAfterMs, message: error.message, code: error.code };
}

describe('HttpSink', () => {
  let receiver: HttpReceiver;
  let sinks: HttpSink[] = [];
  const clock = new VirtualClock(NOW_MS);
  before(async () => {
    receiver = await HttpReceiver.listen();
  });
  after(async () => {
    for (const sink of sinks) await sink.close();
    await receiver.close();
    assert.equal(clock.pending, 0);
  });
  beforeEach(() => {
    receiver.requests.length = 0;
    sinks = [];
  });

  function open(options: Partial<HttpSinkOptions> = {}): HttpSink {
    const sink = new HttpSink({
      name: 'hook',
      clock,
      url: new URL(`${receiver.url}/hook?team=blue`),
      method: 'POST',
      headers: async () => ({}),
      format: 'runtime-alert',
      timeoutMs: 5_000,
      ...options,
    });
    sinks.push(sink);
    return sink;
  }

  it('sends each alert by itself, with its key, over one connection', async () => {
    const sink = open({ headers: async () => ({ 'x-team': 'blue' }) });
    const alerts = someAlerts(3);
    const before = receiver.connections;
    for (const alert of alerts) await sink.deliver([alert], { signal });
    assert.deepEqual(receiver.bodies, JSON.parse(JSON.stringify(alerts)));
    assert.equal(receiver.connections - before, 1);
    const [request] = receiver.requests;
    assert.equal(request?.method, 'POST');
    assert.equal(request?.url, '/hook?team=blue');
    assert.equal(request?.headers['content-type'], 'application/json');
    assert.equal(request?.headers['x-team'], 'blue');
    assert.equal(request?.headers['idempotency-key'], alerts[0]?.idempotencyKey);
    assert.equal(sink.batchSize, 1);
  });

  it('puts in other forms when told to', async () => {
    await open({ method: 'PUT', format: 'ocsf' }).deliver([anAlert()], { signal });
    assert.equal(receiver.requests[0]?.method, 'PUT');
    assert.equal((receiver.bodies[0] as { class_uid: number }).class_uid, 2004);
  });

  it('sends several as the public list, with the trees of one container joined', async () => {
    const sink = open({ bulk: { maxAlerts: 50, delayMs: 10_000 } });
    assert.equal(sink.batchSize, 50);
    assert.equal(sink.batchDelayMs, 10_000);
    const alerts = [anAlert(), anAlert({ event: { pid: 4_321, comm: 'id', seq: 9 } })];
    await sink.deliver(alerts, { signal });
    await sink.deliver(alerts, { signal });
    const [list] = receiver.bodies as [
      {
        kind: string;
        apiVersion: string;
        metadata: object;
        spec: { alerts: Alert[]; processTree: { processTree: { childrenMap: object } } };
      },
    ];
    assert.equal(`${list.apiVersion} ${list.kind}`, 'kubescape.io/v1 RuntimeAlerts');
    assert.deepEqual(list.metadata, { name: 'n1', namespace: '' });
    assert.deepEqual(list.spec.alerts, JSON.parse(JSON.stringify(alerts)));
    const children = Object.keys(list.spec.processTree.processTree.childrenMap);
    assert.deepEqual(children, ['sh,1234', 'id,4321']);
    const [first, second] = receiver.requests.map(({ headers }) => headers['idempotency-key']);
    assert.match(String(first), /^[0-9a-f]{32}$/);
    assert.equal(first, second);
    assert.notEqual(first, alerts[0]?.idempotencyKey);
  });

  it('joins branches that meet below, and leaves out trees of other roots', () => {
    const shell = aProcess({ pid: 200, comm: 'sh', parent: aProcess() });
    const child = (pid: number, seq: number) =>
      anAlert({ event: { pid, comm: `c${pid}`, seq }, process: { parent: shell } });
    const other = anAlert({ process: { parent: aProcess({ pid: 7, comm: 'other' }) } });
    const list = runtimeAlertList([child(301, 1), child(302, 2), other]);
    assert.partialDeepStrictEqual(list, {
      spec: { processTree: { processTree: { pid: 100 }, containerID: '0123456789abcdef' } },
    });
    const text = JSON.stringify((list as { spec: { processTree: object } }).spec.processTree);
    for (const key of ['sh,200', 'c301,301', 'c302,302']) assert.ok(text.includes(key), key);
    assert.ok(!text.includes('"sh,1234"'));
    assert.deepEqual((runtimeAlertList([]) as { spec: object }).spec, {
      ...{ alerts: [], processTree: {}, cloudMetadata: {} },
    });
  });

  it('sends several findings as a list', async () => {
    const bulk = { maxAlerts: 50, delayMs: 0 };
    await open({ bulk, format: 'ocsf' }).deliver(someAlerts(2), { signal });
    assert.equal((receiver.bodies[0] as unknown[]).length, 2);
  });

  for (const [status, isFinal] of [
    [400, true],
    [413, true],
    [415, true],
    [422, true],
    [301, false],
    [401, false],
    [403, false],
    [404, false],
    [408, false],
    [425, false],
    [429, false],
    [500, false],
    [503, false],
  ] as const) {
    it(`takes ${status} for ${isFinal ? 'final' : 'something that passes'}`, async () => {
      const body = 'no\u001b[2J thanks';
      receiver.answers.push({ status, body, headers: { location: '/elsewhere' } });
      const failed = await failure(open().deliver([anAlert()], { signal }));
      assert.equal(failed.isFinal, isFinal);
      assert.equal(failed.code, isFinal ? 'invalid' : 'unavailable');
      assert.ok(failed.message.endsWith(`/hook: ${status} no\\x1b[2J thanks`), failed.message);
      assert.equal(receiver.requests.length, 1);
    });
  }

  for (const [value, retryAfterMs] of [
    ['7', 7_000],
    ['Sat, 31 Jan 2026 12:00:09 GMT', 9_000],
    ['Sat, 31 Jan 2026 11:00:00 GMT', 0],
    ['86400', 3_600_000],
    ['soon', undefined],
  ] as const) {
    it(`waits as Retry-After: ${value} asks`, async () => {
      receiver.answers.push({ status: 429, headers: { 'retry-after': value } });
      const failed = await failure(open().deliver([anAlert()], { signal }));
      assert.deepEqual([failed.isFinal, failed.retryAfterMs], [false, retryAfterMs]);
    });
  }

  it('tries again what was reset or torn, and then delivers', async () => {
    receiver.answers.push('reset', 'torn');
    const sink = open();
    for (const expected of [/socket hang up|ECONNRESET/, /500$/]) {
      const failed = await failure(sink.deliver([anAlert()], { signal }));
      assert.match(failed.message, expected);
      assert.equal(failed.isFinal, false);
    }
    await sink.deliver([anAlert()], { signal });
    assert.equal(receiver.requests.length, 3);
  });

  it('gives up a request without an answer after its time', async () => {
    receiver.answers.push('hang');
    const delivery = failure(open({ timeoutMs: 5_000 }).deliver([anAlert()], { signal }));
    while (receiver.requests.length === 0) await clock.advance(0);
    await clock.advance(5_000);
    const failed = await delivery;
    assert.match(failed.message, /took longer than 5000 ms/);
    assert.equal(failed.isFinal, false);
  });

  it('stops when it is told to', async () => {
    receiver.answers.push('hang');
    const stop = new AbortController();
    const delivery = failure(open().deliver([anAlert()], { signal: stop.signal }));
    while (receiver.requests.length === 0) await clock.advance(0);
    stop.abort();
    assert.equal((await delivery).code, 'aborted');
  });

  it('reads no more of an answer than it needs', async () => {
    receiver.answers.push({ status: 500, body: 'x'.repeat(5_000_000) });
    const sink = open();
    const failed = await failure(sink.deliver([anAlert()], { signal }));
    assert.ok(failed.message.length < 400);
    receiver.answers.push({ status: 200, body: 'x'.repeat(5_000_000) });
    await sink.deliver([anAlert()], { signal });
    // What is not read to its end costs the connection.
    const before = receiver.connections;
    await sink.deliver([anAlert()], { signal });
    assert.equal(receiver.connections - before, 1);
  });

  it('fails, and not for good, while nobody listens', async () => {
    const gone = await HttpReceiver.listen();
    const url = new URL(gone.url);
    await gone.close();
    const failed = await failure(open({ url }).deliver([anAlert()], { signal }));
    assert.equal(failed.isFinal, false);
    assert.match(failed.message, /ECONNREFUSED/);
  });
});

describe('HttpSink over TLS', { skip: noCertificates() }, () => {
  let certificates: Certificates;
  let receiver: HttpReceiver;
  let server: Certificate;
  let agent: Certificate;
  before(async () => {
    certificates = await Certificates.open();
    server = certificates.make('collector.internal');
    agent = certificates.make('hullwatch-agent');
    receiver = await HttpReceiver.listen({
      cert: await certificates.read(server.certificate),
      key: await certificates.read(server.key),
      ca: await certificates.read(agent.certificate),
      requestCert: true,
      rejectUnauthorized: true,
    });
  });
  after(async () => {
    await receiver.close();
    await certificates.remove();
  });

  async function deliver(tls: HttpSinkOptions['tls']): Promise<void> {
    const sink = new HttpSink({
      ...{ name: 'hook', clock: new VirtualClock(NOW_MS), url: new URL(receiver.url), tls },
      ...{ method: 'POST', headers: async () => ({}), format: 'runtime-alert', timeoutMs: 5_000 },
    });
    try {
      await sink.deliver([anAlert()], { signal });
    } finally {
      await sink.close();
    }
  }

  it('shows its certificate to a receiver whose certificate it knows', async () => {
    await deliver({ ca: server.certificate, ...agent, serverName: 'collector.internal' });
    assert.equal(receiver.requests.at(-1)?.peer, 'hullwatch-agent');
  });

  it('sends nothing to a receiver that it does not know, or that has another name', async () => {
    const count = receiver.requests.length;
    assert.equal((await failure(deliver(agent))).isFinal, false);
    const other = { ca: server.certificate, ...agent, serverName: 'other.internal' };
    assert.match((await failure(deliver(other))).message, /does not match/);
    assert.equal(receiver.requests.length, count);
  });

  it('reads its files again for each request', async () => {
    const copy = join(certificates.folder, 'copy.crt');
    const tls = { ca: copy, ...agent };
    assert.match((await failure(deliver(tls))).message, /ENOENT/);
    await writeFile(copy, await certificates.read(server.certificate));
    await deliver(tls);
  });
});
