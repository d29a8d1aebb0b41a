import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { scheduleInParts, systemClock } from './clock.ts';

describe('systemClock', () => {
  it('does not fire a timer of months at once', async () => {
    let fired = false;
    const cancel = systemClock.schedule(60 * 24 * 3_600_000, () => {
      fired = true;
    });
    await systemClock.sleep(5, new AbortController().signal);
    cancel();
    assert.equal(fired, false);
  });

  it('waits in parts for what one timer cannot hold, and can be cancelled in any of them', async () => {
    let fired = 0;
    const startMs = performance.now();
    const cancelled = scheduleInParts(30, () => assert.fail('it was cancelled'), 10);
    await new Promise<void>((resolve) => {
      scheduleInParts(
        25,
        () => {
          fired += 1;
          resolve();
        },
        10,
      );
      scheduleInParts(15, cancelled, 10);
    });
    assert.equal(fired, 1);
    assert.ok(performance.now() - startMs >= 25, 'it came too early');
  });

  it('tells a time that goes with the wall clock', () => {
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 50);
  });
});
