import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { FakeApiServer } from '#kube/testing/fake-api-server.js';
import { HOST_CGROUP_ID } from '#model/container.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { alertList } from './alert-output.ts';
import { configFrom } from './config.ts';
import { LiveAgent, silentNarration } from './live-agent.ts';
import { manifestOf } from './testing/explained-agent.ts';

/** `steerSensor` is asked for every 5 s. */
const SOON_MS = 15_000;
const CONNECTS = manifestOf({
  ...{ id: 'T1', eventType: 'network', expression: 'true', profileDependency: 2 },
  tags: ['context:host'],
});
const FRAMES = new URL('../sensor/testing/encoded-frames.ts', import.meta.url).href;

/** Tells of a connection of the host if it is asked for the host, and writes down what it is told. */
function writeFakeSensor(folder: string): void {
  const script = `
import { appendFileSync } from 'node:fs';
import { aRawEvent, encodeEvent, encodeReady, encodeTotals } from '${FRAMES}';
const network = aRawEvent({ type: 'network', cgroupId: ${HOST_CGROUP_ID}, address: '10.96.0.1', port: 80 });
process.stdout.write(encodeReady());
if (process.argv.includes('--host')) process.stdout.write(encodeEvent(network));
process.stdin.on('data', (chunk) => appendFileSync('${join(folder, 'orders')}', chunk));
process.stdin.on('end', () => process.stdout.write(encodeTotals({}, {})));
`;
  writeFileSync(join(folder, 'sensor.bpf.o'), '');
  writeFileSync(join(folder, 'loader.mjs'), script);
  writeFileSync(
    join(folder, 'hullwatch-sensor'),
    `#!/bin/sh\nexec '${process.execPath}' --conditions=source '${join(folder, 'loader.mjs')}' "$@"\n`,
    { mode: 0o755 },
  );
}

function writeKubeconfig(file: string, server: string): void {
  const named = (fields: object) => [{ name: 'c', ...fields }];
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'c' },
    clusters: named({ cluster: { server } }),
    contexts: named({ context: { cluster: 'c', user: 'c' } }),
    users: named({ user: {} }),
  };
  writeFileSync(file, JSON.stringify(config));
}

describe('an agent that watches the host', { timeout: 60_000 }, () => {
  let folder: string;
  let server: FakeApiServer;
  let agent: LiveAgent;
  let running: Promise<unknown>;
  const ending = new AbortController();
  const { sink, alerts } = alertList();

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-host-'));
    server = await FakeApiServer.listen();
    server.objects.create('services', {
      metadata: { name: 'web', namespace: 'shop' },
      spec: { clusterIP: '10.96.0.1', selector: { app: 'web' }, ports: [{ port: 80 }] },
    });
    writeFakeSensor(folder);
    writeKubeconfig(join(folder, 'config'), server.url);
    writeFileSync(join(folder, 'rules.json'), JSON.stringify(CONNECTS.object));
    writeFileSync(join(folder, 'orders'), '');
    agent = await LiveAgent.create({
      options: configFrom({
        environment: {},
        flags: {
          ...{ host: true, nodeName: 'n1', sensorFolder: folder, pods: 'api' },
          ...{ kubeconfig: join(folder, 'config'), store: ':memory:' },
          ...{ rules: join(folder, 'rules.json'), containerdSocket: join(folder, 'nobody.sock') },
        },
      }),
      ...{ log: silentLogger, sinks: [sink], narration: silentNarration },
    });
    running = agent.run(ending.signal);
  });

  after(async () => {
    ending.abort();
    await running;
    await server.close();
    rmSync(folder, { recursive: true });
  });

  async function until(isSo: () => boolean): Promise<void> {
    const lastMs = systemClock.monotonic() + SOON_MS;
    while (!isSo() && systemClock.monotonic() < lastMs) {
      await systemClock.sleep(20, ending.signal);
    }
  }

  it('judges what processes outside of containers do, with the names of their other sides', async () => {
    await until(() => alerts.length > 0);
    const [alert] = alerts;
    assert.deepEqual([alert?.ruleID, alert?.containerID], ['T1', 'host']);
    assert.deepEqual(alert?.arguments['peer'], {
      ...{ kind: 'service', namespace: 'shop', name: 'web' },
    });
    assert.equal(agent.flow.attributor.container('host')?.instanceId.name, 'n1');
  });

  it('learns nothing of them', () => {
    assert.deepEqual([agent.flow.containers, agent.flow.learner.learning()], [0, []]);
  });

  it('tells its sensor what rules need, and then to leave out the rest of what the host does', async () => {
    const orders = () => readFileSync(join(folder, 'orders'), 'utf8').split('\n');
    await until(() => orders().includes(`narrow ${HOST_CGROUP_ID} 1`));
    assert.ok(orders().some((line) => line.startsWith('types ')));
    assert.ok(orders().includes(`narrow ${HOST_CGROUP_ID} 1`));
  });
});
