import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { Alarm } from './alarm.ts';

describe('Alarm', () => {
  it('ends a wait after its time', async () => {
    const clock = new VirtualClock();
    let isOver = false;
    const waited = new Alarm(clock).wait(10).then(() => {
      isOver = true;
    });
    await clock.advance(9);
    assert.equal(isOver, false);
    await clock.advance(1);
    await waited;
    assert.equal(clock.pending, 0);
  });

  it('ends a wait when it rings, and leaves no timer', async () => {
    const clock = new VirtualClock();
    const alarm = new Alarm(clock);
    const waited = alarm.wait(10);
    alarm.ring();
    await waited;
    assert.equal(clock.pending, 0);
  });

  it('remembers a ring that nobody waited for, once', async () => {
    const clock = new VirtualClock();
    const alarm = new Alarm(clock);
    alarm.ring();
    alarm.ring();
    await alarm.wait(10);
    const second = alarm.wait(10);
    await settle();
    assert.equal(clock.pending, 1);
    await clock.advance(10);
    await second;
  });
});
