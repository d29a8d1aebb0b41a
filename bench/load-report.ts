import { EVENT_TYPES, type EventType } from '#model/raw-event.js';
import type { KernelCost } from './kernel-cost.ts';
import type { LoadCounts } from './load-pods.ts';
import { printTable } from './tables.ts';
import type { Usage } from './usage.ts';

/** One run of the load bench. */
export interface LoadRun {
  readonly name: string;
  readonly seconds: number;
  /** What the load did in that time. */
  readonly acts: LoadCounts;
  /** Of the kernel's programs in that time; the maps at its end. */
  readonly kernel: KernelCost;
  readonly usage: Readonly<Partial<Record<'sensor' | 'node', Usage>>> & { readonly all: Usage };
  /** Events by type since the start, the warm-up included: that went on, that were duplicates, that nobody wanted. */
  readonly told: PerType;
  readonly duplicates: PerType;
  readonly unwanted: PerType;
  readonly lost: number;
  readonly outcome: string;
}

type PerType = Readonly<Partial<Record<EventType, number>>>;

interface Load {
  readonly minutes: number;
  readonly cpuMs: number;
  readonly rates: LoadCounts;
}

/** Prints what docs/benchmarks.md holds of this bench. */
export function printLoadRuns(runs: readonly LoadRun[], load: Load): void {
  const rates = Object.entries(load.rates).map(([name, rate]) => `${rate} ${name}`);
  console.log(
    `Each second: ${rates.join(', ')}, and ${load.cpuMs} ms of computing on one processor; ${load.minutes} min a run.\n`,
  );
  printCost(runs);
  printDedup(runs);
  printCounters(runs);
  printRatios(runs);
  for (const { name, outcome } of runs) console.log(`${name}: ${outcome}`);
}

function printCost(runs: readonly LoadRun[]): void {
  const cores = (value: number) => value.toFixed(4);
  const megabytes = (value: number) => value.toFixed(1);
  const of = (usage: Usage | undefined, show: (usage: Usage) => string) =>
    usage ? show(usage) : '';
  printTable(
    'Processor and memory',
    [
      ...['run', 'cores, average', 'cores, peak', 'sensor', 'node', 'kernel programs'],
      ...['ns a program run', 'MB, average', 'MB, peak', 'MB of kernel maps', 'lost'],
    ],
    runs.map(({ name, usage, kernel, seconds, lost }) => [
      name,
      cores(usage.all.averageCores),
      cores(usage.all.peakCores),
      of(usage.sensor, ({ averageCores }) => cores(averageCores)),
      of(usage.node, ({ averageCores }) => cores(averageCores)),
      cores(kernel.seconds / seconds),
      ((kernel.seconds * 1e9) / kernel.runs).toFixed(0),
      megabytes(usage.all.averageMb),
      megabytes(usage.all.peakMb),
      megabytes(kernel.mapsMb),
      String(lost),
    ]),
  );
}

function printDedup(runs: readonly LoadRun[]): void {
  const [run] = runs.filter(({ name }) => name === 'agent, dedup on');
  if (!run) return;
  const rows = EVENT_TYPES.flatMap((type) => {
    const passed = run.told[type] ?? 0;
    const duplicates = run.duplicates[type] ?? 0;
    const all = passed + duplicates;
    if (all === 0) return [];
    return [
      [type, String(passed), String(duplicates), `${((duplicates / all) * 100).toFixed(1)} %`],
    ];
  });
  printTable(
    'Deduplication by type (agent, dedup on)',
    ['type', 'passed', 'duplicates', 'ratio'],
    rows,
  );
}

/** What each run had to do with, whether it went on or not: before and after are to be alike. */
function printCounters(runs: readonly LoadRun[]): void {
  const rows = EVENT_TYPES.flatMap((type) => {
    const counts = runs.map(({ told, duplicates, unwanted }) => ({
      seen: (told[type] ?? 0) + (duplicates[type] ?? 0),
      unwanted: unwanted[type] ?? 0,
    }));
    if (counts.every(({ seen, unwanted }) => seen + unwanted === 0)) return [];
    const show = ({ seen, unwanted }: { readonly seen: number; readonly unwanted: number }) =>
      unwanted > 0 ? `${seen} (+ ${unwanted} unwanted)` : String(seen);
    return [[type, ...counts.map(show)]];
  });
  printTable(
    'Events by type, duplicates included',
    ['type', ...runs.map(({ name }) => name)],
    rows,
  );
}

function printRatios(runs: readonly LoadRun[]): void {
  const coresOf = ({ usage, kernel, seconds }: LoadRun) => ({
    processes: usage.all.averageCores,
    withKernel: usage.all.averageCores + kernel.seconds / seconds,
  });
  const bare = runs.filter(({ name }) => name.startsWith('bare'));
  const rows = runs
    .filter(({ name }) => name.startsWith('agent'))
    .map((run) => {
      const own = coresOf(run);
      const ratios = bare.flatMap((each) => {
        const other = coresOf(each);
        return [own.processes / other.processes, own.withKernel / other.withKernel];
      });
      return [run.name, ...ratios.map((ratio) => `${ratio.toFixed(2)} ×`)];
    });
  const heads = bare.flatMap(({ name }) => [`of ${name}`, `the same, kernel programs included`]);
  printTable('Agent beside the bare sensor, processor time', ['run', ...heads], rows);
}
