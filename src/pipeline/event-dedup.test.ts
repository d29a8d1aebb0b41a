import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Container } from '#model/container.js';
import { EVENT_TYPES, type RawEvent } from '#model/raw-event.js';
import { aContainer } from '#model/testing/sample-container.js';
import { seededRandom } from '#runtime/random.js';
import { EventDedup } from './event-dedup.ts';
import { anExec, anOpen, attributed, BASE } from './testing/attributed-events.ts';
import { changed, REPEATABLE_SAMPLES, REPEATABLE_TYPES } from './testing/repeatable-events.ts';

const CONTAINERS = [aContainer({ id: 'one' }), aContainer({ id: 'two' })] as const;

const happening = fc.record({
  sample: fc.constantFrom(...REPEATABLE_SAMPLES),
  change: fc.nat({ max: 20 }),
  container: fc.nat({ max: 1 }),
  gapMs: fc.oneof(
    { arbitrary: fc.integer({ min: -20, max: 900 }), weight: 30 },
    { arbitrary: fc.constantFrom(-6e11, -2e8, -3_600_000, 3_600_000, 2e8, 6e11), weight: 1 },
  ),
});
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;
const step = fc.oneof(
  { arbitrary: fc.record({ reopen: fc.constantFrom('one', 'two', undefined) }), weight: 1 },
  { arbitrary: happening, weight: 30 },
);

function started(windowMs = 10_000, slotsExponent = 12) {
  const dedup = new EventDedup({ windowMs, slotsExponent }, seededRandom(7));
  const repeats = (event: RawEvent, container: Container = CONTAINERS[0]) =>
    dedup.isDuplicate(attributed(event, container));
  return { dedup, repeats };
}

describe('EventDedup', () => {
  for (const { event, different, alike } of REPEATABLE_SAMPLES) {
    const name = 'answerStatus' in event ? 'answer' : `${event.type} event`;
    it(`knows a repeated ${name} by what was done`, () => {
      for (const change of alike) {
        const { repeats } = started();
        assert.equal(repeats(event), false);
        assert.equal(repeats(changed(event, change)), true, JSON.stringify(change));
      }
    });

    it(`takes no other for a repeated ${name}`, () => {
      const { repeats } = started();
      for (const change of [{}, ...different]) {
        assert.equal(repeats(changed(event, change)), false, JSON.stringify(change));
      }
    });
  }

  it('passes every event of the types that it does not know repetitions of', () => {
    const { repeats } = started();
    const others = EVENT_TYPES.filter((type) => !REPEATABLE_TYPES.has(type));
    assert.deepEqual(others.join(' '), 'exec fork exit dns bpf kmod randomx unshare mount setns');
    for (const type of others) {
      const event = { ...BASE, type, childPid: 7 } as unknown as RawEvent;
      assert.deepEqual([repeats(event), repeats(event)], [false, false], type);
    }
  });

  it('holds each type in its own window', () => {
    const windows: Record<string, number> = {};
    for (const { event } of REPEATABLE_SAMPLES) {
      const { repeats } = started();
      repeats(event);
      let timeMs = event.timeMs;
      while (repeats(changed(event, { timeMs }))) timeMs += 64;
      windows[event.type] = timeMs - event.timeMs;
    }
    const around = (ms: number) => Math.ceil((ms * 10_000) / 156 / 64) * 64;
    assert.deepEqual(windows, {
      ...{ open: around(156), capabilities: around(156), symlink: around(156) },
      ...{ hardlink: around(156), iouring: around(156), ptrace: around(156), ssh: around(156) },
      ...{ network: around(78), syscall: around(78), http: around(31) },
    });
  });

  it('passes everything when it is off', () => {
    const { repeats } = started(0);
    for (const { event } of REPEATABLE_SAMPLES) {
      assert.deepEqual([repeats(event), repeats(event)], [false, false]);
    }
  });

  it('knows nothing of what a process id did before an exec or a fork made it another program', () => {
    const { event } = anOpen();
    const { dedup, repeats } = started();
    repeats(event);
    dedup.isDuplicate(anExec({ pid: 101 }));
    assert.equal(repeats(event), true);
    dedup.isDuplicate(anExec());
    assert.deepEqual([repeats(event), repeats(event)], [false, true]);
    repeats({ ...BASE, type: 'fork', pid: 1, childPid: 100 });
    assert.deepEqual([repeats(event), repeats(event)], [false, true]);
  });

  it('passes what is like an event of another time, when time went back', () => {
    const { event } = anOpen();
    const { repeats } = started();
    repeats(changed(event, { timeMs: 0 }));
    repeats(changed(event, { timeMs: 3_600_000 }));
    assert.equal(repeats(changed(event, { timeMs: 60_000 })), false);
  });

  it('holds windows as ever after the first event was of another time than all that follow', () => {
    const { event } = anOpen();
    const HOUR_MS = 3_600_000;
    for (const awayMs of [1, 30, 300_000, -1, -30, -300_000].map((hours) => hours * HOUR_MS)) {
      const { repeats } = started();
      const isRepeated = (timeMs: number) => repeats(changed(event, { timeMs }));
      repeats(changed(event, { timeMs: event.timeMs + awayMs }));
      const times = [0, 64, 60_000, 60_064].map((ms) => event.timeMs + ms);
      assert.deepEqual(times.map(isRepeated), [false, true, false, true], `${awayMs}`);
    }
  });

  it('opens one container anew and leaves the windows of others', () => {
    const { dedup, repeats } = started();
    const all = REPEATABLE_SAMPLES.flatMap(({ event }) =>
      CONTAINERS.map((container, index) => ({
        event: changed(event, { cgroupId: 50 + index }),
        container,
      })),
    );
    const repeated = () => all.map(({ event, container }) => repeats(event, container));
    assert.ok(!repeated().includes(true));
    assert.ok(!repeated().includes(false));
    dedup.reopen('one');
    assert.deepEqual(
      repeated(),
      all.map(({ container }) => container.id === 'two'),
    );
    assert.ok(!repeated().includes(false));
    dedup.reopen();
    assert.ok(!repeated().includes(true));
  });

  it('opens all anew rather than forget that one was', () => {
    const { dedup, repeats } = started();
    const { event } = anOpen();
    repeats(event);
    for (let index = 0; index < 5_000; index += 1) dedup.reopen(index === 0 ? 'one' : `x${index}`);
    assert.deepEqual([repeats(event), repeats(event)], [false, true]);
  });

  it('never calls an event a duplicate that is like none since its container was opened anew', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300 }),
        fc.integer({ min: 1, max: 8 }),
        (steps, slots) => {
          const { dedup } = started(10_000, slots);
          let seen = new Map<string, number>();
          let timeMs = 1_000_000;
          for (const one of steps) {
            if ('reopen' in one) {
              dedup.reopen(one.reopen);
              const isOther = (key: string) => one.reopen && !key.startsWith(one.reopen);
              seen = new Map([...seen].filter(([key]) => isOther(key)));
              continue;
            }
            timeMs += one.gapMs;
            const { key, attributedAt } = eventOf(one);
            const seenMs = seen.get(key) ?? Number.NEGATIVE_INFINITY;
            if (!dedup.isDuplicate(attributedAt(timeMs))) seen.set(key, timeMs);
            else assert.ok(Math.abs(timeMs - seenMs) <= 10_000 + 128, key);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** The event, and a text that only those like it have. */
function eventOf({ sample, change, container: index }: Happening) {
  const container = CONTAINERS[index] ?? CONTAINERS[0];
  const made = changed(
    sample.event,
    sample.different[change % (sample.different.length + 1)] ?? {},
  );
  const event = changed(made, { cgroupId: 2 * made.cgroupId + index });
  return {
    key: `${container.id} ${JSON.stringify(event)}`,
    attributedAt: (timeMs: number) => attributed(changed(event, { timeMs }), container),
  };
}
