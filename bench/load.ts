// npm run bench:load [-- --minutes N] [--cpu-ms N]: what the agent costs on a node with the public load mix, beside the
// bare sensor in the same run: processor time, memory, what deduplication leaves, and what was lost. Prints Markdown.
//
// Two pods make the load all the time (bench/load.c): 1,000 opens, 100 HTTP requests, 10 programs, 10 connections, 10
// symbolic and 10 hard links and 2 DNS questions each second, and some computing. The runs follow each other, N
// minutes each (2 unless told otherwise) after 10 s to warm up. Needs root, as the live tests do, and bpftool.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { EventType, RawRecord } from '#model/raw-event.js';
import { isRawEvent } from '#model/raw-event.js';
import { FrameDecoder } from '#sensor/frame-decoder.js';
import {
  type PrivateContainerd,
  startPrivateContainerd,
} from '../test/live/harness/private-containerd.ts';
import { ensureSensor } from '../test/live/harness/sensor-build.ts';
import { startBareSensor, startBuiltAgent } from './agent-runs.ts';
import { type KernelCost, KernelCosts } from './kernel-cost.ts';
import { LOAD_CPU_MS, LOAD_RATES, type LoadCounts, LoadPods } from './load-pods.ts';
import { type LoadRun, printLoadRuns } from './load-report.ts';
import { together, watchUsage } from './usage.ts';

const WARM_UP_MS = 10_000;
/** The learning of a container goes on for the whole bench, unless a run is about what comes after. */
const LEARNING = ['--learning-period', '24h', '--first-save', '30s', '--update-period', '1m'];
const LEARNED = [
  ...['--learning-period', '8s', '--first-save', '2s', '--update-period', '2s'],
  ...['--consolidation-interval', '1s', '--refresh-interval', '1s'],
];

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    'cpu-ms': { type: 'string', default: String(LOAD_CPU_MS) },
  },
});
const runMs = Number(values.minutes) * 60_000;
const cpuMs = Number(values['cpu-ms']);

ensureSensor();
const folder = mkdtempSync(join(tmpdir(), 'hullwatch-load-'));
const containerd = await startPrivateContainerd();
try {
  const pods = await LoadPods.start(containerd, cpuMs);
  const runs: LoadRun[] = [];
  for (const run of [
    () => bareSensor(pods, 'bare sensor, dedup off', ['--dedup-ms', '0']),
    () => bareSensor(pods, 'bare sensor, dedup on', ['--dedup-ms', '10000']),
    () => agent(containerd, pods, 'agent, dedup off', [...LEARNING, '--dedup-window', '0']),
    () => agent(containerd, pods, 'agent, dedup on', LEARNING),
    () => agent(containerd, pods, 'agent, dedup on, all learned', LEARNED),
  ]) {
    runs.push(await run());
    console.error(`${runs.at(-1)?.name}: done`);
  }
  printLoadRuns(runs, { minutes: runMs / 60_000, cpuMs, rates: LOAD_RATES });
} finally {
  await containerd.stop();
  rmSync(folder, { recursive: true });
}

/** What came of the time between `begin` and now. */
interface Begun {
  readonly startMs: number;
  readonly counts: LoadCounts;
  readonly kernel: KernelCost;
}

async function begin(pods: LoadPods, costs: KernelCosts): Promise<Begun> {
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
  return { startMs: performance.now(), counts: pods.counts(), kernel: costs.now() };
}

function done(pods: LoadPods, costs: KernelCosts, begun: Begun) {
  const kernel = costs.now();
  const counts = pods.counts();
  const acts = Object.entries(counts).map(([name, count]) => [
    name,
    count - begun.counts[name as keyof LoadCounts],
  ]);
  return {
    seconds: (performance.now() - begun.startMs) / 1_000,
    acts: Object.fromEntries(acts) as LoadCounts,
    kernel: {
      ...kernel,
      seconds: kernel.seconds - begun.kernel.seconds,
      runs: kernel.runs - begun.kernel.runs,
    },
  };
}

async function bareSensor(
  pods: LoadPods,
  name: string,
  flags: readonly string[],
): Promise<LoadRun> {
  const costs = new KernelCosts();
  const sensor = await startBareSensor(folder, `run-${flags.join('')}`, flags);
  try {
    const begun = await begin(pods, costs);
    const usage = await watchUsage({ sensor: sensor.pid }, begun.startMs + runMs);
    const rest = done(pods, costs, begun);
    await sensor.stop();
    const told = tallyOf(sensor.path);
    return { name, ...rest, usage: { sensor: usage.sensor, all: usage.sensor }, ...told };
  } finally {
    await sensor.stop();
    costs.end();
  }
}

async function agent(
  { socket }: PrivateContainerd,
  pods: LoadPods,
  ...[name, flags]: readonly [string, readonly string[]]
): Promise<LoadRun> {
  const costs = new KernelCosts();
  const store = name.replaceAll(/\W+/g, '-');
  const running = await startBuiltAgent(folder, store, ['--containerd-socket', socket, ...flags]);
  try {
    const begun = await begin(pods, costs);
    const pids = { sensor: running.sensorPid, node: running.process.pid };
    const usage = await watchUsage(pids, begun.startMs + runMs);
    const rest = done(pods, costs, begun);
    const metrics = await running.metrics();
    const outcome = await running.stop();
    return {
      ...{ name, ...rest, outcome },
      usage: { ...usage, all: together(usage.sensor, usage.node) },
      told: byType(metrics, 'node_agent_dedup_events_total', 'passed'),
      duplicates: byType(metrics, 'node_agent_dedup_events_total', 'deduplicated'),
      unwanted: byType(metrics, 'hullwatch_unwanted_events_total'),
      lost: droppedOf(metrics),
    };
  } finally {
    await running.process.kill9();
    costs.end();
  }
}

type PerType = Readonly<Partial<Record<EventType, number>>>;

function byType(metrics: ReadonlyMap<string, number>, name: string, result = ''): PerType {
  const found = [...metrics].flatMap(([line, value]) => {
    const [, type] = /event_type="(\w+)"/.exec(line) ?? [];
    const fits = line.startsWith(`${name}{`) && line.includes(result && `result="${result}"`);
    return fits && type !== undefined ? [[type, value] as const] : [];
  });
  return Object.fromEntries(found);
}

function droppedOf(metrics: ReadonlyMap<string, number>): number {
  const dropped = [...metrics].filter(([line]) => line.includes('disposition="dropped"'));
  return dropped.reduce((sum, [, value]) => sum + value, 0);
}

/** What the frames in a file tell. */
function tallyOf(
  path: string,
): Pick<LoadRun, 'told' | 'duplicates' | 'unwanted' | 'lost' | 'outcome'> {
  const bytes = readFileSync(path);
  const decoder = new FrameDecoder(() => 0);
  const tally = { told: {}, duplicates: {}, unwanted: {} } as Record<
    string,
    Record<string, number>
  >;
  let [lost, emitted] = [0, 0];
  const add = (counts: Record<string, number> = {}, type: string, count: number) => {
    counts[type] = (counts[type] ?? 0) + count;
  };
  const take = (record: RawRecord) => {
    if (isRawEvent(record)) add(tally['told'], record.type, 1);
    if (record.type === 'totals') ({ lost, emitted } = record);
    if (record.type !== 'suppressed') return;
    for (const place of ['duplicates', 'unwanted'] as const) {
      for (const [type, count] of Object.entries(record[place])) add(tally[place], type, count);
    }
  };
  for (let at = 0; at < bytes.length; at += 65_536) {
    for (const record of decoder.push(bytes.subarray(at, at + 65_536))) take(record);
  }
  const outcome = `${emitted} emitted, ${lost} lost, ${(bytes.length / 2 ** 20).toFixed(0)} MB of frames`;
  return {
    told: tally['told'] ?? {},
    duplicates: tally['duplicates'] ?? {},
    unwanted: tally['unwanted'] ?? {},
    lost,
    outcome,
  };
}
