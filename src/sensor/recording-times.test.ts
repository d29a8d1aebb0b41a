import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RecordingTimes } from './recording-times.ts';

const DAY_MS = 86_400_000;

function timesFrom(startMs: number): RecordingTimes {
  const times = new RecordingTimes();
  times.begin(startMs);
  return times;
}

describe('RecordingTimes', () => {
  it('leaves times as they are, late ones and a silent day included', () => {
    const times = timesFrom(1_000);
    for (const timeMs of [1_000.25, 999, 2_000, 2_000 + DAY_MS]) {
      assert.deepEqual(times.next(timeMs), { timeMs, leapMs: 0 });
    }
  });

  it('takes a leap out, and keeps the distances after it', () => {
    const times = timesFrom(0);
    assert.deepEqual(times.next(5 + 10 * DAY_MS), { timeMs: 0, leapMs: 5 + 10 * DAY_MS });
    assert.deepEqual(times.next(15 + 10 * DAY_MS), { timeMs: 10, leapMs: 0 });
  });

  it('finds back after one line with a wrong time', () => {
    const times = timesFrom(100 * DAY_MS);
    assert.equal(times.next(0).timeMs, 100 * DAY_MS);
    assert.equal(times.lastMs, 100 * DAY_MS);
    times.next(100 * DAY_MS + 7);
    assert.deepEqual(times.next(100 * DAY_MS + 9), { timeMs: 100 * DAY_MS + 2, leapMs: 0 });
  });

  it('never moves by more than a day a line', () => {
    const anyTime = fc.double({ min: 0, max: 253_402_300_799_999, noNaN: true });
    fc.assert(
      fc.property(anyTime, fc.array(anyTime), (startMs, written) => {
        const times = timesFrom(startMs);
        let beforeMs = startMs;
        for (const writtenMs of written) {
          const { timeMs } = times.next(writtenMs);
          assert.ok(Math.abs(timeMs - beforeMs) <= DAY_MS + 1);
          beforeMs = timeMs;
        }
      }),
    );
  });
});
