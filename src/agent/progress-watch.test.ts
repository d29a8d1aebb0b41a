import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Health } from '#runtime/health.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { type ProgressCheck, ProgressWatch } from './progress-watch.ts';

const SECOND = 1_000;

function watching(checks: readonly ProgressCheck[] = []) {
  const clock = new VirtualClock(0);
  const health = new Health(() => clock.now());
  const watch = new ProgressWatch({ clock, health, checks });
  const ending = new AbortController();
  const running = watch.run({ signal: ending.signal });
  const names = () => health.conditions().map(({ name }) => name);
  const stop = async () => {
    ending.abort();
    await running;
  };
  return { clock, health, watch, names, stop };
}

describe('ProgressWatch', () => {
  it('sets a condition while something is too old, and clears it', async () => {
    let age = 0;
    const { clock, health, names, stop } = watching([
      {
        condition: 'events-stuck',
        limitMs: 5 * SECOND,
        what: 'the oldest',
        ageMs: () => age,
      },
    ]);
    await clock.advance(SECOND);
    assert.deepEqual(names(), []);
    age = 5 * SECOND + 1;
    await clock.advance(SECOND);
    const [condition] = health.conditions();
    assert.equal(condition?.name, 'events-stuck');
    assert.equal(condition?.effect, 'stuck');
    assert.match(condition?.message ?? '', /^the oldest: 5\.001s, more than 5s$/);
    age = 5 * SECOND;
    await clock.advance(SECOND);
    assert.deepEqual(names(), []);
    await stop();
  });

  it('tells of an event loop that was held up, until it has been on time for a while', async () => {
    const clock = new VirtualClock(0);
    let heldUpMs = 0;
    /** A loop that comes back from a wait late. */
    const late = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + heldUpMs,
      schedule: clock.schedule.bind(clock),
      sleep: clock.sleep.bind(clock),
    };
    const health = new Health(() => clock.now());
    const watch = new ProgressWatch({ clock: late, health, checks: [] });
    const ending = new AbortController();
    const running = watch.run({ signal: ending.signal });
    await clock.advance(2 * SECOND);
    assert.deepEqual(health.conditions(), []);
    heldUpMs = 1_500;
    await clock.advance(SECOND);
    assert.match(health.conditions()[0]?.message ?? '', /held up for 1\.5s/);
    assert.equal(watch.takeWorstLagMs(), 1_500);
    assert.equal(watch.takeWorstLagMs(), 0);
    await clock.advance(4 * SECOND);
    assert.equal(health.conditions().length, 1);
    await clock.advance(SECOND);
    assert.deepEqual(health.conditions(), []);
    ending.abort();
    await running;
  });
});
