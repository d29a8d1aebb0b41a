// npm run test:soak-load [-- --hours N] [--live MINUTES]: whether the agent's memory stays as it is.
//
// Without --live: a day of the load mix of bench/load.ts on virtual time. One minute of it, as the live sensor tells it with
// its own deduplication on (load-minute.ts says what that is), goes through all stages again and again, with other
// times, process ids and numbers. The containers are learned for six hours and enforced for the rest, when every minute five
// programs are started that were not learned. Prints what is in memory after a forced collection each hour.
//
// With --live: the real thing for so many minutes (needs root, as the live tests do); prints the agent's memory each half minute.
//
// Ends with 1 when memory grew, or the time was too short to say.
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { LoadFlow } from './load-flow.ts';
import { watchLoad } from './load-live.ts';

/** Learning is over, and what keeps the last alerts is full: five a minute, of which a thousand are kept. */
const SETTLED_HOURS = 12;
const MOST_GROWTH = 1.05;
/** A collection does not find everything each time. */
const NOISE_MB = 1;

const { values } = parseArgs({
  options: { hours: { type: 'string', default: '24' }, live: { type: 'string' } },
});
const memory = values.live === undefined ? await aDay() : await watchLoad(Number(values.live));
process.exitCode = judge(memory) ? 0 : 1;

function judge(values: readonly number[]): boolean {
  if (values.length < 2) {
    console.log(
      `not judged: too short (the first ${SETTLED_HOURS} hours fill tables to their bounds)`,
    );
    return false;
  }
  const [early, late] = halvesOf(values);
  const isFlat = late <= early * MOST_GROWTH + NOISE_MB;
  console.log(
    `${early.toFixed(1)} MB in the first half of what is judged, ${late.toFixed(1)} MB in the second: ${isFlat ? 'flat' : 'GROWN'}`,
  );
  return isFlat;
}

/** What is in memory after each hour that is judged, in megabytes. */
async function aDay(): Promise<readonly number[]> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const hours = Number(values.hours);
  const flow = await LoadFlow.open();
  const judged: number[] = [];
  const startMs = performance.now();
  for (let hour = 1; hour <= hours; hour += 1) {
    await flow.play(60);
    collect();
    collect();
    const { heapUsed, external, rss } = process.memoryUsage();
    const usedMb = (heapUsed + external) / 2 ** 20;
    if (hour > SETTLED_HOURS) judged.push(usedMb);
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(0);
    console.log(
      `hour ${hour}: ${usedMb.toFixed(1)} MB used, ${(rss / 2 ** 20).toFixed(0)} MB resident; ${flow.summary()}; ${seconds} s so far`,
    );
  }
  await flow.close();
  return judged;
}

function halvesOf(values: readonly number[]): readonly [number, number] {
  const middle = Math.floor(values.length / 2);
  const mean = (part: readonly number[]) => part.reduce((sum, each) => sum + each, 0) / part.length;
  return [mean(values.slice(0, middle)), mean(values.slice(middle))];
}
