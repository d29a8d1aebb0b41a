import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BoundedQueue } from './bounded-queue.ts';

describe('BoundedQueue', () => {
  it('behaves like an array with a bound', () => {
    const commands = fc.array(fc.oneof(fc.constant('shift' as const), fc.nat()), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(commands, fc.integer({ min: 1, max: 50 }), (steps, capacity) => {
        const queue = new BoundedQueue<number>(capacity);
        const model: number[] = [];
        for (const step of steps) {
          if (step === 'shift') {
            assert.equal(queue.shift(), model.shift());
          } else {
            const fits = model.length < capacity;
            if (fits) model.push(step);
            assert.equal(queue.push(step), fits);
          }
          assert.equal(queue.size, model.length);
        }
      }),
    );
  });
});
