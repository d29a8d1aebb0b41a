// npm run bench:learning: what an event learned costs, new and known, and what a container's distinct opens keep
// in memory, beside a bare Set of the same paths. Every figure comes from a process of its own, so that
// what ran before has compiled nothing for it; of three processes the median. About two minutes.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MEASURING_FLAGS } from './launcher-flags.ts';
import { KINDS, type Kind } from './learning-events.ts';
import { median, printTable } from './tables.ts';

const RUNS = 3;
const KNOWN = 1_000;
const SIZES = [1_000, 10_000, 100_000];
/** The aim for an event that is known. */
const AIM_NS = 100;

function measure(file: string, ...args: readonly (string | number)[]): Record<string, number> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const words = [...MEASURING_FLAGS, path, ...args.map(String)];
  const runs = Array.from(
    { length: RUNS },
    () => JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as object,
  );
  const names = Object.keys(runs[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, median(runs.map((run) => Number(Reflect.get(run, name))))]),
  );
}

const ns = (value = Number.NaN) => `${value.toFixed(0)} ns`;
const kinds = Object.keys(KINDS) as Kind[];
printTable(
  `An event that is known (${KNOWN} distinct ones)`,
  ['event', 'known', 'a bare Set.add of a path', 'known, over that', `under ${AIM_NS} ns`],
  kinds.map((kind) => {
    const { duplicateNs = 0, baselineNs = 0 } = measure('learning-duplicates.ts', kind, KNOWN);
    const ratio = `${(duplicateNs / baselineNs).toFixed(1)}×`;
    return [kind, ns(duplicateNs), ns(baselineNs), ratio, duplicateNs < AIM_NS ? 'yes' : 'no'];
  }),
);

/** What a process that holds one open seems to keep: the measuring itself. */
const [ownFloor, setFloor] = [bytesKept(1, 'recording'), bytesKept(1, 'set')];
const kilobytes = (bytes: number) => `${(bytes / 1_024).toFixed(0)} KB`;
printTable(
  'Distinct opens of one container',
  ['opens', 'kept', 'per open', 'each, new', 'a bare Set of the paths keeps'],
  SIZES.map((size) => {
    const { bytes = 0, newNs } = measure('learning-memory.ts', size, 'recording');
    const own = bytes - ownFloor;
    const set = bytesKept(size, 'set') - setFloor;
    return [`${size}`, kilobytes(own), `${(own / size).toFixed(0)} B`, ns(newNs), kilobytes(set)];
  }),
);

printTable(
  'Opens known, by how many are',
  ['distinct', 'known', 'a bare Set.add'],
  SIZES.map((size) => {
    const { duplicateNs, baselineNs } = measure('learning-duplicates.ts', 'open', size);
    return [`${size}`, ns(duplicateNs), ns(baselineNs)];
  }),
);

function bytesKept(size: number, holder: 'recording' | 'set'): number {
  return measure('learning-memory.ts', size, holder)['bytes'] ?? 0;
}
