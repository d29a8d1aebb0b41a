import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANNOTATION, LABEL } from '#model/annotations.js';
import type { ContainerProfile } from '#model/profile.js';
import { driver, type MergingStore } from './consolidation-driver.ts';
import { aProfile, aReport, inState, minuteMs, type ReportOptions } from './sample-profiles.ts';

const KIND = 'ContainerProfile';
const { signal } = new AbortController();

/** When a profile is whole, for how long it may become so, and whose it is. */
export function describeCompleteness(store: () => MergingStore): void {
  describe('completeness while learning', () => describeWhileLearning(store));
  describe('time to be continued', () => describePatience(store));
  describe('a profile of a person', () => describeOwned(store));
}

function describeWhileLearning(store: () => MergingStore): void {
  it('is gone with the first report that lost something, and says why', async () => {
    const { feed, consolidate, state, profile } = driver(store());
    await feed(aReport([0, 10]));
    await consolidate();
    assert.equal(await state(), 'ready/complete');
    await feed(because('12 events lost', [10, 20], { state: 'ready/partial' }));
    assert.equal(await consolidate(), 'updated');
    assert.deepEqual([await state(), reason(await profile())], ['ready/partial', '12 events lost']);
  });

  it('is not granted to a report whose evidence names a loss', async () => {
    const { feed, consolidate, state, profile } = driver(store());
    const report = aReport([0, 10], { state: 'completed/complete' });
    const annotations = { ...report.metadata.annotations, [ANNOTATION.evidence]: '{"lost":5}' };
    await feed({ ...report, metadata: { ...report.metadata, annotations } });
    await consolidate();
    assert.equal(await state(), 'completed/partial');
    assert.equal(reason(await profile()), 'its evidence says lost 5');
  });

  const LOST = because('lost 3', [0, 10], { series: 'a', state: 'ready/partial' });
  const WHOLE = aReport([0, 20], { series: 'b' });
  const BROKEN_OFF = aReport([0, 5], { series: 'c' });
  const LOST_LATER = because('lost 4', [0, 30], { series: 'd', state: 'ready/partial' });
  for (const [what, reports, expected, words] of [
    ['the only one lost something', [LOST], 'ready/partial', 'lost 3'],
    ['an older one lost something', [LOST, WHOLE], 'ready/partial', 'lost 3'],
    ['a newer one lost something', [WHOLE, LOST_LATER], 'ready/partial', 'lost 4'],
    ['two lost something', [LOST, LOST_LATER, WHOLE], 'ready/partial', 'lost 4'],
    ['none lost anything, though one broke off', [WHOLE, BROKEN_OFF], 'ready/complete', undefined],
  ] as const) {
    for (const [how, order, isInBatches] of [
      ['together', reports, false],
      ['together, backwards', reports.toReversed(), false],
      ['one by one', reports, true],
      ['one by one, backwards', reports.toReversed(), true],
    ] as const) {
      it(`is that of all series together: ${what}; merged ${how}`, async () => {
        const { feed, consolidate, state, profile } = driver(store());
        for (const report of order) {
          await feed(report);
          if (isInBatches) await consolidate();
        }
        await consolidate();
        assert.deepEqual([await state(), reason(await profile())], [expected, words]);
      });
    }
  }
}

function describePatience(store: () => MergingStore): void {
  it('is twice the learning period that the newest report names, when that is longer', async () => {
    const merging = store();
    const { feed, state } = driver(merging);
    await feed(named('30m', aReport([0, 10])), named('nonsense', aReport([0, 9], { series: 'b' })));
    await feed(named('1m', aReport([0, 10], { profile: 'short' })));
    const options = (minutes: number) => ({
      signal,
      expiredBeforeMs: minuteMs(minutes - 20),
      nowMs: minuteMs(minutes),
    });
    const pending = async (minutes: number) =>
      (await merging.pendingProfiles(options(minutes))).map(({ name }) => name);
    const key = (name: string) => ({ namespace: 'shop', name });
    for (const name of ['web', 'short']) await merging.consolidateProfile(key(name), { signal });
    assert.deepEqual(await pending(29), []);
    assert.deepEqual(await pending(30), ['web'], 'the second series names none');
    assert.deepEqual(await pending(31), ['short', 'web']);
    await merging.consolidateProfile(key('short'), options(69));
    assert.equal(await state(), 'ready/complete');
  });

  it('is waited for before a series is given up', async () => {
    const merging = store();
    const { feed, state } = driver(merging);
    await feed(named('30m', aReport([0, 10])));
    await merging.consolidateProfile(aProfile().metadata, { signal });
    for (const [nowMs, due, expected] of [
      [minuteMs(70), 0, 'ready/complete'],
      [minuteMs(70) + 1, 1, 'completed/partial'],
    ] as const) {
      const options = { signal, expiredBeforeMs: minuteMs(30), nowMs };
      assert.equal((await merging.pendingProfiles(options)).length, due);
      await merging.consolidateProfile(aProfile().metadata, options);
      assert.equal(await state(), expected);
    }
  });

  it('does not end for a whole run that goes on after it was given up', async () => {
    const { feed, consolidate, state, pending, profile } = driver(store());
    await feed(aReport([0, 10]));
    await consolidate(minuteMs(20));
    assert.equal(await state(), 'completed/partial');
    assert.match(reason(await profile()) ?? '', /^learning broke off/);
    assert.deepEqual(await pending(minuteMs(1_000)), [], 'it is not asked for again');
    await feed(aReport([10, 60]));
    await consolidate(minuteMs(20));
    assert.equal(await state(), 'completed/partial', 'learning again takes nothing back');
    await feed(aReport([60, 70], { state: 'completed/complete' }));
    assert.equal(await consolidate(minuteMs(20)), 'completed');
    assert.deepEqual([await state(), reason(await profile())], ['completed/complete', undefined]);
  });

  it('is over for a run with a gap after it was given up', async () => {
    const { feed, consolidate, state, profile } = driver(store());
    await feed(aReport([0, 10]));
    await consolidate(minuteMs(20));
    await feed(aReport([15, 60], { state: 'completed/complete' }));
    await consolidate(minuteMs(20));
    assert.equal(await state(), 'completed/partial');
    assert.match(reason(await profile()) ?? '', /^a report is missing between/);
  });
}

function describeOwned(store: () => MergingStore): void {
  const owned = () =>
    aProfile({ annotations: { ...inState('ready/partial'), [ANNOTATION.managedBy]: 'User' } });

  it('takes no reports, however whole', async () => {
    await store().create(KIND, owned(), { signal });
    for (const state of ['ready/partial', 'completed/complete']) {
      const call = store().create(KIND, aReport([0, 10], { state }), { signal });
      await assert.rejects(call, { code: 'completed', message: /object is completed$/ });
    }
  });

  it('stays as it is when it had reports before, which are dropped', async () => {
    const { feed, consolidate, pending, profile } = driver(store());
    const { resourceVersion } = (await store().create(KIND, aProfile(), { signal })).metadata;
    await feed(aReport([0, 10]));
    const { metadata, spec } = owned();
    const given = {
      ...owned(),
      metadata: { ...metadata, ...(resourceVersion && { resourceVersion }) },
    };
    await store().update(KIND, given, { signal });
    assert.equal(await consolidate(), 'unchanged');
    assert.deepEqual((await profile())?.spec, spec);
    assert.deepEqual((await profile())?.metadata.annotations, metadata.annotations);
    assert.deepEqual(await pending(Number.MAX_SAFE_INTEGER), []);
    assert.equal((await store().list(KIND, { signal })).items.length, 1);
  });
}

/** A report that says why it is partial. */
function because(
  words: string,
  times: readonly [number, number],
  options: ReportOptions,
): ContainerProfile {
  const report = aReport(times, options);
  const annotations = { ...report.metadata.annotations, [ANNOTATION.partialBecause]: words };
  return { ...report, metadata: { ...report.metadata, annotations } };
}

/** A report that names how long its container is learned. */
function named(period: string, report: ContainerProfile): ContainerProfile {
  const labels = { ...report.metadata.labels, [LABEL.learningPeriod]: period };
  return { ...report, metadata: { ...report.metadata, labels } };
}

function reason(profile: ContainerProfile | undefined): string | undefined {
  return profile?.metadata.annotations?.[ANNOTATION.partialBecause];
}
