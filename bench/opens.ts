// npm run bench:opens: what an open costs the agent, beside the bare sensor writing to a file.
//
// One container opens 5,000 files 500,000 times; three runs after each other on the same private
// containerd: the bare sensor, the agent without deduplication, the agent with it (there nearly every
// event ends at the dedup decision, so that its cost is the cost up to there). Needs root, as the
// live tests do.
import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSensorFiles } from '../src/sensor/sensor-files.ts';
import { AgentProcess } from '../test/live/harness/agent-process.ts';
import { type Container, runContainer } from '../test/live/harness/containers.ts';
import { actsImage } from '../test/live/harness/images.ts';
import {
  type PrivateContainerd,
  startPrivateContainerd,
} from '../test/live/harness/private-containerd.ts';
import { ensureSensor } from '../test/live/harness/sensor-build.ts';
import { waitFor } from '../test/live/harness/wait-for.ts';
import { childrenOf, costOf, type ProcessCost } from './process-cost.ts';

/** The flags that a release starts Node.js with, from the launcher's first line. */
const FLAGS = readFileSync(new URL('../bin/hullwatch.js', import.meta.url), 'utf8')
  .split('\n', 1)
  .flatMap((line) => line.split(' ').filter((word) => word.startsWith('--')));
/** The agent as a release has it: `npm run bench:opens` builds it first. */
const BUILT = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const OPENS = 500_000;
const FILES = 5_000;

interface Row {
  readonly run: string;
  readonly opensPerSecond: number;
  readonly sensor: ProcessCost;
  readonly node?: ProcessCost;
  readonly outcome: string;
}

ensureSensor();
const folder = mkdtempSync(join(tmpdir(), 'hullwatch-bench-'));
const containerd = await startPrivateContainerd();
try {
  const container = await runContainer(containerd, { id: 'opener-1', image: actsImage });
  await load(container);
  const rows = [
    await bareSensor(container),
    await agent(containerd, container, { run: 'agent, dedup off', flags: ['--dedup-window', '0'] }),
    await agent(containerd, container, { run: 'agent, dedup on', flags: [] }),
  ];
  print(rows);
} finally {
  await containerd.stop();
  rmSync(folder, { recursive: true });
}

/** Runs the load once and gives how many opens a second the container reached. */
async function load(container: Container): Promise<number> {
  const startMs = performance.now();
  const { exitCode, stdout, stderr } = await container.exec([
    '/usr/bin/acts',
    'open',
    String(OPENS),
    String(FILES),
  ]);
  if (exitCode !== 0) throw new Error(`the load ended with ${exitCode}: ${stdout}${stderr}`);
  return OPENS / ((performance.now() - startMs) / 1_000);
}

async function bareSensor(container: Container): Promise<Row> {
  const files = findSensorFiles();
  if (!files) throw new Error('there is no sensor');
  const path = join(folder, 'frames');
  const child = spawn(files.loaderPath, [files.objectPath], {
    stdio: ['pipe', openSync(path, 'w'), 'inherit'],
  });
  const pid = child.pid ?? 0;
  await waitFor('the sensor to be ready', () => statSync(path).size > 0, 10_000);
  const before = costOf(pid);
  const opensPerSecond = await load(container);
  await drained(pid);
  const sensor = since(before, costOf(pid));
  const megabytes = statSync(path).size / 2 ** 20;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  await ended;
  return {
    run: 'bare sensor to a file',
    opensPerSecond,
    sensor,
    outcome: `${megabytes.toFixed(0)} MB of frames`,
  };
}

async function agent(
  { socket }: PrivateContainerd,
  container: Container,
  { run, flags }: { readonly run: string; readonly flags: readonly string[] },
): Promise<Row> {
  const store = join(folder, `${run.replaceAll(/\W+/g, '-')}.db`);
  const hullwatch = new AgentProcess(process.execPath, [
    ...[...FLAGS, BUILT, 'run', '--containerd-socket', socket, '--store', store, '--http', 'off'],
    ...flags,
  ]);
  await hullwatch.waitForLog(/the sensor is ready/, 15_000);
  const [sensorPid = 0] = childrenOf(hullwatch.pid);
  const before = { sensor: costOf(sensorPid), node: costOf(hullwatch.pid) };
  const opensPerSecond = await load(container);
  await drained(hullwatch.pid);
  const sensor = since(before.sensor, costOf(sensorPid));
  const node = since(before.node, costOf(hullwatch.pid));
  await hullwatch.stop();
  const outcome = hullwatch.log.find((line) => line.startsWith('events: ')) ?? 'no accounting';
  return { run, opensPerSecond, sensor, node, outcome };
}

/** Waits until a process has used no processor time for a while: it has caught up. */
async function drained(pid: number): Promise<void> {
  let last = -1;
  let quiet = 0;
  await waitFor(
    `process ${pid} to catch up`,
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { cpuSeconds } = costOf(pid);
      quiet = cpuSeconds - last < 0.02 ? quiet + 1 : 0;
      last = cpuSeconds;
      return quiet >= 3;
    },
    60_000,
  );
}

function since(before: ProcessCost, after: ProcessCost): ProcessCost {
  return { ...after, cpuSeconds: after.cpuSeconds - before.cpuSeconds };
}

function print(rows: readonly Row[]): void {
  const perEvent = (cost?: ProcessCost) =>
    cost ? ((cost.cpuSeconds / OPENS) * 1e6).toFixed(2) : '';
  const megabytes = (value?: number) => (value === undefined ? '' : value.toFixed(0));
  console.log(`${OPENS} opens of ${FILES} files in one container\n`);
  console.log(
    '| run | opens/s | sensor µs/event | Node µs/event | sensor MB | Node MB now / peak |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const { run, opensPerSecond, sensor, node } of rows) {
    const memory = node ? `${megabytes(node.residentMb)} / ${megabytes(node.peakMb)}` : '';
    console.log(
      `| ${run} | ${opensPerSecond.toFixed(0)} | ${perEvent(sensor)} | ${perEvent(node)} | ${megabytes(sensor.residentMb)} | ${memory} |`,
    );
  }
  console.log('');
  for (const { run, outcome } of rows) console.log(`${run}: ${outcome}`);
}
