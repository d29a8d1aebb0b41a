// Tries the profile cache for long: `npm run test:soak [-- RUNS [SEED [PATH]]]`, 200,000 runs without.
// The same property as src/profile-cache/profile-cache.property.test.ts. Prints how far it is and the seed
// of each batch; on a failure also the path and the steps. SEED and PATH of a failure repeat it.
import { setFlagsFromString } from 'node:v8';
import { holdCacheToItsPromises } from '../../src/profile-cache/testing/cache-property.ts';

const BATCH_RUNS = 5_000;
const PROGRESS_MS = 10_000;

const [runs = '200000', givenSeed, path] = process.argv.slice(2);
const numRuns = Number(runs);
const firstSeed = givenSeed === undefined ? Date.now() % 2 ** 31 : Number(givenSeed);
const startMs = performance.now();
let done = 0;
let toldMs = startMs;

// Trials make and abort thousands of errors a second; nobody reads where they were made.
setFlagsFromString('--stack-trace-limit=4');
try {
  for (let batch = 0; done < numRuns; batch += 1) {
    const seed = firstSeed + batch;
    console.log(`batch ${batch + 1}: seed ${seed}`);
    await holdCacheToItsPromises({
      numRuns: Math.min(BATCH_RUNS, numRuns - done),
      seed,
      path,
      onRun: tell,
    });
  }
  console.log(`${done} trials kept every promise, ${summary()}`);
} catch (reason) {
  console.error(reason);
  process.exitCode = 1;
}

function tell(): void {
  done += 1;
  const nowMs = performance.now();
  if (nowMs - toldMs < PROGRESS_MS) return;
  toldMs = nowMs;
  console.log(`  ${done} of ${numRuns}, ${summary()}`);
}

function summary(): string {
  const seconds = (performance.now() - startMs) / 1_000;
  return `${((seconds * 1_000) / done).toFixed(1)} ms each, ${seconds.toFixed(0)} s in all`;
}
