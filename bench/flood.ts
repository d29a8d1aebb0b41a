// npm run bench:flood: opens as fast as two containers can, with no deduplication. Whether every event is delivered or
// counted as lost, what an event costs the agent, how long an alert takes in the midst of it, what becomes of the sums when the
// agent stands still for six seconds, and whether a quiet container loses anything beside a loud one. Prints
// Markdown. Needs root, as the live tests do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#runtime/clock.js';
import { type Container, runContainer } from '../test/live/harness/containers.ts';
import { actsImage } from '../test/live/harness/images.ts';
import {
  type PrivateContainerd,
  startPrivateContainerd,
} from '../test/live/harness/private-containerd.ts';
import { ensureSensor } from '../test/live/harness/sensor-build.ts';
import { type RunningAgent, startBuiltAgent } from './agent-runs.ts';
import { quietBesideFlood } from './flood-quiet.ts';
import { costOf } from './process-cost.ts';
import { printTable } from './tables.ts';
import { AN_EXEC, quantile, WatchedVictim } from './watched-victim.ts';

const OPENS = 1_000_000;
const FILES = 5_000;
const ALERTS = 100;
const ALERT_PAUSE_MS = 50;
const STALL_MS = 6_000;
/** Long enough for the flood to be over before the flooding containers are learned. */
const LEARNING_MS = 40_000;

ensureSensor();
const folder = mkdtempSync(join(tmpdir(), 'hullwatch-flood-'));
const containerd = await startPrivateContainerd();
try {
  const rows = [await flood(containerd), await stall(containerd)];
  printTable(
    `${OPENS} opens of ${FILES} files in each of two containers, dedup off`,
    ['run', 'opens/s', 'emitted', 'delivered', 'lost', 'sum', 'node µs/event', 'sensor µs/event'],
    rows,
  );
  await quietBesideFlood(containerd);
} finally {
  await containerd.stop();
  rmSync(folder, { recursive: true });
}

function start(name: string, socket: string): Promise<RunningAgent> {
  return startBuiltAgent(folder, name, [
    ...['--containerd-socket', socket, '--dedup-window', '0', '--cooldown', '0'],
    ...['--learning-period', `${LEARNING_MS}ms`, '--first-save', '5s', '--update-period', '20s'],
    ...['--consolidation-interval', '1s', '--refresh-interval', '1s'],
  ]);
}

function flooders(at: PrivateContainerd, run: string): Promise<readonly Container[]> {
  const ids = [`${run}-one`, `${run}-other`];
  return Promise.all(ids.map((id) => runContainer(at, { id, image: actsImage })));
}

/** Has all of them open files at once and gives how many opens a second came of it together. */
async function openAll(containers: readonly Container[]): Promise<number> {
  const seconds = await Promise.all(
    containers.map(async (container) => {
      const act = ['/usr/bin/acts', 'open', String(OPENS), String(FILES)];
      const { exitCode, stdout, stderr } = await container.exec(act);
      if (exitCode !== 0) throw new Error(`the flood ended with ${exitCode}: ${stderr}`);
      return (JSON.parse(stdout) as { readonly seconds: number }).seconds;
    }),
  );
  return seconds.reduce((sum, each) => sum + OPENS / each, 0);
}

async function flood(at: PrivateContainerd): Promise<readonly string[]> {
  const agent = await start('flood', at.socket);
  const victim = await WatchedVictim.start(at, agent.process, {
    id: 'victim',
    acts: [{ ...AN_EXEC, times: ALERTS, pauseMs: ALERT_PAUSE_MS }],
  });
  const containers = await flooders(at, 'flood');
  const before = costsOf(agent);
  const [rate, latencies] = await Promise.all([openAll(containers), victim.latencies(0)]);
  await caughtUp(agent);
  const after = costsOf(agent);
  console.log(
    `Alert of an exec in the midst of it (${ALERTS} of them): p50 ${quantile(latencies, 0.5).toFixed(1)} ms, p99 ${quantile(latencies, 0.99).toFixed(1)} ms, most ${Math.max(...latencies).toFixed(1)} ms\n`,
  );
  const perEvent = (one: number, other: number) => (((other - one) / (2 * OPENS)) * 1e6).toFixed(2);
  const costs = [perEvent(before.node, after.node), perEvent(before.sensor, after.sensor)];
  return ['two containers', rate.toFixed(0), ...(await sums(agent)), ...costs];
}

/** Nobody reads for six seconds in the midst of it. */
async function stall(at: PrivateContainerd): Promise<readonly string[]> {
  const agent = await start('stall', at.socket);
  const containers = await flooders(at, 'stall');
  const opening = openAll(containers);
  process.kill(agent.process.pid, 'SIGSTOP');
  await systemClock.sleep(STALL_MS, new AbortController().signal);
  process.kill(agent.process.pid, 'SIGCONT');
  const rate = await opening;
  await caughtUp(agent);
  return ['the same, reader stopped for 6 s', rate.toFixed(0), ...(await sums(agent)), '', ''];
}

function costsOf(agent: RunningAgent): { readonly node: number; readonly sensor: number } {
  return {
    node: costOf(agent.process.pid).cpuSeconds,
    sensor: costOf(agent.sensorPid).cpuSeconds,
  };
}

/** Waits until the agent has nothing more to do. */
async function caughtUp(agent: RunningAgent): Promise<void> {
  const { signal } = new AbortController();
  for (let quiet = 0, last = -1; quiet < 3; ) {
    await systemClock.sleep(300, signal);
    const { cpuSeconds } = costOf(agent.process.pid);
    quiet = cpuSeconds - last < 0.03 ? quiet + 1 : 0;
    last = cpuSeconds;
  }
}

/** Emitted, delivered, lost, and whether they add up. */
async function sums(agent: RunningAgent): Promise<readonly string[]> {
  const line = await agent.stop();
  const [emitted = 0, ...places] = [...line.matchAll(/\d+/g)].map(Number);
  const dropped = places.at(-1) ?? 0;
  const isExact = emitted === places.reduce((sum, place) => sum + place, 0);
  const told = agent.process.log.find((each) => each.includes('dropped: ')) ?? '';
  console.log(`${line} ${told}\n`);
  return [emitted, emitted - dropped, dropped].map(String).concat(isExact ? 'exact' : 'NOT EXACT');
}
