import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '#runtime/random.js';
import { Breaker } from './breaker.ts';

describe('Breaker', () => {
  it('opens after three failures in a row, is half-open while one try is made, and closes with an answer', () => {
    const breaker = new Breaker(seededRandom(1));
    const states = [1, 2, 3].map(() => {
      breaker.tries();
      breaker.failed();
      return breaker.state;
    });
    assert.deepEqual(states, ['closed', 'closed', 'open']);
    breaker.tries();
    assert.equal(breaker.state, 'half-open');
    breaker.answered();
    assert.equal(breaker.state, 'closed');
    breaker.failed();
    assert.equal(breaker.state, 'closed', 'only failures in a row count');
  });

  it('asks for longer waits with each failure, up to a bound, and for short ones after an answer', () => {
    const breaker = new Breaker(seededRandom(1), { firstMs: 100, maxMs: 400 });
    const isWithin = (waitMs: number, step: number) =>
      assert.ok(waitMs >= step / 2 && waitMs <= step, `${waitMs} is not within ${step}`);
    for (const step of [100, 200, 400, 400]) isWithin(breaker.failed(), step);
    breaker.answered();
    isWithin(breaker.failed(), 100);
  });

  it('grants a receiver the time that it asks for, up to ten minutes, not to the millisecond', () => {
    const breaker = new Breaker(seededRandom(1));
    const waits = [breaker.failed(30_000), breaker.failed(30_000)];
    for (const waitMs of waits) assert.ok(waitMs >= 30_000 && waitMs <= 33_000);
    assert.notEqual(waits[0], waits[1]);
    assert.ok(breaker.failed(86_400_000) <= 660_000);
  });
});
