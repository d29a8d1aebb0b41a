import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { type AgentProcess, startAgent } from './harness/agent-process.ts';
import { mustRun, runCommand } from './harness/command.ts';
import { type Container, type ContainerSpec, runContainer } from './harness/containers.ts';
import { actsImage, busyboxImage } from './harness/images.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { ensureSensor } from './harness/sensor-build.ts';
import { waitFor } from './harness/wait-for.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const LOOP = 'while true; do /bin/sleep 0.2; /bin/cat /etc/passwd >/dev/null; done';
const OPENS = 150_000;

describe('an agent under attack', {
  skip: liveRequirements([...CONTAINERD_NEEDS, 'ebpf', 'sensor']),
}, () => {
  let containerd: PrivateContainerd;
  let folder: string;
  let agents: AgentProcess[] = [];
  let containers: Container[] = [];
  let stores = 0;

  const start = (flags: Readonly<Record<string, string>> = {}) => {
    const all = {
      'containerd-socket': containerd.socket,
      store: join(folder, `${stores++}.db`),
      http: 'off',
      'first-save': '1s',
      'update-period': '1s',
      'learning-period': '3s',
      'consolidation-interval': '1s',
      'refresh-interval': '1s',
      cooldown: '0',
      ...flags,
    };
    const agent = startAgent(Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]));
    agents.push(agent);
    return agent;
  };
  const startReady = async (flags: Readonly<Record<string, string>> = {}) => {
    const agent = start(flags);
    await agent.waitForLog(/the sensor is ready/, 15_000);
    return agent;
  };
  const run = async (spec: ContainerSpec) => {
    const container = await runContainer(containerd, spec);
    containers.push(container);
    return container;
  };
  const runLoop = (id: string) =>
    run({ id, image: busyboxImage, command: ['/bin/sh', '-c', LOOP] });
  const found = (agent: AgentProcess, id: string) =>
    agent.waitForLog(new RegExp(`"containerId":"${id}".*"message":"container found"`), 10_000);
  const learned = (agent: AgentProcess, id: string) =>
    agent.waitForLog(
      new RegExp(`"containerId":"${id}".*"isEnforced":true.*"message":"profile changed"`),
      20_000,
    );
  const alerts = async (agent: AgentProcess, container: Container, program: string) => {
    await container.exec([program]);
    const isIt = (alert: Readonly<Record<string, unknown>>) =>
      alert['containerID'] === container.id &&
      (alert['arguments'] as Readonly<Record<string, unknown>>)['exec'] === program;
    await agent.waitForAlert(isIt, 5_000);
  };
  /** A file system of its own that holds `size` and no more. */
  const smallDisk = async (size: string) => {
    const path = join(folder, `disk-${size}`);
    await mkdir(path);
    await mustRun('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
    return path;
  };

  before(async () => {
    ensureSensor();
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-attacks-'));
    containerd = await startPrivateContainerd();
  });

  afterEach(async () => {
    await Promise.all(agents.map((agent) => agent.kill9()));
    agents = [];
    await Promise.all(containers.map((container) => container.remove()));
    containers = [];
  });

  after(async () => {
    for (const disk of (await readdir(folder)).filter((name) => name.startsWith('disk-'))) {
      await mustRun('umount', ['--lazy', join(folder, disk)]);
    }
    await containerd.stop();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(await containerd.leftovers(), []);
  });

  it('goes on when its sensor is killed, and calls no profile complete that has a gap', async () => {
    const agent = await startReady();
    const running = await runLoop('gap-running');
    await found(agent, 'gap-running');
    process.kill(await sensorOf(agent), 'SIGKILL');
    await agent.waitForLog(/the sensor died/, 5_000);
    await runLoop('gap-unseen');
    for (const id of ['gap-running', 'gap-unseen']) {
      assert.match(await learned(agent, id), /"completion":"partial"/, id);
    }
    const isBack = () => agent.log.filter((line) => /the sensor is ready/.test(line)).length > 1;
    await waitFor('the sensor to be ready again', isBack, 15_000);
    await runLoop('gap-after');
    assert.match(await learned(agent, 'gap-after'), /"completion":"complete"/);
    await alerts(agent, running, '/bin/date');
    await agent.stop();
    assert.equal(dropsOf(agent)['source-died'], 1);
  });

  it('calls no profile complete of a container that started before the sensor was ready', async () => {
    const agent = start();
    const sensorIsReady = () => agent.log.some((line) => /the sensor is ready/.test(line));
    const ids: string[] = [];
    while (!sensorIsReady()) {
      ids.push(`early-${ids.length}`);
      const container = await run({
        id: ids.at(-1) ?? '',
        image: busyboxImage,
        command: ['/bin/sleep', '60'],
      });
      if (!sensorIsReady()) await found(agent, container.id);
    }
    // The last one may have started just after.
    for (const id of ids.slice(0, -1)) {
      assert.match(await found(agent, id), /"preExisting":true/, id);
    }
  });

  it('counts exactly what was lost while it stood still under a flood', async () => {
    const agent = await startReady({ 'learning-period': '1m', 'dedup-window': '0' });
    const flood = await run({
      id: 'flood',
      image: actsImage,
      command: [
        '/bin/sh',
        '-c',
        `while [ ! -e /tmp/go ]; do /bin/sleep 0.05; done; /usr/bin/acts open ${OPENS} 5000; exec /bin/sleep 600`,
      ],
    });
    await found(agent, 'flood');
    await writeFile(`/proc/${await pidOf(containerd, 'flood')}/root/tmp/go`, '');
    process.kill(agent.pid, 'SIGSTOP');
    try {
      await waitFor('the flood to end', async () => /"seconds"/.test(await flood.output()), 30_000);
    } finally {
      process.kill(agent.pid, 'SIGCONT');
    }
    await agent.stop();
    const { emitted, sum } = sumOf(agent);
    assert.equal(emitted, sum);
    assert.ok(emitted >= OPENS, `${emitted} emitted`);
    const drops = dropsOf(agent);
    // One container alone meets its own share of the buffer before it fills the whole.
    assert.ok((drops['container-share'] ?? 0) + (drops['kernel-buffer-full'] ?? 0) > 0);
  });

  it('watches on while its store is full, and forgets nothing', async () => {
    const disk = await smallDisk('8m');
    const agent = await startReady({ store: join(disk, 'profiles.db'), 'learning-period': '6s' });
    const container = await runLoop('full-disk');
    await agent.waitForLog(/"containerId":"full-disk".*"message":"report saved"/, 10_000);
    const filler = join(disk, 'filler');
    // It ends with an error, as it is meant to: there is no room for all of it.
    await writeFile(filler, Buffer.alloc(8 * 2 ** 20)).catch(() => undefined);
    await container.exec(['/bin/uname']);
    // The queue lies on the same disk: what it does not take stays in memory.
    const told = await agent.waitForLog(/report not queued yet/, 10_000);
    assert.match(told, /profiles-reports\.db cannot grow: free space on the disk/);
    await rm(filler);
    assert.match(await learned(agent, 'full-disk'), /"completion":"complete"/);
    await alerts(agent, container, '/bin/date');
    await container.exec(['/bin/uname']);
    assert.equal((await agent.stop()).exitCode, 0);
    const programs = agent.alerts.map(({ alert }) => JSON.stringify(alert['arguments']));
    assert.ok(!programs.some((each) => each.includes('/bin/uname')), 'it was learned');
  });

  it('ends a recording that does not fit on its disk, and says so', async () => {
    const file = join(await smallDisk('32k'), 'recording.ndjson');
    await runLoop('recorded');
    const args = ['record', file, '--containerd-socket', containerd.socket];
    const { exitCode, stderr } = await runCommand(
      process.execPath,
      ['--conditions=source', MAIN, ...args],
      { timeoutMs: 20_000 },
    );
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /recording\.ndjson: ENOSPC/);
  });

  it('waits for a containerd that is not there yet', async () => {
    await containerd.terminate();
    const agent = await startReady();
    await agent.waitForLog(/connect ENOENT/, 5_000);
    await containerd.start();
    await runLoop('first');
    await found(agent, 'first');
  });

  it('leaves no sensor and a whole store whenever it is killed', async () => {
    const store = join(folder, 'killed.db');
    await runLoop('witness');
    for (const line of [
      /profile store opened/,
      /container found/,
      /the sensor is ready/,
      /saved/,
    ]) {
      const agent = start({ store, 'learning-period': '1m' });
      await agent.waitForLog(line, 15_000);
      const sensor = await sensorOf(agent).catch(() => 0);
      await agent.kill9();
      await waitFor('its sensor to end', () => !existsSync(`/proc/${sensor}/exe`), 5_000);
    }
    const hasty = await startReady({ store });
    const sensor = await sensorOf(hasty);
    process.kill(hasty.pid, 'SIGINT');
    await hasty.stop();
    await waitFor('its sensor to end', () => !existsSync(`/proc/${sensor}/exe`), 5_000);
    assert.equal((await (await startReady({ store })).stop()).exitCode, 0);
  });
});

async function sensorOf(agent: AgentProcess): Promise<number> {
  const children = await readFile(`/proc/${agent.pid}/task/${agent.pid}/children`, 'utf8');
  const [child] = children.trim().split(' ').filter(Boolean).map(Number);
  if (child === undefined) throw new Error('the agent has no sensor');
  return child;
}

async function pidOf(containerd: PrivateContainerd, id: string): Promise<number> {
  const listing = await containerd.mustCtr('default', ['tasks', 'ls']);
  return Number(new RegExp(`^${id}\\s+(\\d+)\\s`, 'm').exec(listing)?.[1]);
}

/** The line of the summary that always adds up. */
function sumOf(agent: AgentProcess): { readonly emitted: number; readonly sum: number } {
  const line = agent.log.find((text) => text.startsWith('events: ')) ?? '';
  const [emitted = 0, ...places] = [...line.matchAll(/\d+/g)].map(Number);
  return { emitted, sum: places.reduce((sum, count) => sum + count, 0) };
}

/** What the summary says was dropped, by reason. */
function dropsOf(agent: AgentProcess): Readonly<Record<string, number>> {
  const line = agent.log.find((text) => text.startsWith('ignored: ')) ?? '';
  const [, dropped = ''] = line.split('dropped: ');
  const counts = [...dropped.matchAll(/([a-z-]+) (\d+)/g)];
  return Object.fromEntries(counts.map(([, reason = '', count]) => [reason, Number(count)]));
}
