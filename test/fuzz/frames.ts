// node --conditions=source test/fuzz/frames.ts [FRAMES] [SEED]: a million mutated frames (unless told otherwise) against
// the decoder. Each must be accounted for, and memory must not grow; ends with status 1 and the seed otherwise.
import { fuzzFrames } from '../../src/sensor/testing/mutated-frames.ts';

const PORTION = 10_000;
const MOST_MB = 300;

const [frames = 1_000_000, given] = process.argv.slice(2).map(Number);
const seed = given ?? Math.floor(Number(process.hrtime.bigint() % 2n ** 31n));
const startMs = performance.now();
let done = 0;
let records = 0;
let damaged = 0;
let mostMb = 0;
console.log(`seed ${seed}`);
try {
  while (done < frames) {
    const portion = fuzzFrames(Math.min(PORTION, frames - done), seed + done);
    done += portion.frames;
    records += portion.records;
    damaged += portion.damaged;
    mostMb = Math.max(mostMb, process.memoryUsage.rss() / 2 ** 20);
  }
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
  console.log(
    `${done} mutated frames in ${seconds} s: ${records} records, ${damaged} of them damaged; at most ${mostMb.toFixed(0)} MB`,
  );
  if (mostMb > MOST_MB) throw new Error(`memory grew to ${mostMb.toFixed(0)} MB`);
} catch (error) {
  console.error(`after ${done} frames, seed ${seed + done}:`, error);
  process.exitCode = 1;
}
