import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { RetryPlan } from './retry-plan.ts';

function aPlan() {
  const clock = new VirtualClock(1_000);
  return { clock, plan: new RetryPlan(clock, seededRandom(1)) };
}

describe('RetryPlan', () => {
  it('makes every series wait when the store refuses at once', () => {
    const { plan } = aPlan();
    assert.equal(plan.waitMs('a') <= 0, true);
    plan.failed('a', { isSlow: false });
    assert.equal(plan.isStoreAway, true);
    for (const series of ['a', 'b']) {
      assert.ok(plan.waitMs(series) >= 500 && plan.waitMs(series) <= 1_000);
    }
  });

  it('makes only the series wait whose report was left unanswered', () => {
    const { plan } = aPlan();
    plan.failed('a', { isSlow: true });
    assert.equal(plan.isStoreAway, false);
    assert.ok(plan.waitMs('a') > 0);
    assert.ok(plan.waitMs('b') <= 0);
  });

  it('counts failures of calls that were under way together once', () => {
    const { plan } = aPlan();
    for (const series of ['a', 'b', 'c', 'd']) plan.failed(series, { isSlow: false });
    assert.ok(plan.waitMs('e') <= 1_000);
  });

  it('waits longer and longer, to half a minute, and starts over once the store has answered', async () => {
    const { clock, plan } = aPlan();
    const waits: number[] = [];
    for (let i = 0; i < 10; i += 1) {
      plan.failed('a', { isSlow: false });
      waits.push(plan.waitMs('b'));
      await clock.advance(plan.waitMs('b'));
    }
    assert.ok((waits[5] ?? 0) > 10 * (waits[0] ?? 0));
    assert.ok(waits.every((wait) => wait <= 30_000));
    plan.storeAnswered();
    assert.equal(plan.isStoreAway, false);
    assert.ok(plan.waitMs('a') <= 0 && plan.waitMs('b') <= 0);
    plan.failed('a', { isSlow: false });
    assert.ok(plan.waitMs('b') <= 1_000);
  });

  it('waits as long as the store asks, but not for more than some ten minutes', () => {
    for (const [retryAfterMs, least, most] of [
      [90_000, 90_000, 99_000],
      [86_400_000, 600_000, 660_000],
    ] as const) {
      const { plan } = aPlan();
      plan.failed('a', { isSlow: true, retryAfterMs });
      assert.ok(plan.waitMs('b') >= least && plan.waitMs('b') <= most);
    }
  });

  it('keeps the wait of a refused series over answers to others', () => {
    const { plan } = aPlan();
    plan.refused('a');
    plan.failed('b', { isSlow: false });
    plan.storeAnswered();
    assert.ok(plan.waitMs('a') >= 15_000);
    assert.ok(plan.waitMs('b') <= 0);
    plan.forget('a');
    assert.ok(plan.waitMs('a') <= 0);
    plan.refused('c');
    plan.keepOnly(new Set(['a']));
    assert.ok(plan.waitMs('c') <= 0);
  });
});
