// node --conditions=source bench/cache-growth.ts: what the profile cache costs as it grows, from 30 to
// 30,000 containers in 10 namespaces, three for each profile. Profiles have a tenth of the usual entries,
// so that 10,000 of them can be made; one row has them whole. Each figure is the median of three processes
// (one for 30,000). The store reads files and its memory is not counted. Times are processor time of the
// thread. Writes the chart docs/images/cache-growth.svg.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EVERYTHING } from '../src/profile/profile-needs.ts';
import type { ProfileCache } from '../src/profile-cache/profile-cache.ts';
import type { VirtualClock } from '../src/runtime/virtual-clock.ts';
import { collectedBytes } from './collected-bytes.ts';
import { CountingStore } from './counting-store.ts';
import { drawCharts } from './growth-chart.ts';
import { MEASURING_FLAGS } from './launcher-flags.ts';
import { ProfileFiles, readContainers, writeFleet } from './profile-files.ts';
import { FLEET, FULL_SIZE, makeFleet, type ProfileSize, SMALL_SIZE } from './profile-maker.ts';
import { PUBLIC_RULE_NEEDS } from './rule-needs.ts';
import { startCache } from './running-cache.ts';
import { median, printTable } from './tables.ts';
import { TurnWatch, threadMs } from './turn-watch.ts';
import { WorkedClock } from './worked-clock.ts';

interface Plan {
  readonly entries: number;
  readonly size: ProfileSize;
  readonly runs: number;
}

const PLANS: readonly Plan[] = [
  { entries: 30, size: SMALL_SIZE, runs: 3 },
  { entries: 300, size: SMALL_SIZE, runs: 3 },
  { entries: 3_000, size: SMALL_SIZE, runs: 3 },
  { entries: 30_000, size: SMALL_SIZE, runs: 1 },
];
const WHOLE: Plan = { entries: 300, size: FULL_SIZE, runs: 3 };
/** Slices must stay below this at so many entries. */
const AIM = { entries: 3_000, sliceMs: 10 };
const TICK_MS = 30_000;
const TICKS = 10;
const HOUR_MS = 3_600_000;
/** Real time; the machine may have more to do. */
const PATIENCE_MS = 180_000;
const CHART = new URL('../docs/images/cache-growth.svg', import.meta.url);

/** What was measured at one size. */
interface Growth {
  /** Processor time of one tick in which nothing changed, with everything else that happens in 30 s. */
  readonly tickMs: number;
  /** The longest turn of the event loop during ticks. */
  readonly tickSliceMs: number;
  readonly bytesPerEntry: number;
  readonly callsPerHour: number;
  /** Time of the thread until every entry has what new rules need, and the longest turn meanwhile. */
  readonly reprojectMs: number;
  readonly reprojectSliceMs: number;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , folder] = process.argv;
  if (folder === undefined) compareGrowth();
  else console.log(JSON.stringify(await measure(folder)));
}

/** Measures all sizes, prints the table and writes the chart. */
export function compareGrowth(): void {
  const grown = PLANS.map((plan) => ({ ...plan, ...medianOf(plan) }));
  const whole = { ...WHOLE, ...medianOf(WHOLE) };
  printTable(
    'Growth, three containers for each profile (120 opens, 6 execs, 40 syscalls, 4 endpoints, 5 neighbors; whole: ten times that)',
    [
      'containers',
      'tick, ms',
      'longest slice of ticks, ms',
      'KB a container',
      'calls an hour',
      'new needs everywhere, ms',
      'longest slice of that, ms',
    ],
    [...grown, whole].map((size) => [
      `${size.entries.toLocaleString('en')}${size.size === FULL_SIZE ? ', profiles whole' : ''}`,
      size.tickMs.toFixed(2),
      size.tickSliceMs.toFixed(1),
      (size.bytesPerEntry / 1e3).toFixed(2),
      String(size.callsPerHour),
      size.reprojectMs.toFixed(0),
      size.reprojectSliceMs.toFixed(1),
    ]),
  );
  const aimed = grown.find(({ entries }) => entries === AIM.entries);
  const isMet =
    aimed !== undefined && Math.max(aimed.tickSliceMs, aimed.reprojectSliceMs) <= AIM.sliceMs;
  console.log(
    `Aim: no slice longer than ${AIM.sliceMs} ms with 3,000 entries (${isMet ? 'met' : 'NOT met'}).\n`,
  );
  mkdirSync(new URL('.', CHART), { recursive: true });
  writeFileSync(CHART, chartOf(grown));
}

function medianOf(plan: Plan): Growth {
  const folder = mkdtempSync(join(tmpdir(), 'hullwatch-growth-'));
  try {
    const fleet = { ...FLEET, size: plan.size, reading: 'replicas' } as const;
    writeFleet(join(folder, 'fleet'), makeFleet(plan.entries / 3, fleet));
    writeFleet(join(folder, 'warm-up'), makeFleet(10, { ...fleet, seed: 99 }));
    const runs = Array.from({ length: plan.runs }, () => measureInProcess(folder));
    const middle = (figure: keyof Growth) => median(runs.map((run) => run[figure]));
    return {
      tickMs: middle('tickMs'),
      tickSliceMs: middle('tickSliceMs'),
      bytesPerEntry: middle('bytesPerEntry'),
      callsPerHour: middle('callsPerHour'),
      reprojectMs: middle('reprojectMs'),
      reprojectSliceMs: middle('reprojectSliceMs'),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measureInProcess(folder: string): Growth {
  const self = fileURLToPath(import.meta.url);
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...MEASURING_FLAGS, self, folder],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`measuring growth failed: ${stderr}`);
  return JSON.parse(stdout);
}

async function measure(folder: string): Promise<Growth> {
  await measureFleet(join(folder, 'warm-up'));
  return measureFleet(join(folder, 'fleet'));
}

async function measureFleet(folder: string): Promise<Growth> {
  const clock = new WorkedClock();
  const containers = readContainers(folder);
  const store = new CountingStore(new ProfileFiles(folder, clock), clock);
  const before = await collectedBytes();
  const running = await startCache({ store, clock, containers, needs: PUBLIC_RULE_NEEDS });
  await clock.advance(4 * TICK_MS);
  const bytesPerEntry = ((await collectedBytes()) - before) / containers.length;
  const ticks = await measureTicks(clock);
  store.reset();
  await clock.advance(HOUR_MS);
  const callsPerHour = store.calls.get + store.calls.list + store.calls.watch;
  const ids = containers.map(({ id }) => id);
  const reprojection = await measureReprojection(running.cache, { clock, ids });
  await running.end();
  return { ...ticks, bytesPerEntry, callsPerHour, ...reprojection };
}

async function measureTicks(clock: VirtualClock) {
  const watch = new TurnWatch();
  const ticksMs: number[] = [];
  const slicesMs: number[] = [];
  for (let tick = 0; tick < TICKS; tick += 1) {
    const startMs = threadMs();
    slicesMs.push(await watch.longestDuring(() => clock.advance(TICK_MS)));
    ticksMs.push(threadMs() - startMs);
  }
  return { tickMs: median(ticksMs), tickSliceMs: Math.max(...slicesMs) };
}

async function measureReprojection(
  cache: ProfileCache,
  { clock, ids }: { readonly clock: VirtualClock; readonly ids: readonly string[] },
) {
  const watch = new TurnWatch();
  const isDone = () =>
    ids.every((id) => cache.getContainerProfile(id)?.profile.needs.endpoints.all === true);
  const startMs = threadMs();
  const deadlineMs = performance.now() + PATIENCE_MS;
  let sliceMs = await watch.longestDuring(async () => {
    cache.needsChanged(EVERYTHING);
    await clock.advance(1_000);
  });
  while (!isDone()) {
    if (performance.now() > deadlineMs) throw new Error('new needs did not reach all entries');
    sliceMs = Math.max(sliceMs, await watch.longestDuring(() => clock.advance(1_000)));
  }
  return { reprojectMs: threadMs() - startMs, reprojectSliceMs: sliceMs };
}

function chartOf(grown: readonly (Growth & Plan)[]): string {
  const line = (name: string, value: (size: Growth & Plan) => number) => ({
    name,
    points: grown.map((size) => [size.entries, Math.max(value(size), 0.01)] as const),
  });
  const xLabel = 'containers';
  return drawCharts([
    {
      title: 'Tick in which nothing changed',
      xLabel,
      yLabel: 'processor time, ms',
      lines: [
        line('all of it', ({ tickMs }) => tickMs),
        line('longest slice', ({ tickSliceMs }) => tickSliceMs),
      ],
    },
    {
      title: 'Rules that need more: re-projection',
      xLabel,
      yLabel: 'processor time, ms',
      lines: [
        line('until all entries have it', ({ reprojectMs }) => reprojectMs),
        line('longest slice', ({ reprojectSliceMs }) => reprojectSliceMs),
      ],
    },
    {
      title: 'Memory',
      xLabel,
      yLabel: 'kilobytes a container',
      lines: [line('memory', ({ bytesPerEntry }) => bytesPerEntry / 1e3)],
    },
    {
      title: 'Store calls in a steady hour',
      xLabel,
      yLabel: 'calls',
      lines: [line('calls', ({ callsPerHour }) => callsPerHour)],
    },
  ]);
}
