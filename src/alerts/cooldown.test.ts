import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Cooldown, type CooldownOptions, type Repeats } from './cooldown.ts';

function cooling(options: Partial<CooldownOptions> = {}) {
  const clock = new VirtualClock(1_000);
  const repeats: Repeats<string>[] = [];
  const cooldown = new Cooldown<string>(
    clock,
    { windowMs: 100, afterCount: 1, ...options },
    (ended) => repeats.push(ended),
  );
  const admit = (key: string, kept = key) => cooldown.admit(key, clock.now(), () => kept);
  return { clock, cooldown, repeats, admit };
}

describe('Cooldown', () => {
  it('passes the first of a kind and holds back the rest of its window', () => {
    const { admit } = cooling();
    assert.deepEqual(
      ['a', 'a', 'b', 'a', 'b'].map((key) => admit(key)),
      ['a', undefined, 'b', undefined, undefined],
    );
  });

  it('passes as many as it is told to', () => {
    const { admit, cooldown, repeats } = cooling({ afterCount: 3 });
    const passed = Array.from({ length: 5 }, (_, i) => admit('a', `a${i}`));
    assert.deepEqual(passed, ['a0', 'a1', 'a2', undefined, undefined]);
    cooldown.close();
    assert.deepEqual(repeats, [{ kept: 'a2', count: 2, lastTimeMs: 1_000 }]);
  });

  it('does not make what is held back', () => {
    const { cooldown, admit } = cooling();
    admit('a');
    cooldown.admit('a', 0, () => assert.fail('made'));
  });

  it('tells of what was held back when the window ends, without another event', async () => {
    const { admit, clock, repeats } = cooling();
    admit('a');
    await clock.advance(60);
    admit('a');
    admit('a');
    await clock.advance(39);
    assert.deepEqual(repeats, []);
    await clock.advance(1);
    assert.deepEqual(repeats, [{ kept: 'a', count: 2, lastTimeMs: 1_060 }]);
  });

  it('has fixed windows: repeats do not prolong one', async () => {
    const { admit, clock } = cooling();
    admit('a');
    await clock.advance(90);
    assert.equal(admit('a'), undefined);
    await clock.advance(10);
    assert.equal(admit('a'), 'a');
  });

  it('ends a window on time even when the timer is late', async () => {
    const clock = new VirtualClock();
    const lazy = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      schedule: () => () => {},
      sleep: () => assert.fail('nothing here sleeps'),
    };
    const told: number[] = [];
    const cooldown = new Cooldown<string>(lazy, { windowMs: 100, afterCount: 1 }, ({ count }) =>
      told.push(count),
    );
    cooldown.admit('a', 0, () => 'a');
    cooldown.admit('a', 0, () => 'a');
    await clock.advance(100);
    assert.equal(
      cooldown.admit('a', 0, () => 'a'),
      'a',
    );
    assert.deepEqual(told, [1]);
  });

  it('tells how a window stands, changing nothing', async () => {
    const { admit, clock, cooldown } = cooling({ afterCount: 2 });
    assert.equal(cooldown.peek('a'), undefined);
    admit('a');
    assert.deepEqual(cooldown.peek('a'), { passed: 1, held: 0, isFull: false, endMs: 1_100 });
    for (let i = 0; i < 4; i += 1) admit('a');
    await clock.advance(40);
    const full = { passed: 2, held: 3, isFull: true, endMs: 1_100 };
    assert.deepEqual(cooldown.peek('a'), full);
    assert.deepEqual(cooldown.peek('a'), full);
    assert.equal(cooldown.peek('b'), undefined);
    await clock.advance(60);
    assert.equal(cooldown.peek('a'), undefined);
  });

  it('goes by the time that has passed, however the clock is set meanwhile', async () => {
    const base = new VirtualClock();
    let setMs = 0;
    const clock = {
      now: () => base.now() + setMs,
      monotonic: () => base.monotonic(),
      schedule: base.schedule.bind(base),
      sleep: base.sleep.bind(base),
    };
    const told: number[] = [];
    const options = { windowMs: 100, afterCount: 1 };
    const cooldown = new Cooldown<string>(clock, options, ({ count }) => told.push(count));
    const admit = () => cooldown.admit('a', clock.now(), () => 'a');
    admit();
    for (const jumpMs of [86_400_000, -172_800_000]) {
      setMs += jumpMs;
      await base.advance(40);
      assert.equal(admit(), undefined);
      assert.equal(cooldown.peek('a')?.endMs, 100 + setMs);
    }
    await base.advance(20);
    assert.deepEqual(told, [2]);
    assert.equal(admit(), 'a');
    cooldown.close();
  });

  it('says nothing of a window without repeats, and waits for nothing when none is open', async () => {
    const { admit, clock, repeats, cooldown } = cooling();
    admit('a');
    assert.equal(clock.pending, 1);
    await clock.advance(100);
    assert.deepEqual(repeats, []);
    assert.equal(cooldown.size, 0);
    assert.equal(clock.pending, 0);
  });

  it('keeps to its number of windows; the oldest ends early and is told of', () => {
    const { admit, cooldown, repeats } = cooling({ maxKeys: 2 });
    for (const key of ['a', 'a', 'b', 'c']) admit(key);
    assert.equal(cooldown.size, 2);
    assert.deepEqual(
      repeats.map(({ kept, count }) => `${kept} ${count}`),
      ['a 1'],
    );
    assert.equal(admit('b'), undefined);
  });

  it('holds nothing back and keeps nothing when windows have no length', () => {
    const { admit, cooldown, clock } = cooling({ windowMs: 0 });
    assert.deepEqual(
      ['a', 'a', 'a'].map((key) => admit(key)),
      ['a', 'a', 'a'],
    );
    assert.equal(cooldown.size, 0);
    assert.equal(clock.pending, 0);
  });

  it('tells of everything and leaves no timer when it is closed', () => {
    const { admit, cooldown, repeats, clock } = cooling();
    for (const key of ['a', 'a', 'b', 'b', 'b']) admit(key);
    cooldown.close();
    assert.deepEqual(
      repeats.map(({ kept, count }) => `${kept} ${count}`),
      ['a 1', 'b 2'],
    );
    assert.equal(clock.pending, 0);
  });

  it('loses no count: what passed and what was told of add up, whatever happens', async () => {
    const step = fc.oneof(
      fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd') }),
      fc.record({ waitMs: fc.integer({ min: 0, max: 250 }) }),
    );
    const options = fc.record({
      windowMs: fc.integer({ min: 0, max: 200 }),
      afterCount: fc.integer({ min: 0, max: 3 }),
      maxKeys: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), options, async (steps, chosen) => {
        const { admit, clock, cooldown, repeats } = cooling(chosen);
        const total = new Map<string, number>();
        const seen = new Map<string, number>();
        const add = (counts: Map<string, number>, key: string, count: number) =>
          counts.set(key, (counts.get(key) ?? 0) + count);
        for (const now of steps) {
          if ('waitMs' in now) {
            await clock.advance(now.waitMs);
            continue;
          }
          add(total, now.key, 1);
          if (admit(now.key) !== undefined) add(seen, now.key, 1);
          assert.ok(cooldown.size <= chosen.maxKeys);
        }
        cooldown.close();
        for (const { kept, count } of repeats) add(seen, kept, count);
        assert.deepEqual([...seen].sort(), [...total].sort());
        assert.equal(clock.pending, 0);
      }),
      { numRuns: 100 },
    );
  });
});
