import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import type { Alert } from '#model/alert.js';
import type { Finding } from '#model/finding.js';
import type { LogFields, Logger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { AlertDispatcher, type AlertDispatcherOptions } from './alert-dispatcher.ts';
import type { AlertSink } from './alert-sink.ts';
import type { CooldownOptions } from './cooldown.ts';
import { MemorySpoolFile } from './memory-spool-file.ts';
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

function dispatching(
  sinks: readonly AlertSink[],
  cooldown: Partial<CooldownOptions> = {},
  options: Partial<AlertDispatcherOptions> = {},
) {
  const clock = new VirtualClock(1_769_860_800_000);
  const log = new LinesKept();
  const dispatcher = new AlertDispatcher({
    clock,
    random: seededRandom(7),
    log,
    spool: new MemorySpoolFile({ clock }),
    node: { nodeName: 'n1', hostName: 'h1', agentVersion: '9.9' },
    sinks,
    cooldown: { windowMs: 3_600_000, afterCount: 1, ...cooldown },
    ...options,
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
    assert.notEqual(last?.idempotencyKey, sink.alerts[0]?.idempotencyKey);
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
      batchSize: 1,
      deliver() {
        throw new Error('at once');
      },
      close: NEVER,
    };
    const hanging = new CollectingSink('hanging', NEVER);
    const { dispatcher, log, clock } = dispatching([failing, throwing, hanging, good]);
    for (let number = 0; number < 1_500; number += 1) dispatcher.handle(different(number));
    await settle();
    const waiting = () => dispatcher.sinkCounts.map(({ name, waiting: n }) => `${name} ${n}`);
    assert.deepEqual(waiting(), ['failing 1500', 'throwing 1500', 'hanging 1500', 'good 0']);
    assert.equal(good.alerts.length, 1_500);
    await clock.advance(60_000);
    assert.deepEqual(
      dispatcher.sinkCounts.map(({ breaker }) => breaker),
      ['open', 'open', 'closed', 'closed'],
    );
    const told = log.lines.filter(({ message }) => message.startsWith('alert sink failed'));
    assert.equal(told.length, 3, 'each once');

    const closing = dispatcher.close();
    await clock.advance(20_000);
    await closing;
    assert.equal(good.isClosed, true);
    assert.equal(hanging.isClosed, true);
    assert.deepEqual(waiting(), ['failing 1500', 'throwing 1500', 'hanging 1500', 'good 0']);
    assert.equal(clock.pending, 0);
  });

  it('delivers in the next life what a sink did not take, each alert with the key it had', async () => {
    const clock = new VirtualClock();
    const spool = new MemorySpoolFile({ clock });
    const first = dispatching(
      [new CollectingSink('a', NEVER), new CollectingSink('b')],
      {},
      { spool },
    );
    const keys: string[] = [];
    for (let number = 0; number < 3; number += 1) first.dispatcher.handle(different(number));
    await settle();
    const closing = first.dispatcher.close();
    await first.clock.advance(20_000);
    await closing;
    const [a, b] = [new CollectingSink('a'), new CollectingSink('b')];
    const options = { spool, onAlert: (_: unknown, alert: Alert) => void keys.push(alert.ruleID) };
    const second = dispatching([a, b], {}, options);
    await settle();
    assert.deepEqual(a.messages, ['message 0', 'message 1', 'message 2']);
    assert.deepEqual(b.messages, []);
    const sent = JSON.stringify(a.alerts[0]);
    const found = second.dispatcher.find(a.alerts[0]?.idempotencyKey ?? '');
    assert.deepEqual(found !== 'ambiguous' && found?.alert, sent);
    assert.deepEqual(keys, []);
    await second.dispatcher.close();
  });

  it('shows each alert and its finding to whoever explains it, and the event to the spool, without secrets', async () => {
    const told: [Finding, Alert][] = [];
    const onAlert = (finding: Finding, alert: Alert) => void told.push([finding, alert]);
    const { dispatcher } = dispatching([], {}, { onAlert });
    const finding = aFinding({ event: { args: ['mysql', '--password=hunter2'] } });
    assert.equal(dispatcher.cooldownOf(finding), undefined);
    dispatcher.handle(finding);
    dispatcher.handle(finding);
    await settle();
    assert.equal(told.length, 1);
    const [[shown, alert] = []] = told;
    assert.equal(shown, finding);
    assert.deepEqual(dispatcher.cooldownOf(finding), {
      passed: 1,
      held: 1,
      isFull: true,
      endMs: 1_769_864_400_000,
    });
    const found = dispatcher.find(alert?.idempotencyKey.slice(0, 8) ?? '');
    assert.ok(found !== undefined && found !== 'ambiguous');
    assert.equal(JSON.parse(found.event ?? '').event.type, 'exec');
    assert.doesNotMatch(found.event ?? '', /hunter2/);
    await dispatcher.close();
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
      'hullwatch_alert_sink_total{sink="stdout",result="held_back"} 0',
      'hullwatch_alert_sink_retries_total{sink="stdout"} 0',
      'hullwatch_alert_sink_waiting{sink="stdout"} 0',
      'hullwatch_alert_sink_oldest_age_seconds{sink="stdout"} 0',
      'hullwatch_alert_sink_breaker{sink="stdout",state="closed"} 1',
      'hullwatch_alert_sink_breaker{sink="stdout",state="open"} 0',
      'hullwatch_alert_spool_accepted_total 1',
      'hullwatch_alert_spool_discarded_total 0',
      'hullwatch_alert_spool_unwritten_total 0',
    ])
      assert.ok(shown.includes(line), `${line} in\n${shown}`);
    await dispatcher.close();
  });
});
