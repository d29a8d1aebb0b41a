import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatDuration, parseDuration } from './duration.ts';

describe('parseDuration', () => {
  for (const [text, ms] of [
    ['0', 0],
    ['30s', 30_000],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['250ms', 250],
    [' 10m ', 600_000],
  ] as const) {
    it(`reads ${JSON.stringify(text)} as ${ms} ms`, () => {
      assert.equal(parseDuration(text, 'x'), ms);
    });
  }

  for (const text of ['', '10', 's', '-5s', '5 s', '5sx', '1h 30m', 'NaNs']) {
    it(`refuses ${JSON.stringify(text)} and names the field`, () => {
      assert.throws(() => parseDuration(text, 'learningPeriod'), {
        code: 'invalid',
        message: /^learningPeriod: expected a duration/,
      });
    });
  }

  it('reads back what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (ms) => {
        assert.ok(Math.abs(parseDuration(formatDuration(ms), 'x') - ms) < 0.001);
      }),
    );
  });
});
