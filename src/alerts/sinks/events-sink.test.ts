import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { PodEvent } from '#model/pod-event.js';
import { deliveryFailureOf } from '../delivery-error.ts';
import { anAlert } from '../testing/alerts.ts';
import { EventsSink } from './events-sink.ts';

const { signal } = new AbortController();

function sinkThat(write: (event: PodEvent) => Promise<void>): EventsSink {
  return new EventsSink({ name: 'events', alertsPerMinute: 60, writer: { write } });
}

describe('EventsSink', () => {
  it('tells of an alert by an event about its pod', async () => {
    const events: PodEvent[] = [];
    const sink = sinkThat(async (event) => {
      events.push(event);
    });
    const alert = anAlert({ finding: { message: 'a\nb' } });
    const told = { ...alert, arguments: { repeats: 12 } };
    await sink.deliver([alert, told], { signal });
    assert.deepEqual(events[0], {
      namespace: 'shop',
      podName: 'web-5d-x',
      podUid: 'u1',
      containerName: 'web',
      nodeName: 'n1',
      reason: 'R0001',
      action: 'Alert',
      note: `Unexpected process launched: a\\nb (${alert.reason.short})`,
      timestamp: '2026-01-31T12:00:00.250Z',
      series: `0123456789abcdef ${alert.uniqueID}`,
      key: alert.idempotencyKey,
      count: 1,
    });
    assert.equal(events[1]?.count, 12);
    assert.equal(sink.batchSize, 1);
  });

  it('has nothing to tell of a container without a pod', async () => {
    const { podName: _podName, ...alert } = anAlert();
    await sinkThat(() => assert.fail('there is no pod')).deliver([alert], { signal });
  });

  for (const [code, isFinal] of [
    ['invalid', true],
    ['not-found', true],
    ['unavailable', false],
    ['conflict', false],
  ] as const satisfies readonly (readonly [ErrorCode, boolean])[]) {
    it(`takes ${code} for ${isFinal ? 'final' : 'something that passes'}`, async () => {
      const sink = sinkThat(async () => {
        throw new AgentError(code, 'no', { retryAfterMs: 3_000 });
      });
      const failed = await sink.deliver([anAlert()], { signal }).catch((reason: unknown) => reason);
      const { isFinal: final, retryAfterMs } = deliveryFailureOf(failed);
      assert.deepEqual([final, retryAfterMs], [isFinal, 3_000]);
    });
  }
});
