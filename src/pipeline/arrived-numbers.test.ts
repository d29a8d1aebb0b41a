import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ArrivedNumbers } from './arrived-numbers.ts';

function after(...numbers: readonly number[]): ArrivedNumbers {
  const arrived = new ArrivedNumbers();
  for (const number of numbers) arrived.arrived(number);
  return arrived;
}

describe('ArrivedNumbers', () => {
  it('is complete up to the first that is missing, whatever the order', () => {
    assert.equal(after().complete, 0);
    assert.equal(after(1, 2, 3).complete, 3);
    assert.equal(after(3, 1).complete, 1);
    assert.equal(after(5, 3, 2, 1, 4).complete, 5);
    assert.equal(after(1, 1, 3, 3, 3, 2).complete, 3);
  });

  it('goes on over what has arrived when those before are given up', () => {
    const arrived = after(1, 4, 5, 8);
    arrived.giveUpTo(3);
    assert.equal(arrived.complete, 5);
    arrived.giveUpTo(2);
    assert.equal(arrived.complete, 5);
    arrived.giveUpTo(6);
    assert.equal(arrived.complete, 6);
    arrived.arrived(7);
    assert.equal(arrived.complete, 8);
  });

  it('gives up what is missing when a number far beyond comes, and keeps the rest apart', () => {
    const arrived = after(1, 3, 65_538);
    assert.equal(arrived.complete, 3);
    arrived.arrived(1_000_000_000_000);
    assert.equal(arrived.complete, 1_000_000_000_000 - 65_536);
    arrived.arrived(1_000_000_000_000 - 65_535);
    assert.equal(arrived.complete, 1_000_000_000_000 - 65_535);
  });

  it('takes no number from before a restart for one of after it', () => {
    const arrived = after(1, 2, 4, 70_000_000);
    arrived.restart();
    assert.equal(arrived.complete, 0);
    arrived.giveUpTo(70_000_000);
    arrived.arrived(1);
    assert.equal(arrived.complete, 1);
    arrived.arrived(3);
    assert.equal(arrived.complete, 1);
  });

  it('agrees with a plain set of numbers', () => {
    const step = fc.record({
      number: fc.integer({ min: 1, max: 300 }),
      isGivenUp: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
        const arrived = new ArrivedNumbers();
        const plain = new Set<number>();
        let complete = 0;
        for (const { number, isGivenUp } of steps) {
          if (isGivenUp && number % 10 === 0) {
            arrived.giveUpTo(number);
            complete = Math.max(complete, number);
          } else {
            arrived.arrived(number);
            plain.add(number);
          }
          while (plain.has(complete + 1)) complete += 1;
          assert.equal(arrived.complete, complete);
        }
      }),
    );
  });
});
