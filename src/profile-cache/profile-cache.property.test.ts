import { describe, it } from 'node:test';
import { holdCacheToItsPromises } from './testing/cache-property.ts';

// biome-ignore lint/style/noProcessEnv: a test is told by its environment how long to go on
const { HULLWATCH_PROPERTY_RUNS: runs = '2000', HULLWATCH_PROPERTY_SEED: seed } = process.env;

describe('ProfileCache, whatever happens in whatever order', () => {
  it(`keeps its promises at every moment, in ${runs} trials`, async () => {
    await holdCacheToItsPromises({
      numRuns: Number(runs),
      seed: seed === undefined ? undefined : Number(seed),
    });
  });
});
