import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ANNOTATION } from '#model/annotations.js';
import { stableName } from '#profile/slug.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { AgentLives, FAULTS, type Fault } from './testing/agent-lives.ts';
import { MINUTE } from './testing/learner-setup.ts';
import { aContainer } from './testing/observed.ts';

const { namespace, instanceId } = aContainer();
const name = stableName(instanceId);
const KEY = { namespace, name };
const { signal } = new AbortController();

const stepArbitrary = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constantFrom('open' as const, 'exec' as const),
      n: fc.nat(40),
    }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('wait' as const), n: fc.nat(15) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('merge' as const), n: fc.constant(0) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('kill' as const, 'stop' as const, 'lose' as const, 'cut' as const),
      n: fc.constant(1),
    }),
  },
);
const calm = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('open' as const, 'exec' as const),
      n: fc.nat(40),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), n: fc.nat(15) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('merge' as const), n: fc.constant(0) }) },
);
type Step = typeof stepArbitrary extends fc.Arbitrary<infer S> ? S : never;

interface Scenario {
  readonly steps: readonly Step[];
  readonly faults: readonly Fault[];
  readonly maxOpens: number;
  readonly maxReports: number;
  readonly maxEntries: number;
}

function scenarios(steps: fc.Arbitrary<Step>): fc.Arbitrary<Scenario> {
  return fc.record({
    steps: fc.array(steps, { maxLength: 50 }),
    faults: fc.array(fc.constantFrom(...FAULTS), { maxLength: 40 }),
    maxOpens: fc.integer({ min: 1, max: 40 }),
    maxReports: fc.constantFrom(1, 2, 5, 100),
    maxEntries: fc.integer({ min: 3, max: 30 }),
  });
}

class Trial {
  readonly store: MemoryProfileStore;
  readonly lives: AgentLives;

  constructor({ faults, maxOpens, maxReports, maxEntries }: Scenario) {
    const sources = { clock: new VirtualClock(), random: seededRandom(1), log: silentLogger };
    this.store = new MemoryProfileStore(sources);
    const options = { maxEntries, learningPeriodMs: 100_000 * MINUTE };
    this.lives = new AgentLives({
      store: this.store,
      faults: [...faults],
      maxOpens,
      maxReports,
      options,
    });
  }

  async perform({ type, n }: Step): Promise<void> {
    const { lives } = this;
    if (type === 'open' || type === 'exec') lives.observe(type, n);
    else if (type === 'wait') await lives.clock.advance(n * MINUTE);
    else if (type === 'merge') await this.merge();
    else if (type === 'lose') lives.lose(n);
    else if (type === 'cut') lives.cut();
    else await this.#end(type);
  }

  merge(expiredBeforeMs?: number): Promise<unknown> {
    return this.store.consolidateProfile(KEY, { signal, expiredBeforeMs });
  }

  async #end(how: 'kill' | 'stop'): Promise<void> {
    if (how === 'stop') {
      await this.lives.stop();
      assertSubset(this.lives.observed, this.lives.durable);
    }
    this.lives.restart();
  }
}

function assertSubset(part: ReadonlySet<string>, whole: ReadonlySet<string>): void {
  assert.deepEqual(
    [...part].filter((each) => !whole.has(each)),
    [],
  );
}

/** Gives the profile as it is in the end, and how it came to that. */
async function outcomeOf(scenario: Scenario) {
  const trial = new Trial(scenario);
  for (const step of scenario.steps) await trial.perform(step);
  const { lives, store } = trial;
  await lives.finish();
  assert.equal(lives.waiting, 0);
  assert.equal(lives.clock.pending, 0);
  assertSubset(lives.observed, lives.durable);
  await trial.merge();
  // A last report that was given up ends its series when nothing has followed for long enough.
  if (lives.gaveUp > 0) await trial.merge(Number.MAX_SAFE_INTEGER);
  const profile = await store.get('ContainerProfile', KEY, { signal });
  const { opens, execs } = profile?.spec ?? {};
  const stored = new Set([...(opens ?? []), ...(execs ?? [])].map(({ path }) => path));
  const annotations = profile?.metadata.annotations ?? {};
  return { lives, stored, annotations };
}

describe('Learner: lives of an agent', () => {
  it('bring all that the queue ever took to the profile, and complete only what nothing is missing of', async () => {
    await fc.assert(
      fc.asyncProperty(scenarios(stepArbitrary), async (scenario) => {
        const { lives, stored, annotations } = await outcomeOf(scenario);
        if (lives.gaveUp === 0) assert.deepEqual(stored, lives.durable);
        else assertSubset(stored, lives.durable);
        const isWhole = !lives.hasLoss && lives.gaveUp === 0;
        if (lives.gaveUp > 0 && stored.size === 0 && annotations[ANNOTATION.status] === undefined)
          return;
        assert.equal(annotations[ANNOTATION.completion], isWhole ? 'complete' : 'partial');
        if (lives.gaveUp === 0) assert.equal(annotations[ANNOTATION.status], 'completed');
      }),
      { numRuns: 300 },
    );
  });

  it('without a loss end complete, whatever the store does', async () => {
    const isCalm = ({ maxOpens }: Scenario) => maxOpens >= 8;
    await fc.assert(
      fc.asyncProperty(scenarios(calm).filter(isCalm), async (scenario) => {
        const faults = scenario.faults.filter((fault) => fault !== 'invalid');
        const { lives, stored, annotations } = await outcomeOf({
          ...scenario,
          faults,
          maxReports: 100,
        });
        assert.equal(lives.gaveUp, 0);
        assert.deepEqual(stored, lives.durable);
        const state = [annotations[ANNOTATION.status], annotations[ANNOTATION.completion]];
        assert.deepEqual(state, ['completed', lives.hasLoss ? 'partial' : 'complete']);
      }),
      { numRuns: 200 },
    );
  });
});
