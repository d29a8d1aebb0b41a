import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { discardedNotice, heldBackNotice } from './notice-alert.ts';
import { NODE } from './testing/lane-rig.ts';

const ABOUT = { sink: 'soc', id: '7', nowMs: 60_000, count: 5 };

describe('notices', () => {
  it('say what was held back by rule, the most frequent first, and how many nobody knows the rule of', () => {
    const byRule = new Map([
      ['R2', 1],
      ['R3', 2],
      ['R1', 1],
    ]);
    const { message, arguments: args } = heldBackNotice({ ...ABOUT, sinceMs: 0, byRule }, NODE);
    assert.equal(
      message,
      '5 alerts were held back by the limit of this sink since 1970-01-01T00:00:00.000Z: R3 2, R1 1, R2 1, others 1',
    );
    assert.deepEqual(args, {
      message,
      count: 5,
      since: '1970-01-01T00:00:00.000Z',
      byRule: { R2: 1, R3: 2, R1: 1 },
    });
  });

  it('have a key that depends on the alerts, the sink, the node and the kind, and not on when they are made', () => {
    const key = (changes: Partial<typeof ABOUT> = {}, nodeName = 'n1', make = discardedNotice) =>
      make({ ...ABOUT, ...changes }, { ...NODE, nodeName }).idempotencyKey;
    assert.match(key(), /^[0-9a-f]{32}$/);
    assert.equal(key({ nowMs: 99_000 }), key());
    const others = [
      key({ id: '8' }),
      key({ sink: 'b' }),
      key({}, 'n2'),
      key({}, 'n1', heldBackNotice),
    ];
    assert.equal(new Set([key(), ...others]).size, 5);
  });

  it('have the shape of an alert, about no container', () => {
    const alert = discardedNotice({ ...ABOUT, count: 1 }, { ...NODE, clusterName: 'c' });
    assert.equal(
      alert.message,
      '1 alert was discarded before this sink took it: the spool was full',
    );
    assert.equal(alert.reason.short, alert.message);
    assert.equal(alert.timestamp, '1970-01-01T00:01:00.000Z');
    const { containerID, clusterName, nodeName, isTriggerAlert } = alert;
    assert.deepEqual(
      { containerID, clusterName, nodeName, isTriggerAlert },
      { containerID: '', clusterName: 'c', nodeName: 'n1', isTriggerAlert: false },
    );
  });
});
