// node --conditions=source --expose-gc bench/learning-memory.ts DISTINCT HOLDER: bytes that distinct opens keep, as JSON.
//
// The holder is `recording`, or `set`: a bare Set of the same paths. Paths are texts of their own; the
// events they came in are let go.
import { DEFAULT_BOUNDS } from '../src/learning/options.ts';
import { Recording } from '../src/learning/recording.ts';
import { collectedBytes } from './collected-bytes.ts';
import { fresh, KINDS, pathOf } from './learning-events.ts';

const [, , size, holder] = process.argv;
const distinct = Number(size);
const roomy = { ...DEFAULT_BOUNDS, maxEntries: 1e9, maxSizeChars: 1e12 };

fill(20_000);
fill(20_000);
const before = await collectedBytes();
const kept = fill(distinct);
const bytes = (await collectedBytes()) - before;
console.log(JSON.stringify({ bytes, kept: kept.constructor.name }));

function fill(count: number): object {
  if (holder === 'set') {
    const set = new Set<string>();
    for (let n = 0; n < count; n += 1) set.add(fresh(pathOf(n)));
    return set;
  }
  const recording = new Recording(roomy);
  for (let n = 0; n < count; n += 1) recording.observe(KINDS.open(n));
  return recording;
}
