import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fuzzFrames } from './testing/mutated-frames.ts';

/** Some; test/fuzz/frames.ts has a million of them. */
const FRAMES = 3_000;

describe('frames with wrong bytes', () => {
  it('are each one record, and whole frames are found again behind them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0 }), (seed) => {
        const { frames, records, damaged } = fuzzFrames(FRAMES, seed);
        assert.equal(frames, FRAMES);
        assert.ok(damaged > FRAMES / 20 && damaged < FRAMES, `${damaged} damaged`);
        assert.ok(records >= damaged);
      }),
      { numRuns: 5 },
    );
  });
});
