import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Backoff } from './backoff.ts';
import { jittered, seededRandom, uuidFrom } from './random.ts';

describe('Backoff', () => {
  it('doubles up to its bound, each wait between half and the whole of its step', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 350 }, seededRandom(1));
    for (const step of [100, 200, 350, 350]) {
      const wait = backoff.next();
      assert.ok(wait >= step / 2 && wait <= step, `${wait} is not within ${step}`);
    }
    backoff.reset();
    assert.ok(backoff.next() <= 100);
  });
});

describe('Random', () => {
  it('gives the same sequence for the same seed and another for another', () => {
    const take = (seed: number) => {
      const random = seededRandom(seed);
      return [random.next(), random.hex32(), random.next()];
    };
    assert.deepEqual(take(7), take(7));
    assert.notDeepEqual(take(7), take(8));
  });

  it('makes version 4 UUIDs', () => {
    assert.match(
      uuidFrom(seededRandom(3)),
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('moves a period both ways by at most the ratio', () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 200 }, () => jittered(1_000, 0.1, random));
    assert.ok(values.every((value) => value >= 900 && value <= 1_100));
    assert.ok(values.some((value) => value < 950) && values.some((value) => value > 1_050));
  });
});
