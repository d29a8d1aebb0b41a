import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { ProfileCache } from './profile-cache.ts';
import { aContainer, anApplicationProfile, learned, NAMESPACE } from './testing/cache-world.ts';
import { ScheduledStore } from './testing/scheduled-store.ts';

const ACTS = ['add', 'remove', 'learn', 'forget', 'overlay', 'no overlay', 'nudge'] as const;
// biome-ignore lint/style/noProcessEnv: a test is told by its environment how long to go on
const RUNS = Number(process.env['HULLWATCH_PROPERTY_RUNS'] ?? 500);
const LEARNED = { namespace: NAMESPACE, name: 'a-profile' };
const OVERLAY = { namespace: NAMESPACE, name: 'ug-a-workload' };

/** A cache of one container on a store whose answers come in the scheduler's order. */
class Trial {
  readonly store: ScheduledStore;
  readonly clock = new VirtualClock(0);
  readonly cache: ProfileCache;
  isThere = false;
  #highest = 0;
  #puts = 0;

  constructor(scheduler: fc.Scheduler) {
    this.store = new ScheduledStore(scheduler);
    this.cache = new ProfileCache({
      ...{ store: this.store, clock: this.clock, log: silentLogger, random: seededRandom(1) },
      options: { removalGraceMs: 0 },
      identities: { identityOf: (id) => aContainer(id) },
      onChange: () => this.#look(),
    });
  }

  take(act: (typeof ACTS)[number]): void {
    const mark = `/v/${this.#puts + 1}`;
    switch (act) {
      case 'add':
        this.isThere = true;
        this.cache.containerAdded('a');
        return;
      case 'remove':
        this.isThere = false;
        this.cache.containerRemoved('a');
        return;
      case 'learn':
        this.#puts = this.store.put(learned(LEARNED.name, mark));
        return;
      case 'forget':
        this.store.remove('ContainerProfile', LEARNED);
        this.#puts += 1;
        return;
      case 'overlay':
        this.#puts = this.store.put(anApplicationProfile(OVERLAY.name, mark));
        return;
      case 'no overlay':
        this.store.remove('ApplicationProfile', OVERLAY);
        this.#puts += 1;
        return;
      default:
        this.cache.nudge();
    }
  }

  /** The version of the learned profile that is in use never gets older. */
  #look(): void {
    const used = this.cache.container('a')?.sources[0]?.resourceVersion;
    if (used === undefined) return;
    assert.ok(Number(used) >= this.#highest, `version ${used} came after ${this.#highest}`);
    this.#highest = Number(used);
  }

  /** What is in use when nothing is under way is what is stored. */
  checkRest(): void {
    const view = this.cache.container('a');
    assert.equal(view !== undefined && view.state !== 'leaving', this.isThere);
    if (!this.isThere) return;
    const [base, overlay] = view?.sources ?? [];
    const stored = [
      this.store.versionOf('ContainerProfile', LEARNED),
      this.store.versionOf('ApplicationProfile', OVERLAY),
    ];
    const inUse = [base, overlay].map((source) => source?.resourceVersion);
    assert.deepEqual(
      inUse,
      stored.map((version) => version?.toString()),
    );
    const isEmpty = stored.every((version) => version === undefined);
    assert.equal(view?.state, isEmpty ? 'pending' : 'cached');
    assert.ok(this.store.gets.most <= 1, 'two calls for one object at a time');
  }
}

describe('ProfileCache', () => {
  it(`comes to what is stored in whatever order answers and events come, in ${RUNS} trials`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(fc.constantFrom(...ACTS), { minLength: 1, maxLength: 14 }),
        async (scheduler, acts) => {
          const trial = new Trial(scheduler);
          const ending = new AbortController();
          const ran = trial.cache.run({ signal: ending.signal });
          scheduler.scheduleSequence(acts.map((act) => async () => trial.take(act)));
          await rest(scheduler, trial.clock);
          trial.checkRest();
          ending.abort();
          await rest(scheduler, trial.clock);
          await ran;
          assert.deepEqual([trial.clock.pending, trial.store.watches], [0, 0]);
        },
      ),
      { numRuns: RUNS },
    );
  });
});

/** Lets everything go that waits, and what that sets off. */
async function rest(scheduler: fc.Scheduler, clock: VirtualClock): Promise<void> {
  do {
    await scheduler.waitAll();
    await clock.advance(0);
    await settle();
  } while (scheduler.count() > 0);
}
