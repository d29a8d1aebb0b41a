import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import type { LogFields, Logger } from '#runtime/log.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { AlertDispatcher, type AlertSink } from './alert-dispatcher.ts';
import type { CooldownOptions } from './cooldown.ts';
import { registerAlertMetrics } from './metrics.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { aFinding } from './testing/findings.ts';

const NEVER = () => new Promise<void>(() => {});

class LinesKept implements Logger {
  readonly lines: { readonly message: string; readonly fields: LogFields }[] = [];
  debug(): void {}
  info(): void {}
  warn(message: string, fields: LogFields = {}): void {
    this.lines.push({ message, fields });
  }
  error(message: string, fields: LogFields = {}): void {
    this.lines.push({ message, fields });
  }
}

function dispatching(sinks: readonly AlertSink[], cooldown: Partial<CooldownOptions> = {}) {
  const clock = new VirtualClock(1_769_860_800_000);
  const log = new LinesKept();
  const dispatcher = new AlertDispatcher({
    clock,
    log,
    node: { nodeName: 'n1', hostName: 'h1', agentVersion: '9.9' },
    sinks,
    cooldown: { windowMs: 3_600_000, afterCount: 1, ...cooldown },
  });
  return { clock, log, dispatcher };
}

function different(number: number) {
  return aFinding({ finding: { uniqueId: `id ${number}`, message: `message ${number}` } });
}

describe('AlertDispatcher', () => {
  it('sends an alert to every sink', async () => {
    const sinks = [new CollectingSink('a'), new CollectingSink('b')];
    const { dispatcher } = dispatching(sinks);
    dispatcher.handle(aFinding());
    await dispatcher.close();
    for (const sink of sinks) {
      assert.deepEqual(sink.messages, ['/bin/dash was started by nginx']);
      assert.equal(sink.isClosed, true);
    }
  });

  it('holds back repeats by unique id, container and rule, and tells of them when the window ends', async () => {
    const sink = new CollectingSink();
    const { clock, dispatcher } = dispatching([sink]);
    const later = aFinding({ event: { timeMs: 1_769_861_100_000 } });
    dispatcher.handle(aFinding());
    for (let time = 0; time < 412; time += 1) dispatcher.handle(later);
    dispatcher.handle(aFinding({ container: { id: 'another' } }));
    dispatcher.handle(aFinding({ rule: { id: 'R0002' } }));
    dispatcher.handle(aFinding({ finding: { uniqueId: 'another' } }));
    await settle();
    assert.equal(sink.alerts.length, 4);
    assert.deepEqual(dispatcher.counts, { alerts: 4, suppressed: 412, failed: 0 });
    await clock.advance(3_600_000);
    assert.equal(sink.alerts.length, 5);
    const last = sink.alerts.at(-1);
    const message = '/bin/dash was started by nginx (412 more since 2026-01-31T12:00:00.250Z)';
    assert.equal(last?.message, message);
    assert.equal(last?.arguments['message'], message);
    assert.equal(last?.arguments['repeats'], 412);
    assert.equal(last?.timestamp, '2026-01-31T12:05:00.000Z');
    assert.equal(last?.uniqueID, sink.alerts[0]?.uniqueID);
  });

  it('tells of what it holds back when it is closed', async () => {
    const sink = new CollectingSink();
    const { clock, dispatcher } = dispatching([sink]);
    dispatcher.handle(aFinding());
    dispatcher.handle(aFinding());
    await dispatcher.close();
    assert.match(sink.messages[1] ?? '', /\(1 more since /);
    assert.equal(clock.pending, 0);
  });

  it('keeps the order of alerts for a sink that takes its time', async () => {
    const sink = new CollectingSink('slow', async () => settle());
    const { dispatcher } = dispatching([sink]);
    for (let number = 0; number < 20; number += 1) dispatcher.handle(different(number));
    await dispatcher.close();
    assert.deepEqual(
      sink.messages,
      Array.from({ length: 20 }, (_, number) => `message ${number}`),
    );
  });

  it('lets neither a failing sink nor one that hangs hold up another', async () => {
    const good = new CollectingSink('good');
    const failing = new CollectingSink('failing', async () => {
      throw new Error('no');
    });
    const throwing: AlertSink = {
      name: 'throwing',
      send() {
        throw new Error('at once');
      },
      close: NEVER,
    };
    const hanging = new CollectingSink('hanging', NEVER);
    const { dispatcher, log, clock } = dispatching([failing, throwing, hanging, good]);
    for (let number = 0; number < 1_500; number += 1) dispatcher.handle(different(number));
    await settle();
    dispatcher.handle(different(2_000));
    await settle();
    const sent = Object.fromEntries(dispatcher.sinkCounts.map(({ name, ...rest }) => [name, rest]));
    assert.deepEqual(sent['good'], { sent: 1_001, failed: 0, dropped: 500, waiting: 0 });
    assert.deepEqual(sent['failing'], { sent: 0, failed: 1_001, dropped: 500, waiting: 0 });
    assert.deepEqual(sent['throwing'], { sent: 0, failed: 1_001, dropped: 500, waiting: 0 });
    assert.deepEqual(sent['hanging'], { sent: 0, failed: 0, dropped: 500, waiting: 1_000 });
    const told = log.lines.map(({ message, fields }) => `${String(fields['sink'])}: ${message}`);
    assert.equal(told.filter((line) => line.startsWith('failing: alert sink failed')).length, 1);
    assert.equal(told.filter((line) => line.startsWith('hanging: alert sink is too')).length, 1);

    const closing = dispatcher.close();
    await clock.advance(20_000);
    await closing;
    assert.equal(good.isClosed, true);
    assert.equal(hanging.isClosed, true);
    for (const { sent: ok, failed, dropped, waiting } of dispatcher.sinkCounts) {
      assert.equal(ok + failed + dropped + waiting, 1_501);
    }
    assert.equal(clock.pending, 0);
  });

  it('counts findings that come after it was closed as dropped', async () => {
    const sink = new CollectingSink();
    const { dispatcher } = dispatching([sink]);
    await dispatcher.close();
    dispatcher.handle(aFinding());
    await settle();
    assert.equal(sink.alerts.length, 0);
    assert.equal(dispatcher.sinkCounts[0]?.dropped, 1);
  });

  it('never throws, and counts a finding that it cannot make an alert of', async () => {
    const { dispatcher, log } = dispatching([]);
    dispatcher.handle(aFinding({ event: { timeMs: Number.NaN } }));
    assert.deepEqual(dispatcher.counts, { alerts: 0, suppressed: 0, failed: 1 });
    assert.equal(log.lines.length, 1);
    dispatcher.handle(aFinding());
    dispatcher.handle(aFinding({ event: { timeMs: Number.NaN } }));
    await dispatcher.close();
    assert.deepEqual(dispatcher.counts, { alerts: 2, suppressed: 1, failed: 1 });
  });
});

describe('registerAlertMetrics', () => {
  it('shows alerts, what was held back, and each sink', async () => {
    const metrics = new Metrics();
    const { dispatcher } = dispatching([new CollectingSink('stdout')]);
    registerAlertMetrics(metrics, dispatcher);
    dispatcher.handle(aFinding());
    dispatcher.handle(aFinding());
    await settle();
    const shown = await metrics.render();
    for (const line of [
      'node_agent_alert_counter{rule_id="R0001"} 1',
      'node_agent_alert_suppressed_total{rule_id="R0001",reason="cooldown"} 1',
      'hullwatch_alert_sink_total{sink="stdout",result="sent"} 1',
      'hullwatch_alert_sink_total{sink="stdout",result="dropped"} 0',
      'hullwatch_alert_sink_waiting{sink="stdout"} 0',
    ])
      assert.ok(shown.includes(line), `${line} in\n${shown}`);
    await dispatcher.close();
  });
});
