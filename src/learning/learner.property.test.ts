import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aLearner, MINUTE } from './testing/learner-setup.ts';
import { aContainer, anExec, anOpen } from './testing/observed.ts';
import type { Behaviour, ReportStore } from './testing/report-store.ts';

const BEHAVIOURS: readonly Behaviour[] = [
  'store',
  'unavailable',
  'expired',
  'hang',
  'silent',
  'lost-answer',
  'conflict',
  'invalid',
  'internal',
];

const stepArbitrary = fc.record({
  type: fc.constantFrom('open' as const, 'exec' as const, 'wait' as const),
  n: fc.nat(30),
});
type Step = typeof stepArbitrary extends fc.Arbitrary<infer S> ? S : never;
type Setup = ReturnType<typeof aLearner>;

interface Scenario {
  readonly steps: readonly Step[];
  readonly plan: readonly Behaviour[];
  readonly seed: number;
  readonly maxEntries: number;
  /** Ends by a stop of the learner, else by the exit of the container. */
  readonly stops: boolean;
}

/** Observes and waits; returns what was taken in and not dropped for want of room. */
async function perform({ clock, learner }: Setup, steps: readonly Step[]): Promise<Set<string>> {
  const observed = new Set<string>();
  const dropped = () => learner.learning()[0]?.droppedEntries;
  for (const { type, n } of steps) {
    if (type === 'wait') {
      await clock.advance(n * MINUTE);
      continue;
    }
    const path = `/${type}/${n}`;
    const before = dropped();
    learner.observe(type === 'open' ? anOpen(path) : anExec({ exePath: path, args: [path] }));
    if (dropped() === before) observed.add(path);
  }
  return observed;
}

function storedPaths({ rows }: ReportStore): Set<string> {
  const entries = rows.flatMap(({ spec }) => [...(spec.opens ?? []), ...(spec.execs ?? [])]);
  return new Set(entries.map(({ path }) => path));
}

function assertOneChain(store: ReportStore): void {
  const reports = store.column('reportTimestamp');
  const previous = ['0001-01-01T00:00:00Z', ...reports.slice(0, -1)];
  assert.deepEqual(store.column('previousReportTimestamp'), previous);
  assert.deepEqual(reports, [...new Set(reports)].sort());
  assert.equal(new Set(store.column('reportSeriesId')).size, 1);
}

describe('Learner', () => {
  it('stores all that it observed, in one chain from zero, however the store fails', async () => {
    const parameters = {
      steps: fc.array(stepArbitrary, { maxLength: 40 }),
      plan: fc.array(fc.constantFrom(...BEHAVIOURS), { maxLength: 40 }),
      seed: fc.nat(),
      maxEntries: fc.integer({ min: 5, max: 50 }),
      stops: fc.boolean(),
    };
    const run = async ({ steps, plan, seed, maxEntries, stops }: Scenario) => {
      const options = { maxEntries, jitterRatio: 0.05, learningPeriodMs: 10_000 * MINUTE };
      const setup = aLearner(options, seed);
      const { clock, store, learner } = setup;
      const left = [...plan];
      store.behave = () => left.shift();
      learner.containerAdded(aContainer());
      const observed = await perform(setup, steps);
      left.length = 0;
      if (stops) {
        // A stop makes one try only; what is stuck gets its time to come through first.
        await clock.advance(30 * MINUTE);
        await learner.stop();
      } else {
        learner.containerRemoved({ containerId: 'c1', timeMs: 0, exitCode: 0 });
        await clock.advance(120 * MINUTE);
      }
      assert.deepEqual(storedPaths(store), observed);
      assertOneChain(store);
      const statuses = store.column('status');
      assert.equal(statuses.at(-1), stops ? 'ready' : 'completed');
      assert.ok(statuses.slice(0, -1).every((status) => status === 'ready'));
      assert.equal(clock.pending, 0);
    };
    await fc.assert(fc.asyncProperty(fc.record(parameters), run), { numRuns: 200 });
  });
});
