import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTimestamp } from '#runtime/timestamp.js';
import { settle } from '#runtime/virtual-clock.js';
import { aLearner, MINUTE, START } from './testing/learner-setup.ts';
import { aContainer, anOpen } from './testing/observed.ts';
import type { Behaviour } from './testing/report-store.ts';

const ZERO = '0001-01-01T00:00:00Z';

describe('Learner: failures of the store', () => {
  it('tries a report again under its own name until it is stored, and reports what came meanwhile a period later', async () => {
    const { clock, store, learner } = aLearner();
    store.behave = () => (clock.now() < START + 5 * MINUTE ? 'unavailable' : 'store');
    learner.containerAdded(aContainer());
    learner.observe(anOpen('/a'));
    await clock.advance(3 * MINUTE);
    learner.observe(anOpen('/b'));
    await clock.advance(14 * MINUTE);
    assert.equal(new Set(store.tried.slice(0, -1)).size, 1);
    assert.equal(store.rows.length, 2);
    const [first, second] = store.column('reportTimestamp');
    assert.equal(first, formatTimestamp(START + 2 * MINUTE));
    assert.deepEqual(store.column('previousReportTimestamp'), [ZERO, first]);
    assert.notEqual(first, second);
    await learner.stop();
  });

  it('waits longer and longer between tries, but not more than half a minute', async () => {
    const { clock, store, learner } = aLearner();
    const times: number[] = [];
    store.behave = () => {
      times.push(clock.now());
      return 'unavailable';
    };
    learner.containerAdded(aContainer());
    await clock.advance(12 * MINUTE);
    const waits = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    assert.ok(waits.length > 20 && waits.length < 50, `${waits.length} waits`);
    assert.ok(waits.every((wait) => wait >= 500 && wait <= MINUTE / 2));
    await learner.stop();
  });

  it('does not try for every event while the recording is full and the store is away', async () => {
    for (const behaviour of ['unavailable', 'invalid'] as const) {
      const { clock, store, learner } = aLearner({ maxEntries: 2 });
      store.behave = () => behaviour;
      learner.containerAdded(aContainer());
      for (let i = 0; i < 20; i += 1) {
        learner.observe(anOpen(`/${i}`));
        await settle();
      }
      assert.equal(store.tried.length, 1);
      await learner.stop();
      assert.equal(clock.pending, 0);
    }
  });

  it('records nothing after the end of the learning period, though its last report is late', async () => {
    const { clock, store, learner } = aLearner();
    store.behave = () => (clock.now() < START + 90 * MINUTE ? 'unavailable' : 'store');
    learner.containerAdded(aContainer());
    await clock.advance(59 * MINUTE);
    learner.observe(anOpen('/in-time'));
    await clock.advance(2 * MINUTE);
    learner.observe(anOpen('/too-late'));
    await clock.advance(40 * MINUTE);
    const paths = store.rows.flatMap(({ spec }) => spec.opens ?? []).map(({ path }) => path);
    assert.deepEqual(paths, ['/in-time']);
    assert.equal(store.column('status').at(-1), 'completed');
  });

  it('takes a lost answer for what it was: the report is there once', async () => {
    for (const behaviour of ['lost-answer', 'silent'] as const) {
      const { clock, store, saved, learner } = aLearner();
      const plan: Behaviour[] = [behaviour];
      store.behave = () => plan.shift();
      learner.containerAdded(aContainer());
      learner.observe(anOpen('/a'));
      await clock.advance(3 * MINUTE);
      assert.equal(store.rows.length, 1);
      assert.equal(saved.length, 1);
      await learner.stop();
    }
  });

  it('takes a new name when its own is taken by somebody else', async () => {
    const { clock, store, learner } = aLearner();
    store.behave = (report) => {
      if (store.rows.length > 0) return 'store';
      const annotations = { ...report.metadata.annotations, 'kubescape.io/report-series-id': 'x' };
      store.rows.push({ ...report, metadata: { ...report.metadata, annotations } });
      return 'conflict';
    };
    learner.containerAdded(aContainer());
    learner.observe(anOpen('/a'));
    await clock.advance(13 * MINUTE);
    assert.equal(store.rows.length, 2);
    assert.deepEqual(store.rows[1]?.spec.opens, [{ path: '/a', flags: ['O_RDONLY'] }]);
    assert.equal(store.column('previousReportTimestamp')[1], ZERO);
    await learner.stop();
  });

  it('tries a refused report again, and what came meanwhile right after it', async () => {
    const { clock, store, learner } = aLearner();
    const plan: Behaviour[] = ['invalid', 'invalid'];
    store.behave = () => plan.shift();
    learner.containerAdded(aContainer());
    learner.observe(anOpen('/a'));
    await clock.advance(2 * MINUTE + 10_000);
    assert.equal(store.tried.length, 1);
    learner.observe(anOpen('/b'));
    await clock.advance(11 * MINUTE);
    assert.equal(new Set(store.tried.slice(0, 3)).size, 1);
    const paths = store.rows.map(({ spec }) => spec.opens?.[0]?.path);
    assert.deepEqual(paths, ['/a', '/b']);
    const [first] = store.column('reportTimestamp');
    assert.deepEqual(store.column('previousReportTimestamp'), [ZERO, first]);
    await learner.stop();
  });

  it('sets a report aside that the store refuses again and again, and goes on without it, partial', async () => {
    const { clock, store, queue, warnings, learner } = aLearner();
    store.behave = ({ spec }) => (spec.opens?.[0]?.path === '/bad' ? 'invalid' : 'store');
    learner.containerAdded(aContainer());
    learner.observe(anOpen('/bad'));
    await clock.advance(3 * MINUTE);
    learner.observe(anOpen('/good'));
    await clock.advance(30 * MINUTE);
    assert.equal(store.tried.length, 6);
    assert.equal(learner.queueState().setAside, 1);
    assert.match(learner.poison[0]?.reason ?? '', /^refused 5 times: .*told to fail/);
    assert.ok(warnings.some(([message]) => message === 'report set aside'));
    assert.equal(queue.state().reports, 0);
    await clock.advance(30 * MINUTE);
    assert.deepEqual(store.column('status'), ['ready', 'completed']);
    assert.deepEqual(store.column('completion'), ['partial', 'partial']);
    assert.equal(store.column('previousReportTimestamp')[0], ZERO);
    assert.match(
      store.column('partialBecause').at(-1) ?? '',
      /1 entry given up with their reports/,
    );
    assert.equal(clock.pending, 0);
  });

  it('holds up no other container while one report hangs', async () => {
    const { clock, store, learner } = aLearner();
    store.behave = ({ spec }) => (spec.opens?.length ? 'hang' : 'store');
    for (let i = 0; i < 60; i += 1) learner.containerAdded(aContainer({ id: `c${i}` }));
    for (let i = 0; i < 50; i += 1) {
      learner.observe(anOpen('/a', 0, aContainer({ id: `c${i}` })));
    }
    await clock.advance(4 * MINUTE);
    assert.equal(store.rows.length, 10);
    const stopped = learner.stop();
    await clock.advance(10_000);
    await stopped;
    assert.equal(clock.pending, 0);
  });

  it('keeps trying the last report of a container that is gone', async () => {
    const { clock, store, learner } = aLearner();
    store.behave = () => (clock.now() < START + 300 * MINUTE ? 'unavailable' : 'store');
    learner.containerAdded(aContainer());
    learner.observe(anOpen('/a'));
    learner.containerRemoved({ containerId: 'c1', timeMs: 0, exitCode: 0 });
    await clock.advance(299 * MINUTE);
    assert.deepEqual(learner.learning(), []);
    assert.equal(learner.queueState().reports, 1);
    await clock.advance(2 * MINUTE);
    assert.deepEqual(store.column('status'), ['completed']);
    assert.equal(clock.pending, 0);
  });

  it('goes on when whoever listens for stored reports throws', async () => {
    const { clock, store, saved, warnings, learner } = aLearner();
    saved.push = () => {
      throw new Error('listener broke');
    };
    learner.containerAdded(aContainer());
    learner.observe(anOpen('/a'));
    await clock.advance(3 * MINUTE);
    learner.observe(anOpen('/b'));
    await clock.advance(10 * MINUTE);
    assert.equal(store.rows.length, 2);
    assert.equal(warnings.length, 2);
    await learner.stop();
  });
});

describe('Learner: stop', () => {
  it('stores what is left as ready, and leaves no timer', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.containerAdded(aContainer({ id: 'c2' }));
    learner.observe(anOpen('/a'));
    await learner.stop();
    assert.deepEqual(store.column('status'), ['ready', 'ready']);
    assert.equal(clock.pending, 0);
    assert.deepEqual(learner.learning(), []);
    learner.containerAdded(aContainer({ id: 'c3' }));
    await settle();
    assert.equal(clock.pending, 0);
  });

  it('fails a container that is gone without an exit code', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    learner.containerRemoved({ containerId: 'c1', timeMs: 0 });
    await learner.stop();
    assert.deepEqual(store.column('status'), ['failed']);
    assert.equal(clock.pending, 0);
  });

  it('takes two call budgets at most when the store is slow and much is left', async () => {
    const { clock, store, learner } = aLearner({ maxEntries: 1 });
    const create = store.create.bind(store);
    store.create = async (kind, object) => {
      await clock.sleep(4_000, new AbortController().signal);
      return create(kind, object);
    };
    learner.containerAdded(aContainer());
    for (const path of ['/a', '/b', '/c']) {
      learner.observe(anOpen(path));
      await settle();
    }
    let isStopped = false;
    const stopped = learner.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(10_000);
    assert.equal(isStopped, true);
    await stopped;
    assert.equal(store.rows.length, 2);
  });

  it('stores nothing when everything is stored', async () => {
    const { clock, store, learner } = aLearner();
    learner.containerAdded(aContainer());
    await clock.advance(2 * MINUTE);
    await learner.stop();
    assert.equal(store.rows.length, 1);
  });

  it('stores what came during a report that is under way', async () => {
    const { clock, store, learner } = aLearner();
    const create = store.create.bind(store);
    store.create = async (kind, object) => {
      await clock.sleep(1_000, new AbortController().signal);
      return create(kind, object);
    };
    learner.containerAdded(aContainer());
    await clock.advance(2 * MINUTE);
    learner.observe(anOpen('/meanwhile'));
    const stopped = learner.stop();
    await clock.advance(2_000);
    await stopped;
    assert.deepEqual(store.rows.at(-1)?.spec.opens?.[0]?.path, '/meanwhile');
    assert.equal(store.rows.length, 2);
  });

  it('takes two call budgets at most when the store hangs', async () => {
    const { clock, store, learner } = aLearner();
    store.behave = () => 'hang';
    for (let i = 0; i < 5; i += 1) learner.containerAdded(aContainer({ id: `c${i}` }));
    await clock.advance(2 * MINUTE);
    let isStopped = false;
    const stopped = learner.stop().then(() => {
      isStopped = true;
    });
    await clock.advance(10_000);
    assert.equal(isStopped, true);
    await stopped;
    assert.equal(clock.pending, 0);
  });
});
