import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type AccountingSnapshot, total } from '../../src/model/event-accounting.ts';
import type { ContainerProfile } from '../../src/model/profile.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/log.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { openSqliteProfileStore } from '../../src/storage/sqlite-profile-store.ts';
import { type AgentProcess, type PrintedAlert, startAgent } from './harness/agent-process.ts';
import { type Container, runContainer, runContainerToEnd } from './harness/containers.ts';
import { busyboxImage } from './harness/images.ts';
import { type Pod, runPod } from './harness/pods.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { ensureSensor } from './harness/sensor-build.ts';
import { waitFor } from './harness/wait-for.ts';

/** Runs what it finds in /tmp/go, so that something can happen in it while containerd is away. */
const LOOP =
  'while true; do if [ -e /tmp/go ]; then /bin/sh /tmp/go; rm /tmp/go; fi; /bin/sleep 0.2; /bin/cat /etc/passwd >/dev/null; done';
const SHORT_CONTAINERS = 60;
const POD_UID = '0b6d5c1e-0000-4000-8000-00000000abcd';

type Fields = Readonly<Record<string, unknown>>;

describe('the whole path on real containers', {
  skip: liveRequirements([...CONTAINERD_NEEDS, 'ebpf', 'sensor']),
}, () => {
  let containerd: PrivateContainerd;
  let folder: string;
  let agent: AgentProcess;
  let early: Container;
  let late: Container;
  let pod: Pod;

  const start = () =>
    startAgent([
      '--containerd-socket',
      containerd.socket,
      '--store',
      join(folder, 'profiles.db'),
      '--http',
      '127.0.0.1:0',
      '--first-save',
      '1s',
      '--update-period',
      '1s',
      '--learning-period',
      '4s',
      '--consolidation-interval',
      '1s',
      '--refresh-interval',
      '1s',
      '--cooldown',
      '0',
    ]);
  const completed = (container: string) =>
    agent.waitForLog(
      new RegExp(`"containerId":"${container}".*"isEnforced":true.*"message":"profile changed"`),
      20_000,
    );

  /** How long after its kernel timestamp an alert was read by this process. */
  function latencyMs({ alert, atMs }: PrintedAlert): number {
    return performance.timeOrigin + atMs - Date.parse(String(alert['timestamp']));
  }

  async function expectAlert(containerID: string, exec: string, args: readonly string[]) {
    const isIt = (alert: Fields) =>
      alert['ruleID'] === 'R0001' &&
      alert['containerID'] === containerID &&
      (alert['arguments'] as Fields)['exec'] === exec;
    const printed = await agent.waitForAlert(isIt, 5_000);
    assert.deepEqual((printed.alert['arguments'] as Fields)['args'], args);
    const latency = latencyMs(printed);
    assert.ok(latency < 1_000, `the alert came after ${latency} ms`);
    console.log(
      `alert for ${exec} in ${containerID.slice(0, 12)}: ${latency.toFixed(1)} ms after the kernel's timestamp`,
    );
    return printed.alert;
  }

  before(async () => {
    ensureSensor();
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-e2e-'));
    containerd = await startPrivateContainerd();
    early = await runContainer(containerd, {
      id: 'early-1',
      image: busyboxImage,
      command: ['/bin/sh', '-c', LOOP],
    });
    agent = start();
    await agent.waitForLog(/the sensor is ready/, 15_000);
    await agent.waitForLog(/"containerId":"early-1".*"message":"container found"/, 5_000);
    late = await runContainer(containerd, {
      id: 'late-1',
      image: busyboxImage,
      command: ['/bin/sh', '-c', LOOP],
    });
  });

  after(async () => {
    await agent?.kill9();
    await containerd.stop();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(await containerd.leftovers(), []);
  });

  it('learns a container that ran before the agent as partial and one that came after as complete', async () => {
    await late.exec(['/bin/ls', '/etc']);
    await early.exec(['/bin/ls', '/etc']);
    assert.match(await completed('early-1'), /"completion":"partial"/);
    assert.match(await completed('late-1'), /"completion":"complete"/);
  });

  it('stays silent on a learned process', async () => {
    const before = agent.alerts.length;
    await late.exec(['/bin/ls', '/etc']);
    await late.exec(['/bin/date']);
    await expectAlert('late-1', '/bin/date', ['/bin/date']);
    const others = agent.alerts
      .slice(before)
      .filter(({ alert }) => (alert['arguments'] as Fields)['exec'] === '/bin/ls');
    assert.deepEqual(others, []);
  });

  it('alerts on an unlearned process within a second, with the profile it was judged by', async () => {
    await early.exec(['/bin/uname', '-a']);
    const alert = await expectAlert('early-1', '/bin/uname', ['/bin/uname', '-a']);
    const judged = alert['profileMetadata'] as Fields;
    assert.deepEqual(
      {
        status: judged['status'],
        completion: judged['completion'],
        failOnProfile: judged['failOnProfile'],
      },
      { status: 'completed', completion: 'partial', failOnProfile: true },
    );
    assert.equal(alert['namespace'], 'containerd-default');
    assert.equal(alert['image'], busyboxImage.name);
  });

  it('attributes a pod made through CRI to its name, namespace and stable profile name', async () => {
    pod = await runPod(containerd, {
      name: 'shop-6d4f8b7c9d-x2x7k',
      namespace: 'shop',
      uid: POD_UID,
      labels: { app: 'shop', 'pod-template-hash': '6d4f8b7c9d' },
      containers: [{ name: 'web', image: busyboxImage, command: ['/bin/sh', '-c', LOOP] }],
    });
    const id = pod.containerIds.get('web') ?? '';
    await completed(id);
    await pod.exec('web', ['/bin/whoami']);
    const alert = await expectAlert(id, '/bin/whoami', ['/bin/whoami']);
    assert.deepEqual(
      [alert['podName'], alert['podNamespace'], alert['podUID'], alert['containerName']],
      ['shop-6d4f8b7c9d-x2x7k', 'shop', POD_UID, 'web'],
    );
    const profile = String((alert['profileMetadata'] as Fields)['name']);
    assert.match(profile, /^replicaset-shop-6d4f8b7c9d-web-[0-9a-f]{4}-[0-9a-f]{4}$/);
    const tree = JSON.stringify(alert['processTree']);
    assert.match(tree, /whoami/);
  });

  it('sees what happens while containerd is away, and what starts after it is back', async () => {
    const pid = taskPid(await containerd.mustCtr('default', ['tasks', 'ls']), 'late-1');
    await containerd.terminate();
    writeFileSync(`/proc/${pid}/root/tmp/go`, '/bin/hostname\n');
    await expectAlert('late-1', '/bin/hostname', ['/bin/hostname']);
    await containerd.start();
    const third = await runContainer(containerd, {
      id: 'third-1',
      image: busyboxImage,
      command: ['/bin/sh', '-c', LOOP],
    });
    await agent.waitForLog(/"containerId":"third-1".*"message":"container found"/, 15_000);
    await third.remove();
  });

  it(`learns each of ${SHORT_CONTAINERS} containers that only run /bin/true`, async () => {
    const ids = Array.from({ length: SHORT_CONTAINERS }, (_, index) => `short-${index + 1}`);
    for (let at = 0; at < ids.length; at += 4) {
      await Promise.all(
        ids
          .slice(at, at + 4)
          .map((id) =>
            runContainerToEnd(containerd, { id, image: busyboxImage, command: ['/bin/true'] }),
          ),
      );
    }
    for (const id of ids) {
      await agent.waitForLog(
        new RegExp(`"containerId":"${id}".*"status":"completed".*"message":"report saved"`),
        20_000,
      );
    }
  });

  it('has counted every event by then, and dropped none', async () => {
    const url = /"url":"([^"]+)"/.exec(
      await agent.waitForLog(/"message":"serving HTTP"/, 1_000),
    )?.[1];
    const accounting = await waitFor(
      'a quiet moment',
      async () => {
        const response = await fetch(new URL('/api/v1/accounting', url));
        const counts = (await response.json()) as AccountingSnapshot;
        return counts.inFlight === 0 ? counts : undefined;
      },
      5_000,
    );
    const { emitted, evaluated, duplicate, ignored, dropped } = accounting;
    console.log(
      `first agent: ${emitted} emitted = ${evaluated} evaluated + ${duplicate} duplicate + ${total(ignored)} ignored + ${total(dropped)} dropped`,
    );
    assert.ok(evaluated > SHORT_CONTAINERS);
    assert.equal(emitted, evaluated + duplicate + total(ignored) + total(dropped));
    assert.equal(total(dropped), 0, JSON.stringify(dropped));
  });

  it('uses the stored profile after SIGKILL, and knows that the container ran before', async () => {
    await agent.kill9();
    await waitFor('its sensor to end with it', async () => (await sensors()).length === 0, 5_000);
    agent = start();
    await agent.waitForLog(/the sensor is ready/, 15_000);
    const found = await agent.waitForLog(
      /"containerId":"late-1".*"message":"container found"/,
      15_000,
    );
    assert.match(found, /"preExisting":true/);
    assert.match(await completed('late-1'), /"status":"completed","completion":"complete"/);
    await late.exec(['/bin/ls', '/etc']);
    await late.exec(['/bin/id']);
    await expectAlert('late-1', '/bin/id', ['/bin/id']);
    assert.ok(
      !agent.alerts.some(({ alert }) => (alert['arguments'] as Fields)['exec'] === '/bin/ls'),
    );
  });

  it('accounts for every event when it ends, and leaves no sensor behind', async () => {
    const { exitCode } = await agent.stop();
    assert.equal(exitCode, 0);
    const line = agent.log.find((text) => text.startsWith('events: ')) ?? '';
    console.log(line);
    const counts = [...line.matchAll(/\d+/g)].map(Number);
    assert.equal(counts.length, 5, line);
    const [emitted = 0, ...places] = counts;
    assert.ok(emitted > 0);
    assert.equal(
      emitted,
      places.reduce((sum, count) => sum + count, 0),
    );
    assert.equal(places.at(-1), 0, `events were dropped: ${agent.log.slice(-4).join('\n')}`);
    assert.deepEqual(await sensors(), []);
  });

  it('has stored the profile of every short container: complete, with its one program', async () => {
    const store = openSqliteProfileStore({
      path: join(folder, 'profiles.db'),
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
    });
    try {
      const { signal } = new AbortController();
      const { items: listed } = await store.list('ContainerProfile', {
        signal,
        namespace: 'containerd-default',
      });
      const names = listed.map(({ name }) => name).filter((name) => name.includes('short-'));
      assert.equal(names.length, SHORT_CONTAINERS);
      for (const name of names) {
        const profile: ContainerProfile | undefined = await store.get(
          'ContainerProfile',
          { namespace: 'containerd-default', name },
          { signal },
        );
        const execs = profile?.spec.execs?.map(({ path, args }) => ({ path, args }));
        assert.deepEqual(execs, [{ path: '/bin/true', args: ['/bin/true'] }]);
        assert.equal(profile?.metadata.annotations?.['kubescape.io/status'], 'completed');
        assert.equal(profile?.metadata.annotations?.['kubescape.io/completion'], 'complete');
      }
    } finally {
      store.close();
    }
  });
});

/** The process id of a container's task, from what `ctr tasks ls` prints. */
function taskPid(listing: string, id: string): number {
  const [, pid] = new RegExp(`^${id}\\s+(\\d+)\\s`, 'm').exec(listing) ?? [];
  return Number(pid);
}

/** Process ids of all sensors on this machine. */
async function sensors(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')),
  );
  // The kernel keeps 15 characters of a name.
  return pids.filter((_, index) => names[index] === 'hullwatch-senso\n');
}
