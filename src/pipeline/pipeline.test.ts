import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventAccounting } from '#model/event-accounting.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Pipeline } from './pipeline.ts';
import { anExec, anOpen } from './testing/attributed-events.ts';

function started(windowMs = 10_000) {
  const clock = new VirtualClock();
  const accounting = new EventAccounting();
  const out: string[] = [];
  const pipeline = new Pipeline({
    clock,
    accounting,
    options: { order: { windowMs: 5, capacity: 1_000 }, dedup: { windowMs, slotsExponent: 10 } },
    onEvent: ({ event }) => out.push(event.type === 'open' ? event.path : event.type),
  });
  const run = (...events: Parameters<Pipeline['accept']>[0][]) => {
    for (const event of events) {
      accounting.emitted();
      pipeline.accept(event);
    }
    pipeline.drain();
  };
  return { accounting, out, pipeline, run };
}

describe('Pipeline', () => {
  it('sets a repeated open aside and counts it as a duplicate', () => {
    const { accounting, out, run } = started();
    run(anOpen({ seq: 1 }), anOpen({ seq: 2, timeMs: 2_000 }));
    assert.deepEqual(out, ['/etc/hosts']);
    const { evaluated, duplicate, inFlight } = accounting.snapshot();
    assert.deepEqual(
      { evaluated, duplicate, inFlight },
      { evaluated: 1, duplicate: 1, inFlight: 0 },
    );
  });

  for (const [what, fields] of [
    ['process', { pid: 101 }],
    ['path', { path: '/etc/hostt' }],
    ['set of flags', { flags: 1 }],
    ['container', { cgroupId: 43 }],
    ['container whose id differs above 32 bits', { cgroupId: 42 + 2 ** 40 }],
    ['outcome', { result: -13 }],
  ] as const) {
    it(`lets an open of another ${what} pass`, () => {
      const { out, run } = started();
      run(anOpen({ seq: 1 }), anOpen({ seq: 2, ...fields }));
      assert.equal(out.length, 2);
    });
  }

  it('lets a repeated open pass when the window is over', () => {
    const { out, run } = started(10_000);
    run(anOpen({ seq: 1, timeMs: 1_000 }), anOpen({ seq: 2, timeMs: 10_900 }));
    assert.equal(out.length, 1);
    run(anOpen({ seq: 3, timeMs: 11_200 }));
    assert.equal(out.length, 2);
  });

  it('lets everything pass anew after the window was reopened', () => {
    const { out, pipeline, run } = started();
    run(anOpen({ seq: 1 }));
    pipeline.reopenDedup();
    run(anOpen({ seq: 2 }), anOpen({ seq: 3 }));
    assert.equal(out.length, 2);
  });

  it('never sets an exec aside', () => {
    const { out, run } = started();
    run(anExec({ seq: 1 }), anExec({ seq: 2 }));
    assert.deepEqual(out, ['exec', 'exec']);
  });

  it('passes every open when deduplication is off', () => {
    const { out, run } = started(0);
    run(anOpen({ seq: 1 }), anOpen({ seq: 2 }));
    assert.equal(out.length, 2);
  });

  it('takes no two different paths for one, and counts every event once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 40 }), { maxLength: 300 }), (paths) => {
        const { accounting, out, run } = started();
        run(...paths.map((path, index) => anOpen({ seq: index + 1, path })));
        assert.deepEqual([...out].sort(), [...paths].sort());
        assert.equal(accounting.snapshot().inFlight, 0);
      }),
      { numRuns: 50 },
    );
  });
});
