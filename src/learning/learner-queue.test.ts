import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { settle } from '#runtime/virtual-clock.js';
import { aLearner, MINUTE, START } from './testing/learner-setup.ts';
import { aContainer, aLabelledContainer, anExec, anOpen } from './testing/observed.ts';

const ZERO = '0001-01-01T00:00:00Z';

type Setup = ReturnType<typeof aLearner>;

/** The queue's file takes nothing until `minutes` after the start. */
function fullUntil({ clock, file }: Setup, minutes: number): void {
  const { commit } = file;
  file.commit = (changes) => {
    if (clock.now() < START + minutes * MINUTE) throw new AgentError('unavailable', 'disk full');
    commit.call(file, changes);
  };
}

function openedIn({ rows }: Setup['store']): readonly string[] {
  return rows.flatMap(({ spec }) => spec.opens ?? []).map(({ path }) => path);
}

function assertOneChain({ store }: Setup): void {
  const times = store.column('reportTimestamp');
  assert.deepEqual(store.column('previousReportTimestamp'), [ZERO, ...times.slice(0, -1)]);
}

describe('Learner: a store that is away or takes little', () => {
  it('asks a store that is away with one call at a time, however many reports wait', async () => {
    const { clock, store, learner } = aLearner();
    store.behave = () => (clock.now() < START + 60 * MINUTE ? 'unavailable' : 'store');
    for (let i = 0; i < 300; i += 1) {
      learner.containerAdded(aContainer({ id: `c${i}` }));
      learner.containerRemoved({ containerId: `c${i}`, timeMs: 0, exitCode: 0 });
    }
    await clock.advance(60 * MINUTE - 1);
    assert.ok(store.tried.length < 250, `${store.tried.length} calls in an hour`);
    assert.ok(new Set(store.tried).size > 100, 'different reports are tried');
    await clock.advance(MINUTE);
    assert.equal(store.rows.length, 300);
    assert.equal(clock.pending, 0);
  });

  it('leaves a store alone for as long as it asks', async () => {
    const { clock, store, learner } = aLearner();
    const times: number[] = [];
    store.create = () => {
      times.push(clock.now());
      return Promise.reject(new AgentError('unavailable', 'busy', { retryAfterMs: 120_000 }));
    };
    learner.containerAdded(aContainer());
    await clock.advance(12 * MINUTE);
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    assert.ok(waits.length >= 3 && waits.every((wait) => wait >= 120_000), `${waits}`);
    await learner.stop();
  });

  it('splits a report that is too large for one request, without a gap', async () => {
    const setup = aLearner();
    const { store, learner } = setup;
    store.behave = ({ spec }) => ((spec.opens?.length ?? 0) > 2 ? 'exhausted' : 'store');
    learner.containerAdded(aContainer());
    for (let i = 0; i < 9; i += 1) learner.observe(anOpen(`/${i}`));
    learner.containerRemoved({ containerId: 'c1', timeMs: 0, exitCode: 0 });
    await settle();
    assert.deepEqual(
      [...openedIn(store)].sort(),
      [...Array(9).keys()].map((i) => `/${i}`),
    );
    assertOneChain(setup);
    assert.deepEqual(store.column('status').slice(-2), ['ready', 'completed']);
    assert.deepEqual(new Set(store.column('completion')), new Set(['complete']));
    assert.equal(learner.splits, store.rows.length - 1);
  });

  it('sets aside what is too large after four splits, and is partial then', async () => {
    const { clock, store, learner } = aLearner();
    store.behave = ({ spec }) => (spec.opens?.length ? 'exhausted' : 'store');
    learner.containerAdded(aContainer());
    for (let i = 0; i < 40; i += 1) learner.observe(anOpen(`/${i}`));
    await clock.advance(2 * MINUTE);
    assert.equal(learner.queueState().setAside, 16);
    await clock.advance(58 * MINUTE);
    assert.deepEqual(store.column('status'), ['completed']);
    assert.deepEqual(store.column('completion'), ['partial']);
    assert.equal(store.column('previousReportTimestamp')[0], ZERO);
  });
});

describe('Learner: the end that a store puts to learning', () => {
  for (const answer of ['completed', 'too-large'] as const) {
    it(`drops what waits of the series when the profile is ${answer}`, async () => {
      const { clock, store, file, learner } = aLearner();
      store.behave = () => (clock.now() < START + 20 * MINUTE ? 'unavailable' : answer);
      learner.containerAdded(aContainer());
      learner.observe(anOpen('/a'));
      await clock.advance(3 * MINUTE);
      learner.observe(anOpen('/b'));
      await clock.advance(10 * MINUTE);
      assert.equal(learner.queueState().reports, 2);
      await clock.advance(10 * MINUTE);
      assert.equal(learner.results[answer], 1);
      assert.deepEqual([learner.queueState().reports, learner.learning()], [0, []]);
      assert.deepEqual(file.rows(), []);
      assert.equal(clock.pending, 0);
    });
  }

  it('drops what waits of a container that is gone as well, after one answer', async () => {
    const { clock, store, learner } = aLearner();
    store.behave = () => (clock.now() < START + 20 * MINUTE ? 'unavailable' : 'completed');
    learner.containerAdded(aContainer());
    await clock.advance(3 * MINUTE);
    learner.containerRemoved({ containerId: 'c1', timeMs: 0, exitCode: 0 });
    await clock.advance(1);
    assert.equal(learner.queueState().reports, 2);
    await clock.advance(20 * MINUTE);
    assert.deepEqual([learner.results.completed, learner.queueState().reports], [1, 0]);
  });

  it('drops what waits of a container that turns out to have a profile of its own', async () => {
    const { clock, store, file, learner } = aLearner();
    store.behave = () => 'unavailable';
    learner.containerAdded(aContainer());
    await clock.advance(3 * MINUTE);
    learner.containerAdded(aLabelledContainer({ 'kubescape.io/user-defined-profile': 'mine' }));
    assert.deepEqual(file.rows(), []);
    await learner.stop();
  });
});

describe('Learner: health', () => {
  it('tells of a queue that takes nothing as long as it does, and of what was set aside', async () => {
    const setup = aLearner();
    const { clock, store, health, learner } = setup;
    fullUntil(setup, 5);
    store.behave = () => 'invalid';
    learner.containerAdded(aContainer());
    await clock.advance(3 * MINUTE);
    const names = () => health.conditions().map(({ name }) => name);
    assert.deepEqual(names(), ['report-queue']);
    await clock.advance(4 * MINUTE);
    assert.deepEqual(names(), []);
    await clock.advance(20 * MINUTE);
    assert.deepEqual(names(), ['reports-set-aside']);
    assert.match(
      health.conditions()[0]?.message ?? '',
      /^1 set aside; the newest, shop\/.*refused 5 times/,
    );
    await learner.stop();
  });
});

describe('Learner: a queue that takes nothing', () => {
  it('gives up the oldest when too many that are gone wait for it', async () => {
    const setup = aLearner({ maxUnsaved: 2 });
    const { clock, store, learner } = setup;
    fullUntil(setup, 1);
    for (const id of ['c1', 'c2', 'c3']) {
      learner.containerAdded(aContainer({ id }));
      learner.observe(anOpen(`/${id}`, 0, aContainer({ id })));
      learner.containerRemoved({ containerId: id, timeMs: 0, exitCode: 0 });
      await settle();
    }
    await clock.advance(3 * MINUTE);
    assert.deepEqual([...openedIn(store)].sort(), ['/c2', '/c3']);
    assert.equal(clock.pending, 0);
  });

  it('loses nothing within the bound, and makes one chain once there is room', async () => {
    const setup = aLearner({ maxEntries: 2 });
    const { clock, store, learner } = setup;
    fullUntil(setup, 30);
    learner.containerAdded(aContainer());
    for (const path of ['/a', '/b']) learner.observe(anOpen(path));
    await clock.advance(1);
    for (const path of ['/c', '/d', '/e', '/f', '/g']) learner.observe(anOpen(path));
    assert.equal(learner.learning()[0]?.unsavedEntries, 6);
    await clock.advance(32 * MINUTE);
    assert.deepEqual(openedIn(store), ['/a', '/b', '/c', '/d', '/e', '/f']);
    assertOneChain(setup);
    assert.equal(store.column('partialBecause').at(-1), '1 event dropped: no room');
    await learner.stop();
  });
});

describe('Learner: an agent that is started again', () => {
  it('stores what the one before left in the queue, and learns on as another series, partial', async () => {
    const first = aLearner();
    first.store.behave = () => 'unavailable';
    first.learner.containerAdded(aContainer());
    first.learner.observe(anOpen('/before'));
    const stopped = first.learner.stop();
    await first.clock.advance(10_000);
    await stopped;
    const second = aLearner({}, 2, first.file);
    await settle();
    assert.deepEqual(openedIn(second.store), ['/before']);
    assert.deepEqual(second.store.column('status'), ['ready']);
    second.learner.containerAdded(aContainer({ preExisting: true }));
    await second.clock.advance(60 * MINUTE);
    assert.deepEqual(second.store.column('status'), ['ready', 'ready', 'completed']);
    assert.equal(new Set(second.store.column('reportSeriesId')).size, 2);
    assert.equal(second.store.column('partialBecause').at(-1), 'the agent was restarted');
    const evidence = JSON.parse(second.store.column('evidence').at(-1) ?? '');
    assert.deepEqual(evidence, {
      seen: 0,
      lost: 0,
      dropped: 0,
      truncated: 0,
      coveredMs: 60 * MINUTE,
      agentRestarts: 1,
    });
  });

  it('counts every restart, and knows that the beginning was not seen', async () => {
    const first = aLearner();
    first.learner.containerAdded(aContainer({ preExisting: true }));
    await first.clock.advance(2 * MINUTE);
    assert.equal(first.store.column('partialBecause')[0], 'the container ran before the agent');
    let { file } = first;
    let last = first;
    for (const seed of [2, 3]) {
      last = aLearner({}, seed, file);
      last.learner.containerAdded(aContainer({ preExisting: true }));
      await last.clock.advance(2 * MINUTE);
      ({ file } = last);
    }
    assert.equal(
      last.store.column('partialBecause')[0],
      'the container ran before the agent; the agent was restarted 2 times',
    );
  });

  it('takes a container that begins anew under an old id for what it is', async () => {
    const first = aLearner();
    first.learner.containerAdded(aContainer());
    await first.clock.advance(2 * MINUTE);
    const second = aLearner({}, 2, first.file);
    second.learner.containerAdded(aContainer());
    await second.clock.advance(2 * MINUTE);
    assert.deepEqual(second.store.column('completion'), ['complete']);
  });
});

describe('Learner: evidence', () => {
  it('says what was seen and what was missed, and why it is partial', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.observe(anOpen('/a'));
    learner.observe(anOpen('/a'));
    learner.observe(anExec({ argsTruncated: true }));
    learner.lossOccurred(2);
    learner.lossOccurred(1, 'c1', 'dropped');
    await clock.advance(2 * MINUTE);
    assert.deepEqual(JSON.parse(store.column('evidence')[0] ?? ''), {
      seen: 3,
      lost: 2,
      dropped: 1,
      truncated: 1,
      coveredMs: 2 * MINUTE,
      agentRestarts: 0,
    });
    const reasons =
      '2 events lost in the kernel; 1 event dropped: no room; 1 event learned in part only';
    assert.equal(store.column('partialBecause')[0], reasons);
    const [state] = learner.learning();
    assert.equal(state?.partialBecause, reasons);
    assert.deepEqual([state?.evidence.seen, state?.queued, state?.saves], [3, 0, 1]);
    await learner.stop();
  });
});
