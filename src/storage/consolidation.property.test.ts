import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import { ANNOTATION } from '#model/annotations.js';
import type { ContainerProfile } from '#model/profile.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from './memory-profile-store.ts';
import { aReport, stateOf } from './testing/sample-profiles.ts';

const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

/** The reports of one container run, the last of which ends it. */
function aSeries(length: number, last: string): readonly ContainerProfile[] {
  return Array.from({ length }, (_, at) =>
    aReport([at * 10, at * 10 + 10], {
      state: at === length - 1 ? last : 'ready/complete',
      spec: { syscalls: [`call${at}`], opens: [{ path: `/data/${at % 3}` }] },
    }),
  );
}

/** The reports of one of several runs that go on, which lost something or not. */
function goingOn(lost: readonly boolean[], series: number): readonly ContainerProfile[] {
  return lost.map((isLost, at) => {
    const state = isLost ? 'ready/partial' : 'ready/complete';
    const times = [at * 10, at * 10 + 10] as const;
    // Of several at one moment the one whose suffix comes first counts as the newest.
    const suffix = `at${at}of${series}`;
    const report = aReport(times, { series: `run${series}`, suffix, state });
    if (!isLost) return report;
    const words = { [ANNOTATION.partialBecause]: `series ${series} lost` };
    const annotations = { ...report.metadata.annotations, ...words };
    return { ...report, metadata: { ...report.metadata, annotations } };
  });
}

/** What arrives at the store: the number of a report, or a pass of consolidation. */
type Arrival = number | 'consolidate';

async function stateAfter(series: readonly ContainerProfile[], arrivals: readonly Arrival[]) {
  const store = new MemoryProfileStore({ clock: new VirtualClock(), random: seededRandom(1) });
  for (const arrival of [...arrivals, 'consolidate' as const]) {
    if (arrival === 'consolidate') await store.consolidateProfile(KEY, { signal });
    else await deliver(store, series[arrival]);
  }
  const profile = await store.get('ContainerProfile', KEY, { signal });
  const opens = profile?.spec.opens?.map(({ path }) => path).sort();
  const because = profile?.metadata.annotations?.[ANNOTATION.partialBecause];
  return { state: stateOf(profile), because, opens, syscalls: profile?.spec.syscalls };
}

/** A writer that sends again does not mind being told that it need not. */
async function deliver(store: MemoryProfileStore, report: ContainerProfile | undefined) {
  if (report === undefined) return;
  try {
    await store.create('ContainerProfile', report, { signal });
  } catch (reason) {
    const { code } = AgentError.from(reason);
    if (code !== 'conflict' && code !== 'completed') throw reason;
  }
}

const lengths = fc.integer({ min: 1, max: 8 });

/** Every report once, some again, in any order, with passes between them. */
function arrivalsOf(numbers: readonly number[]) {
  const extra = fc.oneof(fc.constantFrom(...numbers), fc.constant('consolidate' as const));
  const extras = fc.array(extra, { maxLength: 12 });
  return extras.chain((more) =>
    fc.shuffledSubarray<Arrival>([...numbers, ...more], {
      minLength: numbers.length + more.length,
    }),
  );
}

describe('consolidation', () => {
  it('comes to the same end in whatever order, and however often, reports arrive', async () => {
    const scenario = lengths.chain((length) =>
      fc.record({
        length: fc.constant(length),
        last: fc.constantFrom('completed/complete', 'ready/complete'),
        arrivals: arrivalsOf(Array.from({ length }, (_, at) => at)),
      }),
    );
    await fc.assert(
      fc.asyncProperty(scenario, async ({ length, last, arrivals }) => {
        const series = aSeries(length, last);
        const expected = await stateAfter(
          series,
          series.map((_, at) => at),
        );
        assert.equal(expected.state, last);
        assert.deepEqual(await stateAfter(series, arrivals), expected);
      }),
      { numRuns: 500 },
    );
  });

  it('says of several series that go on what their newest reports say, however they arrive', async () => {
    const lost = fc.array(fc.boolean(), { minLength: 1, maxLength: 3 });
    const scenario = fc.array(lost, { minLength: 1, maxLength: 4 }).chain((series) => {
      const reports = series.flatMap(goingOn);
      const arrivals = arrivalsOf(reports.map((_, at) => at));
      return fc.record({ series: fc.constant(series), reports: fc.constant(reports), arrivals });
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ series, reports, arrivals }) => {
        const ends = series.map((lost, at) => [lost.length * 10, at, lost.at(-1)] as const);
        const partial = ends
          .filter(([, , isLost]) => isLost)
          .sort(([a, i], [b, j]) => a - b || j - i);
        const [, newest] = partial.at(-1) ?? [];
        const found = await stateAfter(reports, arrivals);
        assert.equal(found.state, newest === undefined ? 'ready/complete' : 'ready/partial');
        assert.equal(found.because, newest === undefined ? undefined : `series ${newest} lost`);
      }),
      { numRuns: 300 },
    );
  });

  it('never calls a series whole of which a report is missing', async () => {
    const scenario = fc.integer({ min: 2, max: 8 }).chain((length) =>
      fc.integer({ min: 0, max: length - 1 }).chain((missing) =>
        fc.record({
          length: fc.constant(length),
          arrivals: arrivalsOf(
            Array.from({ length }, (_, at) => at).filter((at) => at !== missing),
          ),
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(scenario, async ({ length, arrivals }) => {
        const { state } = await stateAfter(aSeries(length, 'completed/complete'), arrivals);
        assert.equal(state, 'ready/complete');
      }),
    );
  });
});
