import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { anAlert, someAlerts } from '../testing/alerts.ts';
import { HttpReceiver } from '../testing/http-receiver.ts';
import { AlertmanagerSink, type AlertmanagerSinkOptions } from './alertmanager-sink.ts';

/** A quarter of a second and two minutes after the alerts of these tests. */
const NOW_MS = 1_769_860_800_250 + 120_000;
const { signal } = new AbortController();

interface Postable {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

describe('AlertmanagerSink', () => {
  let receiver: HttpReceiver;
  before(async () => {
    receiver = await HttpReceiver.listen();
  });
  after(() => receiver.close());
  beforeEach(() => {
    receiver.requests.length = 0;
  });

  async function posted(
    alerts: Parameters<AlertmanagerSink['deliver']>[0],
    options: Partial<AlertmanagerSinkOptions> = {},
  ): Promise<readonly Postable[]> {
    const sink = new AlertmanagerSink({
      ...{
        name: 'am',
        clock: new VirtualClock(NOW_MS),
        url: new URL(`${receiver.url}/api/v2/alerts`),
      },
      ...{ headers: async () => ({}), timeoutMs: 5_000, alertName: 'HullwatchRuleViolated' },
      ...{ labels: {}, resolveMs: 600_000, batchSize: 50, batchDelayMs: 0, ...options },
    });
    await sink.deliver(alerts, { signal });
    await sink.close();
    return JSON.parse(receiver.requests.at(-1)?.body ?? '[]');
  }

  it('groups by rule, severity, workload and place, and by nothing that differs each time', async () => {
    const [alert] = await posted([anAlert()]);
    assert.deepEqual(alert?.labels, {
      alertname: 'HullwatchRuleViolated',
      rule_id: 'R0001',
      rule_name: 'Unexpected process launched',
      severity: 'low',
      cluster: 'prod',
      namespace: 'shop',
      workload_kind: 'Deployment',
      workload_name: 'web',
      pod_name: 'web-5d-x',
      container_name: 'web',
      node_name: 'n1',
    });
    const many = await posted([anAlert(), anAlert({ event: { pid: 9, comm: 'x', seq: 3 } })]);
    assert.deepEqual(many[0]?.labels, many[1]?.labels);
    assert.notDeepEqual(many[0]?.annotations, many[1]?.annotations);
  });

  it('tells the rest in annotations', async () => {
    const source = anAlert();
    const [alert] = await posted([source]);
    const { annotations = {} } = alert ?? {};
    assert.equal(annotations['idempotency_key'], source.idempotencyKey);
    assert.equal(annotations['message'], '/bin/dash was started by nginx');
    assert.equal(annotations['reason'], source.reason.short);
    assert.equal(annotations['pid'], '1234');
    assert.equal(annotations['ancestry'], 'nginx(100)');
    assert.equal(annotations['process_tree_depth'], '2');
    assert.equal(annotations['profile_status'], 'completed');
  });

  it('counts an alert as over some time after it was sent, however long it waited', async () => {
    const [alert] = await posted([anAlert()]);
    assert.equal(alert?.startsAt, '2026-01-31T12:00:00.250Z');
    assert.equal(alert?.endsAt, '2026-01-31T12:12:00.250Z');
    const [early] = await posted([anAlert({ event: { timeMs: NOW_MS + 60_000 } })]);
    assert.equal(early?.startsAt, '2026-01-31T12:02:00.250Z');
  });

  it('names no label or annotation without a value, and nothing that is no text', async () => {
    const comm = 'x\ud800';
    const finding = { message: 'half \ud800', nearest: '' };
    const [alert] = await posted([
      anAlert({ event: { comm }, finding, container: { image: '' } }, { clusterName: '' }),
    ]);
    const values = { ...alert?.labels, ...alert?.annotations };
    for (const [name, value] of Object.entries(values)) {
      assert.notEqual(value, '', name);
      assert.ok(value.isWellFormed(), name);
    }
    assert.equal('cluster' in (alert?.labels ?? {}), false);
  });

  it('takes name and labels, and links to the alert', async () => {
    const [alert] = await posted([anAlert()], {
      alertName: 'KubescapeRuleViolated',
      labels: { team: 'blue', severity: 'page' },
      generatorUrl: new URL('https://hull.example/alerts?view=a b&x=1'),
    });
    assert.equal(alert?.labels['alertname'], 'KubescapeRuleViolated');
    assert.equal(alert?.labels['severity'], 'page');
    assert.equal(alert?.labels['team'], 'blue');
    assert.match(
      alert?.generatorURL ?? '',
      /^https:\/\/hull\.example\/alerts\?view=a\+b&x=1&alert=[0-9a-f]{32}$/,
    );
    assert.equal('generatorURL' in ((await posted([anAlert()]))[0] ?? {}), false);
  });

  it('posts a batch in one request', async () => {
    assert.equal((await posted(someAlerts(50))).length, 50);
    assert.equal(receiver.requests.length, 1);
    assert.equal(receiver.requests[0]?.url, '/api/v2/alerts');
  });
});
