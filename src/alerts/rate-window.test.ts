import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { RateWindow } from './rate-window.ts';

describe('RateWindow', () => {
  it('begins with the first that passes and lasts a minute, however the rest is spread', async () => {
    const clock = new VirtualClock(1_000);
    const window = new RateWindow(clock, 3, 0);
    assert.deepEqual([window.allowed, window.leftMs], [3, undefined]);
    window.pass(1);
    await clock.advance(59_000);
    window.pass(2);
    assert.deepEqual([window.allowed, window.leftMs], [0, 1_000]);
    await clock.advance(5_000);
    assert.equal(window.leftMs, 0);
    assert.deepEqual(window.end(), { sinceMs: 1_000, byRule: new Map() });
    assert.deepEqual([window.allowed, window.leftMs], [3, undefined]);
  });

  it('holds nothing back when it was not used up, and knows what waits all the same', () => {
    const window = new RateWindow(new VirtualClock(), 2, 0);
    for (const ruleId of ['a', 'b', 'b', 'b']) window.note(ruleId);
    window.pass(1);
    assert.equal(window.end(), undefined);
    window.pass(2);
    assert.deepEqual(window.end()?.byRule, new Map([['b', 1]]));
    window.pass(2);
    assert.deepEqual(window.end()?.byRule, new Map());
  });

  it('takes those that waited before it was made for the first that pass', () => {
    const window = new RateWindow(new VirtualClock(), 2, 3);
    window.note('a');
    window.pass(2);
    assert.deepEqual(window.end()?.byRule, new Map([['a', 1]]));
    window.note('b');
    window.pass(2);
    assert.deepEqual(window.end()?.byRule, new Map());
  });

  it('knows no more of what was discarded before it passed', () => {
    const window = new RateWindow(new VirtualClock(), 1, 2);
    for (const ruleId of ['a', 'b', 'b', 'a', 'c']) window.note(ruleId);
    window.discard(3);
    window.pass(1);
    window.discard(1);
    assert.deepEqual(
      window.end()?.byRule,
      new Map([
        ['a', 1],
        ['c', 1],
      ]),
    );
    window.discard(9);
    window.note('d');
    window.pass(1);
    assert.deepEqual(window.end()?.byRule, new Map());
  });

  it('lets at least one pass', () => {
    assert.equal(new RateWindow(new VirtualClock(), 0, 0).allowed, 1);
  });
});
