import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { HttpReceiver } from '../../src/alerts/testing/http-receiver.ts';
import type { Alert } from '../../src/model/alert.ts';
import {
  type AlertReceivers,
  docsExample,
  receiversOf,
  startAlertReceivers,
} from './harness/alert-receivers.ts';
import type { KnownAlert } from './harness/alertmanager.ts';
import { mustRun, runCommand } from './harness/command.ts';
import { freePort } from './harness/free-port.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { Prometheus } from './harness/prometheus.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { ensureSensor } from './harness/sensor-build.ts';
import { waitFor } from './harness/wait-for.ts';
import { WatchedPod } from './harness/watched-pod.ts';

const POD = 'shop-6d4f8b7c9d-x2x7k';
/** Leaves a program behind that the image does not have, and runs it. */
const DRIFT = '/bin/cp /bin/busybox /tmp/.x; /tmp/.x id; exit';
/** A receiver of alerts that stands still delays no other by so much. */
const SOON_MS = 1_500;

describe('alerts of a real pod at real receivers', {
  skip: liveRequirements([
    ...CONTAINERD_NEEDS,
    'ebpf',
    'sensor',
    'alertmanager',
    'prometheus',
    'rsyslog',
    'openssl',
  ]),
}, () => {
  let folder: string;
  let containerd: PrivateContainerd;
  let receivers: AlertReceivers;
  let prometheus: Prometheus;
  let watched: WatchedPod;
  let http: string;

  const known = async (rule: string): Promise<readonly KnownAlert[]> =>
    (await receivers.alertmanager.alerts()).filter(({ labels }) => labels['rule_id'] === rule);
  const health = async (path: string) => {
    const response = await fetch(`http://${http}${path}`);
    return { status: response.status, text: await response.text() };
  };

  before(async () => {
    ensureSensor();
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-alerting-'));
    receivers = await startAlertReceivers(folder);
    http = `127.0.0.1:${await freePort()}`;
    prometheus = await Prometheus.start(folder, http);
    containerd = await startPrivateContainerd();
    watched = await WatchedPod.start({ containerd, folder, http, sinks: receivers.sinks });
  });

  after(async () => {
    await watched?.kill();
    await prometheus?.stop();
    await receivers?.stop();
    await containerd?.stop();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(await containerd?.leftovers(), []);
  });

  it('are one alert in Alertmanager for what one rule finds in one container, with the latest told', async () => {
    const alerts = await watched.provoke('/bin/whoami', 3);
    const last = alerts.at(-1);
    const alert = await waitFor(
      'Alertmanager to have the last of them',
      async () => {
        const all = await known('R0001');
        assert.equal(all.length, 1, JSON.stringify(all));
        return all.find(
          ({ annotations }) => annotations['idempotency_key'] === last?.idempotencyKey,
        );
      },
      5_000,
    );
    assert.deepEqual(alert.labels, {
      alertname: 'HullwatchRuleViolated',
      rule_id: 'R0001',
      rule_name: 'Unexpected process launched',
      severity: 'low',
      cluster: 'c1',
      namespace: 'shop',
      workload_kind: last?.workloadKind,
      workload_name: last?.workloadName,
      pod_name: POD,
      container_name: 'web',
      node_name: 'n1',
    });
    assert.equal(alert.status.state, 'active');
    assert.equal(alert.annotations['pid'], `${last?.infectedPID}`);
    assert.equal(alert.annotations['message'], last?.message);
    assert.ok(Date.parse(alert.endsAt) > Date.parse(alert.startsAt) + 9 * 60_000);
  });

  it('are grouped and routed as the example of a route says, which amtool finds nothing wrong with', async () => {
    await watched.pod.exec('web', ['/bin/sh', '-c', DRIFT]);

    const config = join(folder, 'example.yml');
    await writeFile(
      config,
      `${await docsExample('route:')}\n${receiversOf('http://chat.example')}`,
    );
    assert.match(await mustRun('amtool', ['check-config', config]), /SUCCESS/);

    const told = await waitFor(
      'someone to be told',
      () => {
        const paths = receivers.told.requests.map(({ url }) => url);
        const isComplete = paths.includes('/chat') && paths.includes('/pager');
        return isComplete ? receivers.told.requests : undefined;
      },
      8_000,
    );
    const pages = told.filter(({ url }) => url === '/pager').map(({ body }) => JSON.parse(body));
    const rules = pages.flatMap(({ alerts }) => alerts as KnownAlert[]).map(({ labels }) => labels);
    assert.deepEqual([...new Set(rules.map(({ severity }) => severity))], ['high']);
    for (const { labels, alerts } of await receivers.alertmanager.groups()) {
      assert.deepEqual(Object.keys(labels).sort(), [
        'cluster',
        'namespace',
        'rule_id',
        'workload_name',
      ]);
      assert.equal(alerts.length, 1, JSON.stringify(alerts));
    }
    const found = await receivers.alertmanager.query('rule_id=R1001', 'severity=high');
    assert.deepEqual(
      found.map(({ labels }) => labels['pod_name']),
      [POD],
    );
  });

  it('are messages that rsyslog takes apart, once over each of UDP, TCP and TLS, and as JSON', async () => {
    const [alert] = await watched.provoke('/bin/hostname');
    const records = await waitFor(
      'rsyslog to have it from all four',
      async () => {
        const all = await receivers.syslog.records();
        const ofIt = all.filter(({ key }) => key === alert?.idempotencyKey);
        return ofIt.length >= 4 ? ofIt : undefined;
      },
      5_000,
    );
    const ways = records.map(({ app, via }) => `${app} ${via}`).sort();
    assert.deepEqual(ways, ['hullwatch tcp', 'hullwatch tls', 'hullwatch udp', 'json tcp']);
    for (const { app, via: _, text, ...fields } of records) {
      assert.deepEqual(fields, {
        facility: 'local0',
        severity: 'notice',
        time: alert?.timestamp,
        host: 'n1',
        msgid: 'R0001',
        key: alert?.idempotencyKey,
        rule: 'R0001',
        namespace: 'shop',
        pod: POD,
      });
      if (app === 'json') assert.deepEqual(JSON.parse(text), alert);
      else assert.match(text, /^R0001 Unexpected process launched: .*hostname/);
    }
    for (const keys of await receivers.keysElsewhere()) {
      assert.equal(new Set(keys).size, keys.length, 'nothing failed, so nothing came twice');
    }
    const example = await docsExample('global(maxMessageSize="64k")');
    const config = join(folder, 'example.conf');
    await writeFile(config, `${example}\n`);
    await mustRun('rsyslogd', ['-N1', '-f', config]);
  });

  it('are counted where Prometheus scrapes them, and promtool finds nothing wrong with the metrics', async () => {
    const up = async () => (await prometheus.query('up'))[0]?.value === 1;
    await waitFor('Prometheus to scrape the agent', up, 5_000);
    const count = watched.raised.length;
    const total = async () => {
      const [raisedTotal] = await prometheus.query('sum(node_agent_alert_counter)');
      assert.equal(raisedTotal?.value, count);
      const sent = await prometheus.query('hullwatch_alert_sink_total{result="sent"}');
      return sent.filter(({ value }) => value === count).map(({ labels }) => labels['sink']);
    };
    const sinks = await waitFor(
      'what was sent to all sinks but the dead one to be scraped',
      async () => {
        const all = (await total()).filter((sink) => !sink?.startsWith('stdout')).sort();
        return all.length >= 7 ? all : undefined;
      },
      5_000,
    );
    assert.deepEqual(
      sinks.map((sink) => sink?.replace(/-127-0-0-1-\d+$/, '')),
      ['alertmanager', 'csv', 'json', 'moody', 'syslog-tcp', 'syslog-tls', 'syslog-udp'],
    );
    const broken = async () => {
      const open = await prometheus.query('hullwatch_alert_sink_breaker{state="closed"} == 0');
      return open.map(({ labels }) => labels['sink']).join() === 'dead';
    };
    await waitFor('the breaker of the dead sink alone to be open', broken, 5_000);
    const metrics = join(folder, 'metrics.txt');
    await writeFile(metrics, (await health('/metrics')).text);
    const check = await runCommand('sh', ['-c', `promtool check metrics <'${metrics}'`]);
    const complaints = `${check.stdout}${check.stderr}`.trim().split('\n');
    // These names are kubescape's, and dashboards know them.
    const publicNames = /^node_agent_(alert|rule)_counter (counter metrics|metric name) should /;
    assert.deepEqual(
      complaints.filter((line) => line !== '' && !publicNames.test(line)),
      [],
    );
  });

  it('say in the health that a sink is dead, which makes the agent neither unready nor stuck', async () => {
    const healthz = await health('/healthz');
    assert.equal(healthz.status, 503);
    const { conditions } = JSON.parse(healthz.text) as { conditions: { name: string }[] };
    assert.deepEqual(
      conditions.map(({ name }) => name),
      ['alert-sink-dead'],
    );
    assert.equal((await health('/readyz')).status, 200);
    assert.equal((await health('/livez')).status, 200);
  });

  it('reach a receiver that fails in every way at least once, while no other waits for it', async () => {
    const { moody } = receivers;
    const before = moody.requests.length;
    moody.answers.push({ status: 500 }, { status: 429, headers: { 'retry-after': '1' } });
    moody.answers.push({ status: 200 }, 'hang', { status: 200 }, 'torn', 'reset');
    const known = watched.raised.length;
    for (const program of ['/bin/uname', '/bin/arch']) await watched.provoke(program);
    const last = keysOf(await watched.provoke('/bin/true')).join();
    // Other rules may have found something in these programs, too.
    const [first, second, third] = keysOf(watched.raised.slice(known));
    const isEverywhereElse = async () =>
      (await receivers.keysElsewhere()).every((keys) => keys.includes(last));
    await waitFor('the other sinks to have the last one', isEverywhereElse, SOON_MS);
    assert.ok(!keysAt(moody).includes(last), 'the moody one was to be slower');
    const attempts = await waitFor(
      'the moody one to have taken the last one',
      () => {
        const all = moody.requests.slice(before);
        return keysAt(moody).includes(last) && all.length >= 8 ? all : undefined;
      },
      15_000,
    );
    assert.deepEqual(
      attempts.slice(0, 8).map(({ headers }) => headers['idempotency-key']),
      [first, first, first, second, second, third, third, third],
    );
    for (const { headers, body } of attempts) {
      assert.equal(headers['idempotency-key'], (JSON.parse(body) as Alert).idempotencyKey);
    }
  });

  it('survive SIGKILL of the agent for a receiver that is back afterwards', async () => {
    const { dead } = receivers;
    await watched.kill();
    const all = keysOf(watched.raised).sort();
    dead.answers.length = 0;
    dead.requests.length = 0;
    watched.restart();
    const haveAll = async () => {
      for (const keys of [keysAt(dead), ...(await receivers.keysElsewhere())]) {
        assert.deepEqual([...new Set(keys)].sort(), all);
      }
      return true;
    };
    await waitFor('every receiver to have all of them', haveAll, 10_000);
  });
});

function keysAt(receiver: HttpReceiver): string[] {
  return keysOf(receiver.bodies as readonly Alert[]);
}

function keysOf(alerts: readonly Alert[]): string[] {
  return alerts.map(({ idempotencyKey }) => idempotencyKey);
}
