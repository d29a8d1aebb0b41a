import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RawRecord } from '#model/raw-event.js';
import { sleepOn } from '#runtime/clock.js';
import { RecordAge } from './record-age.ts';

const DAY_MS = 86_400_000;

/** A machine that has run for a day, whose sensor says at first that it is ready. */
function started({ areTimesOurs = true }: { readonly areTimesOurs?: boolean } = {}) {
  const at = { wallMs: 1_700_000_000_000, monotonicMs: DAY_MS };
  const schedule = () => assert.fail('nothing waits here');
  const clock = {
    now: () => at.wallMs,
    monotonic: () => at.monotonicMs,
    schedule,
    sleep: (ms: number, signal: AbortSignal) => sleepOn(schedule, ms, signal),
  };
  const age = new RecordAge({ clock, areTimesOurs });
  const sensorStartMs = at.wallMs;
  const ready = (timeMs: number): RawRecord => ({
    ...{ type: 'ready', kernel: '6.1', programs: [], skipped: [] },
    timeMs,
  });
  /** A record that was made so long after the sensor's start. */
  const madeAfter = (ms: number) =>
    age.came([{ type: 'lost', count: 1, timeMs: sensorStartMs + ms }]);
  const pass = (ms: number) => {
    at.wallMs += ms;
    at.monotonicMs += ms;
  };
  age.came([ready(sensorStartMs)]);
  return { at, age, ready, madeAfter, pass };
}

describe('the age of records', () => {
  it('is that of the oldest that came since it was last asked', () => {
    const { age, madeAfter, pass } = started();
    pass(10_000);
    madeAfter(3_000);
    madeAfter(9_000);
    assert.equal(age.takeMs(undefined), 7_000);
    assert.equal(age.takeMs(undefined), 0);
  });

  it('is right again after the machine slept, which the monotonic clock leaves out', () => {
    const { age, madeAfter, pass } = started();
    const sleptMs = 3_600_000;
    madeAfter(sleptMs);
    pass(30_000);
    madeAfter(sleptMs + 10_000);
    assert.equal(age.takeMs(undefined), 20_000);
  });

  for (const [how, step] of [
    ['forward', DAY_MS],
    ['back', -DAY_MS],
  ] as const) {
    it(`stays what it is when the system's clock is set ${how}`, () => {
      const { at, age, madeAfter, pass } = started();
      at.wallMs += step;
      pass(5_000);
      madeAfter(4_900);
      assert.equal(age.takeMs(undefined), 100);
    });
  }

  it('goes by the clock of the sensor that was started last', () => {
    const { at, age, ready, pass } = started();
    pass(5_000);
    at.wallMs += DAY_MS;
    age.came([ready(at.wallMs)]);
    pass(2_000);
    age.came([{ type: 'lost', count: 1, timeMs: at.wallMs - 500 }]);
    assert.equal(age.takeMs(undefined), 500);
  });

  it('of a source with times of its own is nothing when they come', () => {
    const { age, madeAfter, pass } = started({ areTimesOurs: false });
    pass(DAY_MS);
    madeAfter(0);
    assert.equal(age.takeMs(undefined), 0);
  });

  it('grows while one waits, whatever its time is, until another is the first that waits', () => {
    const { age, pass } = started({ areTimesOurs: false });
    assert.equal(age.takeMs(17), 0);
    pass(61_000);
    assert.equal(age.takeMs(17), 61_000);
    assert.equal(age.takeMs(18), 0);
    assert.equal(age.takeMs(undefined), 0);
    pass(61_000);
    assert.equal(age.takeMs(18), 0);
  });
});
