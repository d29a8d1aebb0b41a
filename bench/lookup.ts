// node --conditions=source bench/lookup.ts: what it costs to ask a profile about an open, beside a bare
// Set of the same paths, which knows no patterns, and beside a scan of all entries.

import { matchesPath } from '../src/profile/path-pattern.ts';
import { ProfileCompiler } from '../src/profile/profile-compiler.ts';
import { EVERYTHING } from '../src/profile/profile-needs.ts';

const ROUNDS = 15;
const QUESTIONS = 2_000;
const PATTERNS_IN = 20;
const ROOTS = ['usr/lib/x86_64-linux-gnu', 'usr/share/zoneinfo', 'etc/ssl/certs', 'var/lib/app'];

/** What a question costs with so many entries, in nanoseconds. */
export interface LookupRow {
  readonly entries: number;
  readonly hitNs: number;
  readonly missNs: number;
  /** A path that the Set does not have. */
  readonly setHasNs: number;
  readonly scanMissNs: number;
}

/** Measures each number of entries, the contestants in turn in every round; the median of all rounds. */
export function measureLookups(sizes: readonly number[] = [100, 1_000, 10_000]): LookupRow[] {
  return sizes.map(measureLookup);
}

function measureLookup(entries: number): LookupRow {
  const paths = Array.from({ length: entries }, (_, i) => entryPath(i));
  const compiled = new ProfileCompiler(1).compile(
    { opens: paths.map((path) => ({ path, flags: ['O_RDONLY'] })) },
    EVERYTHING,
  );
  const literals = paths.filter((path) => !path.includes('⋯'));
  const set = new Set(literals);
  const hits = questions((i) => literals[(i * 7_919) % literals.length] ?? '');
  // They begin like entries, and like patterns, as what a program newly opens does.
  const misses = questions((i) =>
    entryPath(i * 31)
      .replace('⋯', `p${i}`)
      .concat('.new'),
  );
  const scanned = misses.slice(0, Math.max(10, Math.ceil(100_000 / entries)));
  const costs = { hitNs: [], missNs: [], setHasNs: [], scanMissNs: [] } as Record<string, number[]>;
  for (let round = 0; round < ROUNDS; round += 1) {
    costs['hitNs']?.push(costOf(hits, (path) => compiled.wasPathOpened(path), true));
    costs['missNs']?.push(costOf(misses, (path) => compiled.wasPathOpened(path), false));
    costs['setHasNs']?.push(costOf(misses, (path) => set.has(path), false));
    const scan = (path: string) => paths.some((entry) => matchesPath(entry, path));
    costs['scanMissNs']?.push(costOf(scanned, scan, false));
  }
  const medians = Object.entries(costs).map(([name, all]) => [name, median(all)]);
  return { entries, ...Object.fromEntries(medians) } as LookupRow;
}

/** One in twenty is a pattern. */
function entryPath(i: number): string {
  const root = ROOTS[i % ROOTS.length];
  return i % PATTERNS_IN === 0
    ? `/${root}/d${Math.floor(i / 97)}/⋯/data-${i}`
    : `/${root}/d${Math.floor(i / 97)}/file-${i}.so.1`;
}

/** Each a text of its own, as an event brings it; their hashes are known, as `Set.has` likes it best. */
function questions(pathOf: (i: number) => string): readonly string[] {
  const paths = Array.from({ length: QUESTIONS }, (_, i) => JSON.stringify(pathOf(i)));
  const asked = paths.map((path): string => JSON.parse(path));
  new Set(asked);
  return asked;
}

function costOf(paths: readonly string[], ask: (path: string) => boolean, wanted: boolean): number {
  const startMs = performance.now();
  let right = 0;
  for (const path of paths) if (ask(path) === wanted) right += 1;
  const ns = ((performance.now() - startMs) * 1e6) / paths.length;
  if (right !== paths.length) throw new Error(`${paths.length - right} wrong answers`);
  return ns;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

if (import.meta.main) {
  for (const row of measureLookups()) {
    const cells = Object.entries(row).map(([name, value]) => `${name} ${value.toFixed(0)}`);
    const ofSet = (row.missNs / row.setHasNs).toFixed(1);
    const ofScan = (row.scanMissNs / row.missNs).toFixed(0);
    console.log(`${cells.join('  ')}  miss: ${ofSet} x Set.has, 1/${ofScan} of the scan`);
  }
}
