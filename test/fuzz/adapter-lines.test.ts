import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fuzzAdapter } from './mutated-lines.ts';

const LINES = Number(process.env['HULLWATCH_FUZZ_LINES'] ?? 10_000);

describe('lines of other tools that were changed at random', () => {
  for (const tool of ['ig', 'tetragon'] as const) {
    it(`of ${tool} never end the source, are all counted, and become sound events`, async (t) => {
      const seed = Math.floor(performance.timeOrigin) % 2 ** 31;
      t.diagnostic(`seed ${seed}`);
      const { lines, unusable, ...places } = await fuzzAdapter(tool, { lines: LINES, seed });
      const placed = Object.values(places).reduce((sum, count) => sum + count, 0);
      assert.equal(placed, lines, `seed ${seed}`);
      assert.deepEqual(unusable, [], `seed ${seed}`);
      assert.ok(places.events > LINES / 10 && places.damaged > LINES / 10);
    });
  }
});
