import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from './virtual-clock.ts';

describe('VirtualClock', () => {
  it('fires timers in the order of their times, equal ones in the order of scheduling', async () => {
    const clock = new VirtualClock(1_000);
    const fired: string[] = [];
    clock.schedule(20, () => fired.push(`late@${clock.now()}`));
    clock.schedule(10, () => fired.push(`first@${clock.now()}`));
    clock.schedule(10, () => fired.push(`second@${clock.now()}`));
    await clock.advance(15);
    assert.deepEqual(fired, ['first@1010', 'second@1010']);
    assert.equal(clock.now(), 1_015);
    await clock.advanceTo(1_020);
    assert.equal(fired.at(-1), 'late@1020');
    assert.equal(clock.pending, 0);
  });

  it('lets promises settle between timers, so that what they schedule is in order too', async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const { signal } = new AbortController();
    const loop = (async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        await clock.sleep(5, signal);
        seen.push(clock.now());
      }
    })();
    await clock.advance(100);
    await loop;
    assert.deepEqual(seen, [5, 10, 15]);
  });

  it('rejects a sleep at once when its signal aborts, and leaves no timer', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const sleeping = clock.sleep(1_000, controller.signal);
    controller.abort();
    await assert.rejects(sleeping, { code: 'aborted' });
    assert.equal(clock.pending, 0);
  });

  it('never goes back', async () => {
    const clock = new VirtualClock(50);
    await clock.advanceTo(10);
    assert.equal(clock.now(), 50);
  });
});
