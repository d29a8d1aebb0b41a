import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tableAge } from './age.ts';

const S = 1_000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('tableAge', () => {
  it('words a duration as Kubernetes does', () => {
    const cases: readonly (readonly [number, string])[] = [
      [-5 * S, '0s'],
      [119 * S, '119s'],
      [2 * M, '2m'],
      [2 * M + S, '2m1s'],
      [9 * M + 59 * S, '9m59s'],
      [10 * M + 59 * S, '10m'],
      [179 * M, '179m'],
      [3 * H, '3h'],
      [7 * H + 20 * M, '7h20m'],
      [47 * H + 59 * M, '47h'],
      [2 * D, '2d'],
      [3 * D + 4 * H, '3d4h'],
      [8 * D + 5 * H, '8d'],
      [729 * D, '729d'],
      [730 * D, '2y'],
      [740 * D, '2y10d'],
      [8 * 365 * D + 30 * D, '8y'],
    ];
    for (const [ms, expected] of cases) assert.equal(tableAge(ms), expected);
  });
});
