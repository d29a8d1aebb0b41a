// node --conditions=source bench/learning-duplicates.ts KIND DISTINCT: what one event costs a recording, as JSON.
//
// First the distinct events are learned (`newNs` each), then alike events come again and again in a
// shuffled order. Every duplicate is an object of its own with texts of its own, as a sensor makes them:
// a text that is new has to be hashed once. `baselineNs` is a bare `Set.add` of such texts (the paths of
// opens) in the same order; `loopNs`, the cost of going over the events, has been taken off both.

import { DEFAULT_BOUNDS } from '../src/learning/options.ts';
import { Recording } from '../src/learning/recording.ts';
import { fresh, KINDS, type Kind, pathOf } from './learning-events.ts';

const ROUNDS = 600;
/** Few enough to stay in the processor's cache, as an event does between decoding and learning. */
const EVENTS = 250;

const [, , name, size] = process.argv;
if (!(name !== undefined && name in KINDS))
  throw new Error(`expected a kind: ${Object.keys(KINDS)}`);
const make = KINDS[name as Kind];
const distinct = Number(size);
const roomy = { ...DEFAULT_BOUNDS, maxEntries: 1e9, maxSizeChars: 1e12 };

let sink = 0;
const recording = new Recording(roomy);
const firstMs = performance.now();
for (let n = 0; n < distinct; n += 1) recording.observe(make(n));
const newNs = ((performance.now() - firstMs) * 1e6) / distinct;

const known = new Set<string>();
for (let n = 0; n < distinct; n += 1) known.add(pathOf(n));
const duplicateNs: number[] = [];
const baselineNs: number[] = [];
const loopNs: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const order = Array.from({ length: EVENTS }, (_, i) => (i * 7_919 + round * 104_729) % distinct);
  const events = order.map(make);
  const spare = order.map(make);
  const paths = order.map((n) => fresh(pathOf(n)));
  loopNs.push(
    costOf(spare, ({ event }) => {
      sink += event.seq;
    }),
  );
  duplicateNs.push(costOf(events, (event) => recording.observe(event)));
  baselineNs.push(costOf(paths, (path) => known.add(path)));
}
if (recording.dropped > 0 || sink === 0) throw new Error('measured something else');
/** Others are at work on the machine: the least disturbed round says most. */
const least = (values: readonly number[]) => Math.min(...values.slice(100));
const withoutLoop = (values: readonly number[]) => least(values) - least(loopNs);
console.log(
  JSON.stringify({
    newNs,
    duplicateNs: withoutLoop(duplicateNs),
    baselineNs: withoutLoop(baselineNs),
  }),
);

function costOf<T>(items: readonly T[], each: (item: T) => void): number {
  const startMs = performance.now();
  for (const item of items) each(item);
  return ((performance.now() - startMs) * 1e6) / items.length;
}
