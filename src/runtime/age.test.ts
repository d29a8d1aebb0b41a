import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatAge } from './age.ts';

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];

describe('formatAge', () => {
  it('shows two units only while the smaller one says something', () => {
    for (const [ms, text] of [
      [-5, '0s'],
      [999.9, '0s'],
      [119_999, '119s'],
      [2 * MINUTE, '2m'],
      [9 * MINUTE + 59_999, '9m59s'],
      [10 * MINUTE + 30_000, '10m'],
      [3 * HOUR - 1, '179m'],
      [3 * HOUR, '3h'],
      [7 * HOUR + 20 * MINUTE, '7h20m'],
      [8 * HOUR + 20 * MINUTE, '8h'],
      [2 * DAY - 1, '47h'],
      [3 * DAY + 4 * HOUR, '3d4h'],
      [700 * DAY, '700d'],
      [740 * DAY, '2y10d'],
      [8 * 365 * DAY + 100 * DAY, '8y'],
    ] as const) {
      assert.equal(formatAge(ms), text);
    }
  });
});
