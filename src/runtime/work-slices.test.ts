import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Clock, sleepOn } from './clock.ts';
import { settle, VirtualClock } from './virtual-clock.ts';
import { WorkSlices } from './work-slices.ts';

/** A clock on which work takes time, and whose timers wait for the next turn. */
class TurnClock implements Clock {
  worked = 0;
  timers = new Set<() => void>();

  now(): number {
    return this.worked;
  }

  monotonic(): number {
    return this.worked;
  }

  schedule(_delayMs: number, run: () => void): () => void {
    this.timers.add(run);
    return () => this.timers.delete(run);
  }

  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return sleepOn((ms, run) => this.schedule(ms, run), delayMs, signal);
  }

  /** One turn of the event loop: what waits now, and not what it schedules. */
  async turn(): Promise<void> {
    const due = this.timers;
    this.timers = new Set();
    for (const run of due) run();
    await settle();
  }
}

describe('WorkSlices', () => {
  it('lets work in until the slice is over, and the rest in later turns, in order', async () => {
    const clock = new TurnClock();
    const slices = new WorkSlices(clock);
    let turn = 0;
    const done: string[] = [];
    const work = async (name: string) => {
      await slices.turn();
      clock.worked += 3;
      done.push(`${name} in ${turn}`);
    };
    await slices.turn();
    clock.worked += 10;
    const all = ['a', 'b', 'c', 'd', 'e'].map(work);
    for (turn = 1; turn <= 4; turn += 1) await clock.turn();
    await Promise.all(all);
    assert.deepEqual(done, ['a in 1', 'b in 1', 'c in 2', 'd in 2', 'e in 3']);
    await clock.turn();
    assert.equal(clock.timers.size, 0);
  });

  it('is over once the time of a slice has gone by, and not in the next turn', async () => {
    const clock = new TurnClock();
    const slices = new WorkSlices(clock);
    assert.equal(slices.isOver, false);
    await slices.turn();
    clock.worked += 3;
    assert.equal(slices.isOver, false);
    clock.worked += 1;
    assert.equal(slices.isOver, true);
    await clock.turn();
    assert.equal(slices.isOver, false);
  });

  it('ends a slice by number where the clock stands still', async () => {
    const clock = new VirtualClock(0);
    const slices = new WorkSlices(clock);
    for (let i = 0; i < 500; i += 1) await slices.turn();
    assert.equal(slices.isOver, true);
    await clock.advance(0);
    assert.equal(slices.isOver, false);
  });

  it('lets everything go on at its end, without a timer', async () => {
    const clock = new TurnClock();
    const slices = new WorkSlices(clock);
    await slices.turn();
    clock.worked += 10;
    const waiting = slices.turn();
    slices.end();
    await waiting;
    assert.equal(clock.timers.size, 0);
  });
});
