// node --conditions=source bench/learning-duplicates.ts KIND DISTINCT: what one event costs a recording, as JSON.
//
// First the distinct events are learned (`newNs` each), then alike events come again and again in a
// shuffled order. Every duplicate is an object of its own with texts of its own, as a sensor makes them:
// a text that is new has to be hashed once. `baselineNs` is a bare `Set.add` of such texts (the paths of
// opens) in a like order; `loopNs`, the cost of going over the events, has been taken off both.
//
// The three are measured in turns, and each goes first as often as the others. Others are at work on the
// machine, so of all rounds only the quarter counts that was done soonest; of that, the medians.

import { DEFAULT_BOUNDS } from '../src/learning/options.ts';
import { Recording } from '../src/learning/recording.ts';
import type { AttributedEvent } from '../src/model/attributed-event.ts';
import { fresh, KINDS, type Kind, pathOf } from './learning-events.ts';
import { median } from './tables.ts';

const WARM_UP_ROUNDS = 150;
const ROUNDS = 600;
/** Few enough to stay in the processor's cache, as an event does between decoding and learning. */
const EVENTS = 250;

const [, , name, size] = process.argv;
if (!(name !== undefined && name in KINDS))
  throw new Error(`expected a kind: ${Object.keys(KINDS)}`);
const make = KINDS[name as Kind];
const distinct = Number(size);
const roomy = { ...DEFAULT_BOUNDS, maxEntries: 1e9, maxSizeChars: 1e12 };

interface Costs {
  readonly loopNs: number;
  readonly duplicateNs: number;
  readonly baselineNs: number;
}
const TURNS = ['loopNs', 'duplicateNs', 'baselineNs'] as const;

let sink = 0;
const recording = new Recording(roomy);
const all = Array.from({ length: distinct }, (_, n) => make(n));
const firstMs = performance.now();
for (const event of all) recording.observe(event);
const newNs = ((performance.now() - firstMs) * 1e6) / distinct;
all.length = 0;

const known = new Set<string>();
for (let n = 0; n < distinct; n += 1) known.add(fresh(pathOf(n)));

const freshPath = (n: number) => fresh(pathOf(n));
const addPath = (path: string) => known.add(path);
const learn = (event: AttributedEvent) => recording.observe(event);
const goOver = ({ event }: AttributedEvent) => {
  sink += event.seq;
};
const measured = Array.from({ length: WARM_UP_ROUNDS + ROUNDS }, (_, round) => measure(round));
const undisturbed = measured
  .slice(WARM_UP_ROUNDS)
  .sort((a, b) => sumOf(a) - sumOf(b))
  .slice(0, ROUNDS / 4);
if (recording.dropped > 0 || sink === 0) throw new Error('measured something else');
const loopNs = median(undisturbed.map((round) => round.loopNs));
const duplicateNs = median(undisturbed.map((round) => round.duplicateNs)) - loopNs;
const baselineNs = median(undisturbed.map((round) => round.baselineNs)) - loopNs;
console.log(JSON.stringify({ newNs, duplicateNs, baselineNs, ratio: duplicateNs / baselineNs }));

function measure(round: number): Costs {
  const order = Array.from({ length: EVENTS }, (_, i) => (i * 7_919 + round * 104_729) % distinct);
  const costs: Record<keyof Costs, number> = { loopNs: 0, duplicateNs: 0, baselineNs: 0 };
  for (let turn = 0; turn < TURNS.length; turn += 1) {
    const name = TURNS[(turn + round) % TURNS.length] ?? 'loopNs';
    // Each has its events made just before, so that none finds older ones than another.
    if (name === 'baselineNs') costs[name] = costOf(order.map(freshPath), addPath);
    else costs[name] = costOf(order.map(make), name === 'loopNs' ? goOver : learn);
  }
  return costs;
}

function sumOf({ loopNs, duplicateNs, baselineNs }: Costs): number {
  return loopNs + duplicateNs + baselineNs;
}

function costOf<T>(items: readonly T[], each: (item: T) => void): number {
  const startMs = performance.now();
  for (const item of items) each(item);
  return ((performance.now() - startMs) * 1e6) / items.length;
}
