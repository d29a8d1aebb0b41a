import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Metrics } from '#metrics/metrics.js';
import { EventAccounting } from '#model/event-accounting.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { registerPipelineMetrics } from './metrics.ts';
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
  return { accounting, clock, out, pipeline, run };
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

  it('lets everything of one container pass anew and nothing of others', () => {
    const { out, pipeline, run } = started();
    run(anOpen({ seq: 1 }));
    pipeline.reopenDedup('another');
    run(anOpen({ seq: 2 }));
    assert.equal(out.length, 1);
    pipeline.reopenDedup(anOpen().container.id);
    run(anOpen({ seq: 3 }));
    assert.equal(out.length, 2);
  });

  it('passes events on at the end of the batch that brought all before them', () => {
    const { clock, out, pipeline } = started();
    const [first, last] = [anOpen({ seq: 1 }), anExec({ seq: 3, timeMs: 1_001 })];
    for (const event of [first, last]) pipeline.accept(event);
    pipeline.arrived([first.event, last.event]);
    assert.deepEqual([out, pipeline.waiting], [['/etc/hosts'], 1]);
    pipeline.arrived([anOpen({ seq: 2 }).event]);
    assert.deepEqual([out, pipeline.waiting], [['/etc/hosts', 'exec'], 0]);
    assert.equal(clock.pending, 0);
  });

  it('counts what passed and what did not by type, with what the kernel set aside, and sums none of that', () => {
    const { accounting, pipeline, run } = started();
    run(anOpen({ seq: 1 }), anOpen({ seq: 2 }), anExec({ seq: 3 }), anExec({ seq: 4 }));
    const counts = { duplicates: { open: 5, network: 2 }, unwanted: { open: 3 } };
    pipeline.noteSuppressed({ type: 'suppressed', timeMs: 1, ...counts });
    pipeline.noteSuppressed({
      type: 'suppressed',
      timeMs: 2,
      duplicates: {},
      unwanted: { open: 4 },
    });
    const some = [...pipeline.dedupCounts].filter(([, one]) => one.passed + one.deduplicated > 0);
    assert.deepEqual(some, [
      ['exec', { passed: 2, deduplicated: 0 }],
      ['open', { passed: 1, deduplicated: 6 }],
      ['network', { passed: 0, deduplicated: 2 }],
    ]);
    assert.deepEqual(
      [...pipeline.unwantedCounts].filter(([, count]) => count > 0),
      [['open', 7]],
    );
    const { emitted, evaluated, duplicate } = accounting.snapshot();
    assert.deepEqual([emitted, evaluated, duplicate], [4, 3, 1]);
  });

  it('tells its counts as metrics, for every type', async () => {
    const { pipeline, run } = started();
    const metrics = new Metrics();
    registerPipelineMetrics(metrics, pipeline);
    run(anOpen({ seq: 1 }), anOpen({ seq: 2 }));
    pipeline.noteSuppressed({
      type: 'suppressed',
      timeMs: 1,
      duplicates: {},
      unwanted: { dns: 3 },
    });
    const lines = (await metrics.render()).split('\n');
    for (const line of [
      'node_agent_dedup_events_total{event_type="open",result="passed"} 1',
      'node_agent_dedup_events_total{event_type="open",result="deduplicated"} 1',
      'node_agent_dedup_events_total{event_type="setns",result="deduplicated"} 0',
      'hullwatch_unwanted_events_total{event_type="dns"} 3',
      'node_agent_pipeline_waiting_events 0',
    ]) {
      assert.ok(lines.includes(line), line);
    }
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
