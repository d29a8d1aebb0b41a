// node --conditions=source --expose-gc bench/store-consolidation.ts: what merging reports into profiles costs as their number grows,
// each series in a profile of its own and all series in one profile. Beside it what must be done at least: parsing the
// same bytes, writing them as text again, and one transaction of SQLite. Each figure comes from a process of its
// own that has merged other reports before; medians. Writes the chart docs/images/store-growth.svg.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Consolidator } from '../src/consolidation/consolidator.ts';
import type { ContainerProfile } from '../src/model/profile.ts';
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { systemRandom } from '../src/runtime/random.ts';
import { openDatabase } from '../src/storage/sqlite-database.ts';
import { openSqliteProfileStore } from '../src/storage/sqlite-profile-store.ts';
import { aReport } from '../src/storage/testing/sample-profiles.ts';
import { drawCharts } from './growth-chart.ts';
import { MEASURING_FLAGS } from './launcher-flags.ts';
import { KIND } from './store-profiles.ts';
import { bareWrite } from './store-variants.ts';
import { median, printTable } from './tables.ts';
import { threadMs } from './turn-watch.ts';

const OPENS = 20;
/** Containers of one workload open much the same. */
const OWN_OPENS = 4;
const WARM_UP_SERIES = 150;
const CHART = new URL('../docs/images/store-growth.svg', import.meta.url);
const sources = { clock: systemClock, random: systemRandom, log: silentLogger };

type Shape = 'profiles' | 'one';

interface Plan {
  readonly shape: Shape;
  readonly series: number;
  readonly runs: number;
}

const PLANS: readonly Plan[] = [
  { shape: 'profiles', series: 1, runs: 3 },
  { shape: 'profiles', series: 10, runs: 3 },
  { shape: 'profiles', series: 100, runs: 3 },
  { shape: 'profiles', series: 1_000, runs: 3 },
  { shape: 'profiles', series: 10_000, runs: 1 },
  { shape: 'one', series: 1, runs: 3 },
  { shape: 'one', series: 10, runs: 3 },
  { shape: 'one', series: 100, runs: 3 },
  { shape: 'one', series: 1_000, runs: 3 },
];

/** Microseconds a series. */
interface Cost {
  readonly cpuUs: number;
  readonly wallUs: number;
  readonly leastCpuUs: number;
  readonly leastWallUs: number;
  /** The longest transaction, which nobody else can get in between, in milliseconds. */
  readonly longestMs: number;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , shape, series] = process.argv;
  if (series === undefined) compareConsolidation();
  else console.log(JSON.stringify(await measure(shape as Shape, Number(series))));
}

/** Measures all sizes, prints the table and writes the chart. */
export function compareConsolidation(): void {
  const grown = PLANS.map((plan) => ({ ...plan, ...medianOf(plan) }));
  const over = (a: number, b: number) => `${(a / b).toFixed(1)} ×`;
  printTable(
    `Consolidation of series of one report with ${OPENS} opens, µs a series`,
    [
      'series',
      'processor time',
      'at least',
      'of that',
      'time',
      'at least',
      'of that',
      'longest transaction, ms',
    ],
    grown.map(({ shape, series, cpuUs, leastCpuUs, wallUs, leastWallUs, longestMs }) => [
      `${series.toLocaleString('en')} ${shape === 'one' ? 'in one profile' : 'in as many profiles'}`,
      cpuUs.toFixed(0),
      leastCpuUs.toFixed(0),
      over(cpuUs, leastCpuUs),
      wallUs.toFixed(0),
      leastWallUs.toFixed(0),
      over(wallUs, leastWallUs),
      longestMs.toFixed(1),
    ]),
  );
  for (const shape of ['profiles', 'one'] as const) {
    const [hundred, most] = [
      grown.find((each) => each.shape === shape && each.series === 100),
      grown.findLast((each) => each.shape === shape),
    ];
    if (!hundred || !most) continue;
    const ratio = most.cpuUs / hundred.cpuUs;
    console.log(
      `Aim: linear. ${most.series.toLocaleString('en')} series ${shape === 'one' ? 'in one profile' : 'in as many profiles'} cost ${ratio.toFixed(2)} × of 100, a series (${ratio < 1.5 ? 'met' : 'NOT met'}).`,
    );
  }
  console.log('');
  mkdirSync(new URL('.', CHART), { recursive: true });
  writeFileSync(CHART, chartOf(grown));
}

function chartOf(grown: readonly (Plan & Cost)[]): string {
  const points = (shape: Shape, value: (each: Plan & Cost) => number) =>
    grown
      .filter((each) => each.shape === shape)
      .map((each) => [each.series, Math.max(1, value(each))] as const);
  return drawCharts(
    (['profiles', 'one'] as const).map((shape) => ({
      title: shape === 'one' ? 'Series in one profile' : 'Series in a profile each',
      xLabel: 'series',
      yLabel: 'processor time, µs a series',
      lines: [
        { name: 'consolidation', points: points(shape, ({ cpuUs }) => cpuUs) },
        {
          name: 'parse, write as text, SQLite',
          points: points(shape, ({ leastCpuUs }) => leastCpuUs),
        },
      ],
    })),
  );
}

function medianOf({ shape, series, runs }: Plan): Cost {
  const self = fileURLToPath(import.meta.url);
  const costs: Cost[] = Array.from({ length: runs }, () => {
    const words = [...MEASURING_FLAGS, self, shape, String(series)];
    const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`measuring consolidation failed: ${stderr}`);
    return JSON.parse(stdout);
  });
  const middle = (figure: keyof Cost) => median(costs.map((cost) => cost[figure]));
  return {
    cpuUs: middle('cpuUs'),
    wallUs: middle('wallUs'),
    leastCpuUs: middle('leastCpuUs'),
    leastWallUs: middle('leastWallUs'),
    longestMs: middle('longestMs'),
  };
}

async function measure(shape: Shape, series: number): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'hullwatch-consolidation-'));
  try {
    await measureStore(await filled(folder, shape, WARM_UP_SERIES));
    const reports = Array.from({ length: series }, (_, index) => reportOf(shape, index));
    measureLeast(join(folder, 'least-warm-up.db'), shape, reports.slice(0, WARM_UP_SERIES));
    const { cpuUs: leastCpuUs, wallUs: leastWallUs } = measureLeast(
      join(folder, 'least.db'),
      shape,
      reports,
    );
    return {
      ...(await measureStore(await filled(folder, shape, series))),
      leastCpuUs,
      leastWallUs,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Filled {
  readonly path: string;
  readonly series: number;
  readonly profiles: number;
}

/** A store with the reports; filled in memory, where a commit waits for no disk, and then put on the disk. */
async function filled(folder: string, shape: Shape, series: number): Promise<Filled> {
  const memory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : folder, 'hullwatch-fill-'));
  try {
    const store = openSqliteProfileStore({ path: join(memory, 'filled.db'), ...sources });
    const { signal } = new AbortController();
    for (let index = 0; index < series; index += 1) {
      await store.create(KIND, reportOf(shape, index), { signal });
    }
    store.close();
    const path = join(folder, `${shape}-${series}.db`);
    cpSync(join(memory, 'filled.db'), path);
    return { path, series, profiles: shape === 'one' ? 1 : series };
  } finally {
    rmSync(memory, { recursive: true });
  }
}

async function measureStore({ path, series, profiles }: Filled) {
  const store = openSqliteProfileStore({ path, ...sources });
  let longestMs = 0;
  const consolidator = new Consolidator({
    ...sources,
    store,
    observe: (seconds) => {
      longestMs = Math.max(longestMs, seconds * 1e3);
    },
  });
  const cost = await timed(series, () => consolidator.once());
  const { updated, completed } = consolidator.tally;
  if (updated + completed !== profiles)
    throw new Error(`merged ${updated + completed} of ${profiles}`);
  store.close();
  return { ...cost, longestMs };
}

/** What nobody can do without: the reports are read and parsed, and the profiles written, on the same schema. */
function measureLeast(path: string, shape: Shape, reports: readonly ContainerProfile[]) {
  const db = openDatabase({ path, log: silentLogger });
  const put = bareWrite(db);
  const texts = reports.map((report) => JSON.stringify(report));
  const startCpu = threadMs();
  const startMs = performance.now();
  const merged = texts.map((text): ContainerProfile => JSON.parse(text));
  const written = shape === 'one' ? [combined(merged)] : merged;
  for (const { metadata, spec } of written) {
    put(metadata.name, JSON.stringify(metadata), JSON.stringify({ spec }));
  }
  const wallUs = ((performance.now() - startMs) * 1e3) / reports.length;
  const cpuUs = ((threadMs() - startCpu) * 1e3) / reports.length;
  db.close();
  return { cpuUs, wallUs };
}

function combined(reports: readonly ContainerProfile[]): ContainerProfile {
  const opens = reports.flatMap(({ spec }) => spec.opens ?? []);
  const unlike = new Map(opens.map((open) => [open.path, open]));
  return { ...(reports[0] as ContainerProfile), spec: { opens: [...unlike.values()] } };
}

async function timed(series: number, work: () => Promise<unknown>) {
  const startCpu = threadMs();
  const startMs = performance.now();
  await work();
  const wallUs = ((performance.now() - startMs) * 1e3) / series;
  return { wallUs, cpuUs: ((threadMs() - startCpu) * 1e3) / series };
}

function reportOf(shape: Shape, index: number): ContainerProfile {
  const opens = Array.from({ length: OPENS }, (_, i) => ({
    path:
      i < OPENS - OWN_OPENS
        ? `/usr/lib/app/module-${i}/lib.so`
        : `/var/lib/app/instance-${index}/segment-${i}/data`,
    flags: ['O_RDONLY', 'O_CLOEXEC'],
  }));
  const profile = shape === 'one' ? 'web' : `web-${index}`;
  const report = aReport([0, 10], {
    profile,
    namespace: 'bench',
    series: `series-${index}`,
    suffix: `report${index}`,
    spec: { opens },
  });
  return { ...report, metadata: { ...report.metadata, labels: { app: profile } } };
}
