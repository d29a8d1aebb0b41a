// npm run bench:learning: what an event learned costs, new and known, and what a container's distinct opens keep
// in memory, beside a bare Set of the same paths. Every figure comes from a process of its own, so that
// what ran before has compiled nothing for it; of three processes the median. About two minutes.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MEASURING_FLAGS } from './launcher-flags.ts';
import { KINDS, type Kind } from './learning-events.ts';
import { median, printTable } from './tables.ts';

const RUNS = 3;
/** A container knows a few dozen commands, and mostly fewer than a thousand of anything. */
const KNOWN = [100, 1_000];
const SIZES = [1_000, 10_000, 100_000];
/** The aim for an event that is known. */
const AIM_NS = 100;
/** The aim where the paths do not fit into the processor's caches, which costs a bare Set as much. */
const AIM_RATIO = 1.2;

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
const times = (value = Number.NaN) => `${value.toFixed(2)} ×`;
const kinds = Object.keys(KINDS) as Kind[];
for (const distinct of KNOWN) {
  printTable(
    `An event that is known, of ${distinct} distinct ones`,
    ['event', 'known', 'a bare Set.add of a path', 'known, over that', `under ${AIM_NS} ns`],
    kinds.map((kind) => {
      const cost = measure('learning-duplicates.ts', kind, distinct);
      const { duplicateNs = Number.NaN, baselineNs, ratio } = cost;
      const isMet = duplicateNs < AIM_NS ? 'yes' : 'no';
      return [kind, ns(duplicateNs), ns(baselineNs), times(ratio), isMet];
    }),
  );
}

/** What a process that holds one open seems to keep: the measuring itself. */
const [ownFloor, setFloor] = [bytesKept(1, 'recording'), bytesKept(1, 'set')];
const kilobytes = (bytes: number) => `${(bytes / 1_024).toFixed(0)} KB`;
printTable(
  'Distinct opens of one container, in memory',
  ['opens', 'kept', 'per open', 'a bare Set of the paths keeps', 'kept, over that'],
  SIZES.map((size) => {
    const own = bytesKept(size, 'recording') - ownFloor;
    const set = bytesKept(size, 'set') - setFloor;
    const perOpen = `${(own / size).toFixed(0)} B`;
    return [`${size}`, kilobytes(own), perOpen, kilobytes(set), times(own / set)];
  }),
);

printTable(
  'Opens of one container, by how many distinct ones there are',
  ['opens', 'new', 'known', 'a bare Set.add', 'known, over that', `within ${AIM_RATIO} ×`],
  SIZES.map((size) => {
    const cost = measure('learning-duplicates.ts', 'open', size);
    const { newNs, duplicateNs, baselineNs, ratio = Number.NaN } = cost;
    const isMet = ratio <= AIM_RATIO ? 'yes' : 'no';
    return [`${size}`, ns(newNs), ns(duplicateNs), ns(baselineNs), times(ratio), isMet];
  }),
);

function bytesKept(size: number, holder: 'recording' | 'set'): number {
  return measure('learning-memory.ts', size, holder)['bytes'] ?? 0;
}
