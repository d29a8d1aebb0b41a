import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CacheTrial } from './testing/cache-trial.ts';
import { IDS, step } from './testing/trial-steps.ts';

describe('ProfileCache, whatever happens in whatever order', () => {
  it('keeps its promises at every moment, comes to what the store holds, and leaves nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 5, maxLength: 80, size: 'max' }),
        fc.boolean(),
        async (steps, isPreExisting) => {
          const trial = new CacheTrial(isPreExisting);
          for (const each of IDS) trial.identify(each);
          for (const each of steps) await trial.take(each);
          await trial.converge();
          await trial.end();
        },
      ),
      { numRuns: 300 },
    );
  });
});
