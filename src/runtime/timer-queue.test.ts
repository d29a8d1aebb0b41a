import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TimerQueue } from './timer-queue.ts';

/** The same, as plainly as it can be said. */
class Model {
  #waiting: { readonly atMs: number; readonly order: number }[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  add(atMs: number, order: number): void {
    this.#waiting.push({ atMs, order });
  }

  cancel(order: number): void {
    this.#waiting = this.#waiting.filter((timer) => timer.order !== order);
  }

  takeDue(atMs: number): number | undefined {
    const [first] = this.#waiting.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order);
    if (first === undefined || first.atMs > atMs) return undefined;
    this.cancel(first.order);
    return first.order;
  }
}

describe('TimerQueue', () => {
  it('gives what is due in order of time and then of adding, without what was cancelled', () => {
    const action = fc.constantFrom('add', 'cancel', 'take');
    const step = fc.record({ action, value: fc.nat({ max: 30 }) });
    const property = fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const queue = new TimerQueue();
      const model = new Model();
      const cancels: (() => void)[] = [];
      const act = {
        add(atMs: number) {
          model.add(atMs, cancels.length);
          cancels.push(queue.add({ atMs, order: cancels.length, run: () => {} }));
        },
        cancel(order: number) {
          model.cancel(order);
          cancels[order]?.();
        },
        take: (atMs: number) => assert.equal(queue.takeDue(atMs)?.order, model.takeDue(atMs)),
      };
      for (const { action: name, value } of steps) {
        act[name as keyof typeof act](value);
        assert.equal(queue.size, model.size);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });
});
