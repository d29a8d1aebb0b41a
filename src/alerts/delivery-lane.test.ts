import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert } from '#model/alert.js';
import { settle } from '#runtime/virtual-clock.js';
import type { DeliveryOptions } from './alert-sink.ts';
import { deliveryError } from './delivery-error.ts';
import { MemorySpoolFile } from './memory-spool-file.ts';
import { NOTICE_RULES } from './notice-alert.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { LaneRig } from './testing/lane-rig.ts';

const NEVER = () => new Promise<void>(() => {});
const messages = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `message ${from + i}`);

/** A sink whose first calls fail as told; the rest go well. */
function failingWith(...failures: readonly unknown[]): CollectingSink {
  const left = [...failures];
  return new CollectingSink('s', async () => {
    const failure = left.shift();
    if (failure !== undefined) throw failure;
  });
}

describe('DeliveryLane', () => {
  it('delivers in batches, in order, as soon as alerts are spooled', async () => {
    const sink = new CollectingSink('s', undefined, { batchSize: 4 });
    const rig = new LaneRig([sink]);
    rig.add(10);
    await settle();
    assert.deepEqual(sink.batches, [4, 4, 2]);
    assert.deepEqual(sink.messages, messages(1, 10));
    assert.deepEqual(rig.lanes[0]?.counts, { sent: 10, failed: 0, heldBack: 0, retries: 0 });
    assert.equal(rig.clock.pending, 0);
    await rig.close();
  });

  it('waits for a batch to fill for as long as the sink says, and no longer', async () => {
    const sink = new CollectingSink('s', undefined, { batchSize: 4, batchDelayMs: 1_000 });
    const rig = new LaneRig([sink]);
    rig.add(1);
    await rig.clock.advance(600);
    rig.add(1);
    await rig.clock.advance(399);
    assert.deepEqual(sink.batches, []);
    await rig.clock.advance(1);
    assert.deepEqual(sink.batches, [2]);
    rig.add(5);
    await settle();
    assert.deepEqual(sink.batches, [2, 4]);
    await rig.clock.advance(1_000);
    assert.deepEqual(sink.batches, [2, 4, 1]);
    rig.add(1);
    await settle();
    await rig.close();
    assert.deepEqual(sink.batches, [2, 4, 1, 1], 'closing does not wait');
  });

  it('tries again later and later, with everything in order, and tells of the failure once', async () => {
    const sink = failingWith(...Array.from({ length: 5 }, () => new Error('away')));
    const rig = new LaneRig([sink]);
    rig.add(2);
    const waits: number[] = [];
    let lastMs = rig.clock.now();
    for (let calls = 1; calls <= 5; calls += 1) {
      await settle();
      while (sink.calls === calls) await rig.clock.advance(10);
      waits.push(rig.clock.now() - lastMs);
      lastMs = rig.clock.now();
    }
    for (const [i, waitMs] of waits.entries()) {
      const step = 500 * 2 ** i;
      assert.ok(waitMs >= step / 2 && waitMs <= step + 10, `wait ${i} was ${waitMs}`);
    }
    assert.deepEqual(sink.messages, messages(1, 2));
    assert.deepEqual(
      rig.logged.map(({ message }) => message),
      [
        'alert sink failed; its alerts wait, and failures are counted',
        'alert sink takes alerts again',
      ],
    );
    assert.equal(rig.lanes[0]?.counts.retries, 5);
    await rig.close();
  });

  it('opens its breaker after three failures, tells the health, and closes it when one goes well', async () => {
    const states: string[] = [];
    const sink = new CollectingSink('s', async () => {
      states.push(rig.lanes[0]?.breaker ?? '');
      if (states.length < 5) throw new Error('away');
    });
    const rig = new LaneRig([sink]);
    rig.add(1);
    await rig.clock.advance(1_700);
    assert.equal(rig.lanes[0]?.breaker, 'open');
    assert.match(rig.conditions.get('alert-sink-s') ?? '', /away/);
    await rig.clock.advance(60_000);
    assert.deepEqual(states, ['closed', 'closed', 'closed', 'half-open', 'half-open']);
    assert.equal(rig.lanes[0]?.breaker, 'closed');
    assert.deepEqual([...rig.conditions], []);
    await rig.close();
  });

  it('leaves a receiver alone for as long as it asks, but not for ever', async () => {
    const asking = (retryAfterMs: number) => deliveryError('busy', { retryAfterMs });
    const sink = failingWith(asking(20_000), asking(86_400_000));
    const rig = new LaneRig([sink]);
    rig.add(1);
    await rig.clock.advance(19_999);
    assert.equal(sink.calls, 1);
    await rig.clock.advance(2_001);
    assert.equal(sink.calls, 2);
    await rig.clock.advance(660_000);
    assert.deepEqual(sink.messages, messages(1, 1));
    await rig.close();
  });

  it('finds the alerts in a batch that are refused, sets them aside and delivers the others', async () => {
    const isPoison = ({ message }: Alert) => /^message (3|8)$/.test(message);
    const sink = new CollectingSink('s', async (_options, alerts) => {
      if (alerts.some(isPoison)) throw deliveryError('400', { isFinal: true });
    });
    const rig = new LaneRig([sink]);
    const keys = rig.add(10);
    await settle();
    assert.deepEqual(
      sink.messages,
      messages(1, 10).filter((message) => !/ (3|8)$/.test(message)),
    );
    assert.deepEqual(rig.lanes[0]?.counts, { sent: 8, failed: 2, heldBack: 0, retries: 0 });
    assert.equal(rig.spool.count('s'), 0);
    const aside = rig.logged.filter(({ message }) => message.startsWith('alert was set aside'));
    assert.deepEqual(
      aside.map(({ fields }) => fields['idempotencyKey']),
      [keys[2], keys[7]],
    );
    await rig.close();
  });

  it('logs ten alerts a minute that are set aside, and later how many there were more', async () => {
    const sink = new CollectingSink('s', async () => {
      throw deliveryError('400', { isFinal: true });
    });
    const rig = new LaneRig([sink]);
    const aside = () => rig.logged.filter(({ message }) => message.startsWith('alert was set'));
    rig.add(300);
    await settle();
    assert.equal(rig.lanes[0]?.counts.failed, 300);
    assert.equal(aside().length, 10);
    await rig.clock.advance(60_000);
    rig.add(2);
    await settle();
    assert.deepEqual(
      aside()
        .slice(10)
        .map(({ fields }) => fields['unlogged']),
      [290, undefined],
    );
    await rig.close();
  });

  it('ends an attempt that takes too long, and takes its word when it succeeds after all', async () => {
    const signals: AbortSignal[] = [];
    let finish = () => {};
    const slow = async ({ signal }: DeliveryOptions) => {
      signals.push(signal);
      if (signals.length > 1) return;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    };
    const sink = new CollectingSink('s', slow);
    const rig = new LaneRig([sink], { times: { attemptMs: 1_000 } });
    rig.add(3);
    await rig.clock.advance(999);
    assert.equal(signals[0]?.aborted, false);
    await rig.clock.advance(60_001);
    assert.equal(signals[0]?.aborted, true);
    assert.equal(sink.calls, 1, 'calls do not overlap');
    finish();
    await rig.clock.advance(60_000);
    assert.deepEqual(sink.messages, messages(1, 3));
    rig.add(1);
    await settle();
    assert.deepEqual(sink.messages, messages(1, 4));
    await rig.close();
  });

  it('leaves out a spooled alert that cannot be read', async () => {
    const sink = new CollectingSink('s');
    const rig = new LaneRig([sink]);
    rig.spool.add({ alert: '{', key: 'k', ruleId: 'R' });
    await settle();
    rig.add(1);
    await settle();
    assert.deepEqual(sink.messages, messages(1, 1));
    assert.equal(rig.spool.count('s'), 0);
    await rig.close();
  });

  describe('when it is closed', () => {
    it('tries once more what failed, and leaves the rest for the next life', async () => {
      const sink = new CollectingSink('s', async () => {
        throw new Error('away');
      });
      const rig = new LaneRig([sink]);
      rig.add(3);
      await settle();
      await rig.close();
      assert.equal(sink.calls, 2);
      assert.equal(sink.isClosed, true);
      assert.equal(rig.file.waiting('s', 10).length, 3);
      assert.equal(rig.clock.pending, 0);
      const again = new CollectingSink('s');
      const next = new LaneRig([again], { file: rig.file });
      await settle();
      assert.deepEqual(again.messages, messages(1, 3));
      await next.close();
    });

    it('delivers all that waits within its budget, and no more', async () => {
      const sink = new CollectingSink('s', async ({ signal }) => rig.clock.sleep(1_000, signal), {
        batchSize: 1,
      });
      const rig: LaneRig = new LaneRig([sink]);
      rig.add(10);
      await settle();
      await rig.close(4_000);
      assert.equal(sink.alerts.length, 3);
      assert.equal(rig.file.waiting('s', 10).length, 7);
      assert.equal(rig.clock.pending, 0);
    });

    it('waits no longer than its budget for a sink that hangs, in deliveries and in closing', async () => {
      const sink = new CollectingSink('s', NEVER);
      const rig = new LaneRig([sink]);
      let closes = 0;
      sink.close = () => {
        closes += 1;
        return NEVER();
      };
      rig.add(1);
      await settle();
      let isOver = false;
      const closing = rig.lanes[0]?.close(5_000).then(() => {
        isOver = true;
      });
      await rig.clock.advance(4_999);
      assert.deepEqual([closes, isOver], [1, false]);
      await rig.clock.advance(1);
      assert.equal(isOver, true);
      await closing;
      rig.spool.close();
      assert.equal(rig.clock.pending, 0);
    });
  });

  describe('with a rate limit', () => {
    const limited = (alertsPerMinute: number, batchSize = 100) =>
      new CollectingSink('s', undefined, { alertsPerMinute, batchSize });

    it('passes so many in a minute, and then says how many it held back, since when and of which rules', async () => {
      const sink = limited(5, 2);
      const rig = new LaneRig([sink]);
      rig.add(7, 'R0001');
      await rig.clock.advance(10_000);
      rig.add(2, 'R0002');
      rig.add(6, 'R0001');
      await rig.clock.advance(49_999);
      assert.deepEqual(sink.messages, messages(1, 5));
      assert.deepEqual(sink.batches, [2, 2, 1]);
      await rig.clock.advance(1);
      const notice = sink.alerts[5];
      assert.equal(notice?.ruleID, NOTICE_RULES.heldBack);
      assert.equal(notice?.alertName, 'Alerts held back');
      assert.equal(
        notice?.message,
        '10 alerts were held back by the limit of this sink since 2026-01-31T12:00:00.000Z: R0001 8, R0002 2',
      );
      assert.equal(notice?.arguments['count'], 10);
      assert.deepEqual(rig.lanes[0]?.counts, { sent: 5, failed: 0, heldBack: 10, retries: 0 });
      rig.add(1);
      await settle();
      assert.equal(sink.alerts.length, 7, 'a new minute has begun, and the notice did not count');
      await rig.clock.advance(120_000);
      assert.equal(sink.alerts.length, 7);
      assert.equal(rig.clock.pending, 0);
      await rig.close();
    });

    it('holds nothing back of what fits into its minutes', async () => {
      const sink = limited(5);
      const rig = new LaneRig([sink]);
      for (let minute = 0; minute < 3; minute += 1) {
        rig.add(5);
        await rig.clock.advance(60_000);
      }
      assert.deepEqual(sink.messages, messages(1, 15));
      assert.equal(rig.lanes[0]?.counts.heldBack, 0);
      await rig.close();
    });

    it('says what it held back when it is closed, and again nothing of it in the next life', async () => {
      const sink = limited(1);
      const rig = new LaneRig([sink]);
      rig.add(4);
      await settle();
      await rig.close();
      assert.match(sink.messages[1] ?? '', /^3 alerts were held back/);
      const again = limited(1);
      const next = new LaneRig([again], { file: rig.file });
      await settle();
      assert.deepEqual(again.messages, []);
      await next.close();
    });

    it('holds back again, and tells of, what a killed agent held back without telling', async () => {
      const sink = limited(2);
      const killed = new LaneRig([sink]);
      killed.add(6);
      await settle();
      const again = limited(2);
      const next = new LaneRig([again], { file: killed.file });
      next.add(1, 'R0009');
      await next.clock.advance(60_000);
      assert.deepEqual(again.messages.slice(0, 2), messages(3, 4));
      assert.match(again.messages[2] ?? '', /^3 alerts were held back .*: R0009 1, others 2$/);
      await next.close();
    });

    it('delivers the notice whatever it takes, with the same key each time', async () => {
      const keys: string[] = [];
      const sink = new CollectingSink(
        's',
        async (_options, [alert]) => {
          if (alert?.ruleID !== NOTICE_RULES.heldBack) return;
          keys.push(alert.idempotencyKey);
          if (keys.length < 4) throw new Error('away');
        },
        { alertsPerMinute: 1 },
      );
      const rig = new LaneRig([sink]);
      rig.add(2);
      await rig.clock.advance(61_000);
      rig.add(3);
      await rig.clock.advance(59_000);
      assert.equal(keys.length, 4);
      assert.equal(new Set(keys).size, 1);
      assert.match(sink.messages[1] ?? '', /^1 alert was held back/);
      assert.equal(sink.messages[2], 'message 3');
      await rig.close();
    });
  });

  describe('when the spool had no room', () => {
    const small = () => new MemorySpoolFile({ clock: new LaneRig([]).clock, maxBytes: 20_000 });
    const toldBy = (sink: CollectingSink, ruleId: string) =>
      sink.alerts
        .filter(({ ruleID }) => ruleID === ruleId)
        .reduce((sum, alert) => sum + Number(alert.arguments['count']), 0);

    it('tells in the next life what was discarded in the minute after a notice, when it was killed', async () => {
      const sink = new CollectingSink('s', async ({ signal }) => rig.clock.sleep(100, signal), {
        batchSize: 1,
      });
      const file = small();
      const rig: LaneRig = new LaneRig([sink], { file });
      for (let second = 0; second < 10; second += 1) {
        rig.add(100);
        await rig.clock.advance(1_000);
      }
      assert.equal(sink.alerts.filter(({ ruleID }) => ruleID === NOTICE_RULES.discarded).length, 1);
      const again = new CollectingSink('s');
      const next = new LaneRig([again], { file });
      await settle();
      const messages = [...sink.messages, ...again.messages].filter((m) => /^message/.test(m));
      const told = toldBy(sink, NOTICE_RULES.discarded) + toldBy(again, NOTICE_RULES.discarded);
      const inHand = messages.length - new Set(messages).size;
      assert.equal(messages.length - inHand + told, 1_000);
      const keys = [...sink.alerts, ...again.alerts].map(({ idempotencyKey }) => idempotencyKey);
      assert.equal(new Set(keys).size, keys.length);
      await next.close();
    });

    it('says of which rules its limit held alerts back, without those that were discarded', async () => {
      const sink = new CollectingSink('s', undefined, { alertsPerMinute: 5, batchSize: 5 });
      const rig = new LaneRig([sink], { file: small() });
      for (let minute = 0; minute < 4; minute += 1) {
        rig.add(3, 'R0001');
        await settle();
        rig.add(150, 'R0002');
        rig.add(150, 'R0003');
        await rig.clock.advance(60_000);
      }
      await rig.clock.advance(120_000);
      const held = sink.alerts.filter(({ ruleID }) => ruleID === NOTICE_RULES.heldBack);
      assert.ok(held.length > 1 && toldBy(sink, NOTICE_RULES.discarded) > 0);
      for (const { arguments: about, message } of held) {
        const byRule = about['byRule'] as Record<string, number>;
        const sum = Object.values(byRule).reduce((total, count) => total + count, 0);
        assert.equal(sum, about['count'], message);
      }
      const passed = sink.messages.filter((each) => /^message/.test(each)).length;
      const told = toldBy(sink, NOTICE_RULES.heldBack) + toldBy(sink, NOTICE_RULES.discarded);
      assert.equal(passed + told, 4 * 303);
      await rig.close();
    });

    it('says how many alerts were discarded, also after the agent was started again', async () => {
      const rig = new LaneRig([new CollectingSink('s', NEVER)], {
        file: new MemorySpoolFile({ clock: new LaneRig([]).clock, maxBytes: 20_000 }),
      });
      rig.add(100);
      await settle();
      const count = rig.spool.count('s');
      assert.ok(count > 2 && count < 20);
      assert.equal(rig.spool.discarded.get('s'), 100 - count);
      await rig.close();
      const sink = new CollectingSink('s');
      const next = new LaneRig([sink], { file: rig.file });
      await settle();
      assert.equal(sink.alerts[0]?.ruleID, NOTICE_RULES.discarded);
      assert.equal(
        sink.messages[0],
        `${100 - count} alerts were discarded before this sink took them: the spool was full`,
      );
      assert.deepEqual(sink.messages.slice(1), messages(101 - count, 100));
      assert.equal(next.lanes[0]?.counts.sent, count);
      await next.close();
    });

    it('says so at most once a minute to a sink that is merely slow, and adds up', async () => {
      const sink = new CollectingSink('s', async ({ signal }) => rig.clock.sleep(100, signal), {
        batchSize: 1,
      });
      const rig: LaneRig = new LaneRig([sink], {
        file: new MemorySpoolFile({ clock: new LaneRig([]).clock, maxBytes: 20_000 }),
      });
      for (let second = 0; second < 130; second += 1) {
        rig.add(30);
        await rig.clock.advance(1_000);
      }
      await rig.clock.advance(120_000);
      const notices = sink.alerts.filter(({ ruleID }) => ruleID === NOTICE_RULES.discarded);
      assert.ok(notices.length >= 2 && notices.length <= 4, `${notices.length} notices`);
      const told = notices.reduce((sum, { arguments: { count } }) => sum + Number(count), 0);
      assert.equal(told + sink.alerts.length - notices.length, 130 * 30);
      await rig.close();
    });
  });
});
