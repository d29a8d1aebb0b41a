import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '#runtime/virtual-clock.js';
import { aLearner, MINUTE, START } from './testing/learner-setup.ts';
import { aContainer, anExit, anOpen } from './testing/observed.ts';

/** Paths of the opens of each row. */
function openedIn(store: ReturnType<typeof aLearner>['store']): (readonly string[])[] {
  return store.rows.map(({ spec }) => (spec.opens ?? []).map(({ path }) => path));
}

describe('Learner: pace', () => {
  it('reports first after the initial delay, then every period, only what is new', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.observe(anOpen('/a'));
    await clock.advance(2 * MINUTE - 1);
    assert.equal(store.rows.length, 0);
    await clock.advance(1);
    learner.observe(anOpen('/b'));
    await clock.advance(10 * MINUTE);
    assert.deepEqual(openedIn(store), [['/a'], ['/b']]);
    await learner.stop();
  });

  it('reports that learning began, and then nothing while nothing happens', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    await clock.advance(55 * MINUTE);
    assert.deepEqual(store.column('status'), ['ready']);
    assert.deepEqual(openedIn(store), [[]]);
    await learner.stop();
  });

  it('spreads the reports of containers that began together', async () => {
    const { clock, store, learner } = aLearner({ jitterRatio: 0.05 });
    for (let i = 0; i < 20; i += 1) learner.containerAdded(aContainer({ id: `c${i}` }));
    await clock.advance(3 * MINUTE);
    const times = new Set(store.column('reportTimestamp'));
    assert.ok(times.size > 15, `only ${times.size} different times`);
    await learner.stop();
  });

  it('reports early when the recording is full, without waiting for the period', async () => {
    const { clock, store, learner } = aLearner({ maxEntries: 3 });
    learner.containerAdded(aContainer());
    for (const path of ['/a', '/b', '/c']) learner.observe(anOpen(path));
    await settle();
    assert.deepEqual(openedIn(store), [['/a', '/b', '/c']]);
    await clock.advance(0);
    await learner.stop();
  });

  it('never reports more than the bound at once, and drops nothing within twice the bound', async () => {
    const { clock, store, learner } = aLearner({ maxEntries: 2 });
    store.behave = () => (clock.now() < START + MINUTE ? 'unavailable' : 'store');
    learner.containerAdded(aContainer());
    for (const path of ['/a', '/b']) learner.observe(anOpen(path));
    await clock.advance(1);
    for (const path of ['/c', '/d', '/e', '/f']) learner.observe(anOpen(path));
    await clock.advance(3 * MINUTE);
    assert.deepEqual(openedIn(store), [
      ['/a', '/b'],
      ['/c', '/d'],
      ['/e', '/f'],
    ]);
    assert.deepEqual(new Set(store.column('completion')), new Set(['complete']));
    await learner.stop();
  });
});

describe('Learner: end of learning', () => {
  it('completes after the learning period and records nothing from then on', async () => {
    const { clock, store, saved, learner } = aLearner();
    learner.containerAdded(aContainer());
    await clock.advance(59 * MINUTE);
    learner.observe(anOpen('/late'));
    await clock.advance(MINUTE);
    learner.observe(anOpen('/too-late'));
    await clock.advance(60 * MINUTE);
    assert.deepEqual(store.column('status'), ['ready', 'completed']);
    assert.deepEqual(openedIn(store), [[], ['/late']]);
    assert.equal(saved.at(-1)?.status, 'completed');
    assert.deepEqual(learner.learning(), []);
    assert.equal(clock.pending, 0);
  });

  it('completes when the container exits with 0, and fails it otherwise', async () => {
    for (const [exitCode, status] of [
      [0, 'completed'],
      [1, 'failed'],
      [137, 'failed'],
    ] as const) {
      const { clock, store, learner } = aLearner();
      learner.containerAdded(aContainer());
      learner.observe(anOpen('/a'));
      learner.containerRemoved({ containerId: 'c1', timeMs: 0, exitCode });
      await settle();
      assert.deepEqual(store.column('status'), [status]);
      assert.deepEqual(openedIn(store), [['/a']]);
      assert.equal(clock.pending, 0);
    }
  });

  it('waits for an exit code that is not known yet, still learning', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.containerRemoved({ containerId: 'c1', timeMs: 0 });
    await clock.advance(10_000);
    learner.observe(anOpen('/last'));
    learner.containerRemoved({ containerId: 'c1', timeMs: 0, exitCode: 0 });
    await settle();
    assert.deepEqual(store.column('status'), ['completed']);
    assert.deepEqual(openedIn(store), [['/last']]);
    assert.equal(clock.pending, 0);
  });

  it('takes the exit code from the first process of the container, before or after the removal', async () => {
    for (const isBefore of [true, false]) {
      const { clock, store, learner } = aLearner();
      learner.containerAdded(aContainer());
      learner.observe(anExit({ pid: 101, exitCode: 1 }));
      if (isBefore) learner.observe(anExit());
      learner.containerRemoved({ containerId: 'c1', timeMs: 0 });
      if (!isBefore) learner.observe(anExit());
      await settle();
      assert.deepEqual(store.column('status'), ['completed']);
      assert.equal(clock.pending, 0);
    }
  });

  it('takes an end by a signal, and an exit code that never comes, for a failure', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.containerAdded(aContainer({ id: 'c2' }));
    learner.observe(anExit({ signal: 9 }));
    learner.containerRemoved({ containerId: 'c1', timeMs: 0 });
    learner.containerRemoved({ containerId: 'c2', timeMs: 0 });
    await clock.advance(30_000);
    assert.deepEqual(store.column('status'), ['failed', 'failed']);
    assert.equal(clock.pending, 0);
  });

  it('leaves a last part for the report that says completed, however much there is', async () => {
    const { store, learner } = aLearner({ maxEntries: 2 });
    store.behave = () => 'unavailable';
    learner.containerAdded(aContainer());
    for (const path of ['/a', '/b', '/c', '/d']) learner.observe(anOpen(path));
    store.behave = () => 'store';
    learner.containerRemoved({ containerId: 'c1', timeMs: 0, exitCode: 0 });
    await settle();
    assert.deepEqual(store.column('status'), ['ready', 'completed']);
    assert.deepEqual(openedIn(store).flat(), ['/a', '/b', '/c', '/d']);
  });

  it('ends when the store says that the profile is final or too large', async () => {
    for (const answer of ['completed', 'too-large'] as const) {
      const { clock, store, saved, learner } = aLearner();
      store.behave = () => answer;
      learner.containerAdded(aContainer());
      await clock.advance(2 * MINUTE);
      learner.observe(anOpen('/a'));
      await clock.advance(90 * MINUTE);
      assert.equal(store.tried.length, 1);
      assert.deepEqual(saved, []);
      assert.deepEqual(learner.learning(), []);
      assert.equal(learner.results[answer], 1);
      assert.equal(clock.pending, 0);
    }
  });
});

describe('Learner: completion', () => {
  it('is complete for a container seen from its start', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    await clock.advance(2 * MINUTE);
    assert.deepEqual(store.column('completion'), ['complete']);
    await learner.stop();
  });

  it('is partial for a container that ran before', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer({ preExisting: true }));
    await clock.advance(2 * MINUTE);
    assert.deepEqual(store.column('completion'), ['partial']);
    await learner.stop();
  });

  it('becomes partial for every container being learned when events are lost, and says so in the next report', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.containerAdded(aContainer({ id: 'c2' }));
    await clock.advance(2 * MINUTE);
    learner.lossOccurred(7);
    learner.lossOccurred(0);
    learner.containerAdded(aContainer({ id: 'c3' }));
    assert.deepEqual(
      learner.learning().map(({ lostEvents, completion }) => [lostEvents, completion]),
      [
        [7, 'partial'],
        [7, 'partial'],
        [0, 'complete'],
      ],
    );
    await clock.advance(10 * MINUTE);
    assert.deepEqual(store.column('completion').slice(2).sort(), [
      'complete',
      'partial',
      'partial',
    ]);
    await learner.stop();
  });

  it('becomes partial alone when events of one container are lost', async () => {
    const { learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.containerAdded(aContainer({ id: 'c2' }));
    learner.lossOccurred(3, 'c2');
    learner.lossOccurred(3, 'unknown');
    assert.deepEqual(
      learner.learning().map(({ completion }) => completion),
      ['complete', 'partial'],
    );
    await learner.stop();
  });

  it('is partial once entries had to be dropped', async () => {
    const { clock, store, learner } = aLearner({ maxEntries: 1 });
    store.behave = () => (clock.now() < START + MINUTE ? 'unavailable' : 'store');
    learner.containerAdded(aContainer());
    for (const path of ['/a', '/b', '/c', '/d']) learner.observe(anOpen(path));
    assert.equal(learner.learning()[0]?.droppedEntries, 2);
    await clock.advance(20 * MINUTE);
    assert.equal(store.column('completion').at(-1), 'partial');
    await learner.stop();
  });
});
