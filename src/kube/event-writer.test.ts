import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { PodEvent } from '#model/pod-event.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ApiClient, type JsonObject } from './api-client.ts';
import { EventWriter } from './event-writer.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';

const { signal } = new AbortController();
const FOLDER = '/apis/events.k8s.io/v1/namespaces/shop/events';

function anEvent(changes: Partial<PodEvent> = {}): PodEvent {
  return {
    ...{ namespace: 'shop', podName: 'web-1', podUid: 'u1', containerName: 'web', nodeName: 'n1' },
    ...{ reason: 'R0001', action: 'Alert', note: 'a shell', series: 's', key: 'k1', count: 1 },
    timestamp: '2026-01-31T12:00:00.250Z',
    ...changes,
  };
}

describe('EventWriter', () => {
  let server: FakeApiServer;
  let client: ApiClient;
  let writer: EventWriter;
  beforeEach(async () => {
    server = await FakeApiServer.listen();
    client = new ApiClient({
      access: { server: server.url, credentials: async () => ({}) },
      clock: new VirtualClock(),
    });
    writer = new EventWriter(client);
  });
  afterEach(async () => {
    client.close();
    await server.close();
  });

  const events = async () => (await client.list(FOLDER, { signal })).items as readonly JsonObject[];

  it('makes an event about the pod and its container', async () => {
    await writer.write(anEvent(), { signal });
    const [{ metadata, ...event } = {} as JsonObject] = await events();
    const { name, annotations } = metadata as JsonObject;
    assert.match(String(name), /^web-1\.[0-9a-f]{16}$/);
    assert.deepEqual(annotations, { 'hullwatch.io/last-alert': 'k1' });
    assert.deepEqual(event, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      eventTime: '2026-01-31T12:00:00.250000Z',
      reportingController: 'hullwatch.io/agent',
      reportingInstance: 'n1',
      regarding: {
        ...{ apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'u1' },
        fieldPath: 'spec.containers{web}',
      },
      action: 'Alert',
      reason: 'R0001',
      note: 'a shell',
      type: 'Warning',
    });
  });

  it('counts repeats in one event, each alert once, also after a restart', async () => {
    await writer.write(anEvent(), { signal });
    await writer.write(anEvent({ key: 'k2', timestamp: '2026-01-31T12:05:00.000Z' }), { signal });
    await new EventWriter(client).write(anEvent({ key: 'k3', count: 40 }), { signal });
    await new EventWriter(client).write(anEvent({ key: 'k3', count: 40 }), { signal });
    const all = await events();
    assert.equal(all.length, 1);
    assert.partialDeepStrictEqual(all[0], { note: 'a shell', series: { count: 42 } });
  });

  it('keeps events of other pods, rules and series apart', async () => {
    for (const changes of [{}, { podUid: 'u2' }, { reason: 'R0002' }, { series: 't' }]) {
      await writer.write(anEvent(changes), { signal });
    }
    assert.equal((await events()).length, 4);
  });

  it('keeps to the bytes that the API server allows', async () => {
    for (const note of [
      '漢'.repeat(1_000),
      '😀'.repeat(600),
      'x'.repeat(1_024),
      'x'.repeat(1_025),
    ]) {
      await writer.write(anEvent({ note, podName: 'p'.repeat(253), series: note }), { signal });
    }
    const notes = (await events()).map((event) => String(event['note']));
    assert.equal(notes.length, 4);
    for (const note of notes) {
      assert.ok(Buffer.byteLength(note) <= 1_024 && Buffer.byteLength(note) > 1_015, note);
      assert.ok(note.isWellFormed());
    }
    for (const { metadata } of await events()) {
      assert.ok(String((metadata as JsonObject)['name']).length <= 253);
    }
  });

  for (const [status, code] of [
    [403, 'unavailable'],
    [422, 'invalid'],
    [401, 'unavailable'],
    [503, 'unavailable'],
  ] as const) {
    it(`rejects with ${code} at ${status}`, async () => {
      server.fail('any', { status, message: 'no' }, { status, message: 'no' });
      await assert.rejects(writer.write(anEvent(), { signal }), { code });
    });
  }

  it('gives up on a namespace that is going', async () => {
    const message = 'unable to create new content in namespace shop because it is being terminated';
    server.fail('create', { status: 403, message });
    await assert.rejects(writer.write(anEvent(), { signal }), { code: 'invalid' });
  });

  it('tries again later when the event ended just now', async () => {
    server.fail('create', { status: 409, reason: 'AlreadyExists' });
    await assert.rejects(writer.write(anEvent(), { signal }), { code: 'unavailable' });
  });
});
