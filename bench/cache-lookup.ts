// node --conditions=source bench/cache-lookup.ts: prints the table of bench/lookup.ts with a second scan
// beside it, that of the older design, which compares entries without a wildcard letter by letter. The aim
// is held against the faster of the two scans.
import { comparePaths } from './baseline/two-caches/linear-compare.ts';
import { type LookupRow, measureLookups } from './lookup.ts';
import { median, printTable } from './tables.ts';

const AIM = { entries: 10_000, timesSetHas: 20, timesFasterThanScan: 300 };
const ROUNDS = 15;
const QUESTIONS = 50;

const rows = measureLookups().map((row) => ({ ...row, olderNs: olderScanNs(row.entries) }));
printTable(
  'Lookup of an opened path: ns a question, median of the rounds',
  [
    'entries',
    'hit',
    'miss',
    'bare Set.has, miss',
    'scan by pattern, miss',
    'scan of the two caches, miss',
    'miss of Set.has',
    'faster scan of miss',
  ],
  rows.map(({ entries, hitNs, missNs, setHasNs, scanMissNs, olderNs }) => [
    entries.toLocaleString('en'),
    ...[hitNs, missNs, setHasNs, scanMissNs, olderNs].map((ns) => ns.toFixed(0)),
    `${(missNs / setHasNs).toFixed(1)} ×`,
    `${(Math.min(scanMissNs, olderNs) / missNs).toFixed(0)} ×`,
  ]),
);
const aimed = rows.find(({ entries }) => entries === AIM.entries);
const isNearSet = aimed !== undefined && aimed.missNs / aimed.setHasNs <= AIM.timesSetHas;
const isFaster =
  aimed !== undefined &&
  Math.min(aimed.scanMissNs, aimed.olderNs) / aimed.missNs >= AIM.timesFasterThanScan;
console.log(
  `Aim at ${AIM.entries.toLocaleString('en')} entries: a miss within ${AIM.timesSetHas} × of Set.has ` +
    `(${verdict(isNearSet)}), ${AIM.timesFasterThanScan} × faster than the scan (${verdict(isFaster)}).\n`,
);

/** What a miss costs the older design with so many entries, one in twenty a pattern. */
function olderScanNs(entries: LookupRow['entries']): number {
  const paths = Array.from({ length: entries }, (_, i) =>
    i % 20 === 0 ? `/var/lib/app/d${i}/⋯/data-${i}` : `/usr/share/d${i >> 6}/file-${i}.so.1`,
  );
  const missing = Array.from(
    { length: QUESTIONS },
    (_, i) => `/usr/share/d${i}/file-none-${i}.so.1`,
  );
  const rounds = Array.from({ length: ROUNDS }, () => {
    const startMs = performance.now();
    const found = missing.filter((path) => paths.some((entry) => comparePaths(entry, path)));
    if (found.length > 0) throw new Error(`${found.length} paths were found that are not there`);
    return ((performance.now() - startMs) * 1e6) / QUESTIONS;
  });
  return median(rounds);
}

function verdict(isMet: boolean): string {
  return isMet ? 'met' : 'NOT met';
}
