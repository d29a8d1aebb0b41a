import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANNOTATION } from '#model/annotations.js';
import type { ContainerProfile } from '#model/profile.js';
import type { LogFields } from '#runtime/log.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from './memory-profile-store.ts';
import { driver } from './testing/consolidation-driver.ts';
import { anObject } from './testing/object-rig.ts';
import { aReport, minuteMs, type ReportOptions, stateOf } from './testing/sample-profiles.ts';

const { signal } = new AbortController();

function setUp() {
  const warnings: LogFields[] = [];
  const warn = (message: string, fields: LogFields = {}) => warnings.push({ message, ...fields });
  const sources = { clock: new VirtualClock(1e12), random: seededRandom(1) };
  const store = new MemoryProfileStore({ ...sources, log: { ...silentLogger, warn } });
  return { ...driver(store), store, warnings };
}

function saying(
  times: readonly [number, number],
  words: { readonly evidence?: string; readonly because?: string },
  options: ReportOptions = {},
): ContainerProfile {
  const report = aReport(times, options);
  const annotations = {
    ...report.metadata.annotations,
    ...(words.evidence && { [ANNOTATION.evidence]: words.evidence }),
    ...(words.because && { [ANNOTATION.partialBecause]: words.because }),
  };
  return { ...report, metadata: { ...report.metadata, annotations } };
}

describe('what a profile says of its learning', () => {
  it('is the newest report’s, in whatever order and batches they arrive', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
    ]) {
      const { feed, consolidate, profile } = setUp();
      const reports = [0, 10, 20].map((at) =>
        saying([at, at + 10], { evidence: `e${at}` }, { spec: { imageID: `image${at}` } }),
      );
      for (const at of order) {
        const report = reports[at];
        if (report) await feed(report);
        await consolidate();
      }
      const { metadata, spec } = (await profile()) ?? {};
      assert.equal(metadata?.annotations?.[ANNOTATION.evidence], 'e20', `${order}`);
      assert.equal(spec?.imageID, 'image20', `${order}`);
    }
  });

  it('is that of the series which made it final', async () => {
    const { feed, consolidate, profile } = setUp();
    await feed(
      saying([0, 100], { evidence: 'still going' }, { series: 'a' }),
      saying([5, 6], { evidence: 'x' }, { series: 'b', state: 'ready/complete' }),
    );
    await consolidate();
    await feed(
      saying([0, 50], { evidence: 'whole' }, { series: 'c', state: 'completed/complete' }),
    );
    await consolidate();
    const annotations = (await profile())?.metadata.annotations ?? {};
    assert.equal(annotations[ANNOTATION.evidence], 'whole');
  });

  it('says why it is partial in the words of its report, until it is complete', async () => {
    const { feed, consolidate, profile } = setUp();
    const words = { because: 'lost 3 events' };
    await feed(saying([0, 10], words, { state: 'completed/partial' }));
    await consolidate();
    const because = async () =>
      (await profile())?.metadata.annotations?.[ANNOTATION.partialBecause];
    assert.equal(await because(), 'lost 3 events');
    await feed(aReport([0, 10], { series: 'second', suffix: 's2', state: 'completed/complete' }));
    await consolidate();
    assert.equal(await because(), undefined);
    assert.equal(stateOf(await profile()), 'completed/complete');
  });

  for (const [what, reports, expired, words] of [
    [
      'a gap',
      [aReport([0, 10]), aReport([20, 30])],
      true,
      /^a report is missing between 2026-01-31T12:10:00.000Z and 2026-01-31T12:20:00.000Z$/,
    ],
    ['no beginning', [aReport([10, 20])], true, /^the reports before .*12:10:00.000Z are missing$/],
    ['no end', [aReport([0, 10])], true, /^learning broke off: no report since .*12:10:00.000Z$/],
    [
      'a failure',
      [aReport([0, 10], { state: 'failed/complete' })],
      false,
      /^the container failed$/,
    ],
  ] as const) {
    it(`says so when ${what} made it partial`, async () => {
      const { feed, consolidate, profile } = setUp();
      await feed(...reports);
      await consolidate(expired ? minuteMs(1_000) : undefined);
      const { annotations } = (await profile())?.metadata ?? {};
      assert.equal(stateOf(await profile()), 'completed/partial');
      assert.match(annotations?.[ANNOTATION.partialBecause] ?? '', words);
    });
  }
});

describe('a report that says only that more of the same was seen', () => {
  const counts = { seen: 5, lost: 0, dropped: 0, truncated: 0, coveredMs: 100, agentRestarts: 0 };
  const spec = { syscalls: ['read'] };
  const next = (changes: object) =>
    saying([10, 20], { evidence: JSON.stringify({ ...counts, ...changes }) }, { spec });
  const learned = async () => {
    const rig = setUp();
    await rig.feed(saying([0, 10], { evidence: JSON.stringify(counts) }, { spec }));
    await rig.consolidate();
    return { ...rig, before: await rig.profile() };
  };

  it('makes no new version of its profile, and is followed by those that say more', async () => {
    const { feed, consolidate, profile, before } = await learned();
    await feed(next({ seen: 500, coveredMs: 700_000 }));
    assert.equal(await consolidate(), 'unchanged');
    assert.deepEqual(await profile(), before);
    const last = { evidence: JSON.stringify({ ...counts, seen: 501 }) };
    await feed(saying([20, 30], last, { spec, state: 'completed/complete' }));
    assert.equal(await consolidate(), 'completed');
    assert.equal((await profile())?.metadata.annotations?.[ANNOTATION.evidence], last.evidence);
  });

  for (const changes of [{ lost: 1 }, { dropped: 1 }, { truncated: 1 }, { agentRestarts: 1 }]) {
    it(`makes one when it says more: ${JSON.stringify(changes)}`, async () => {
      const { feed, consolidate, profile } = await learned();
      await feed(next({ ...changes, seen: 500 }));
      assert.equal(await consolidate(), 'updated');
      const text = (await profile())?.metadata.annotations?.[ANNOTATION.evidence] ?? '';
      assert.equal(JSON.parse(text).seen, 500);
    });
  }
});

describe('the CollapseConfiguration named default', () => {
  const paths = (count: number) => ({
    opens: Array.from({ length: count }, (_, at) => ({ path: `/data/${at}`, flags: ['O_RDONLY'] })),
  });

  it('says when paths become patterns, from the next merge on', async () => {
    const { feed, consolidate, opens, store } = setUp();
    await feed(aReport([0, 10], { spec: paths(5) }));
    await consolidate();
    assert.equal((await opens()).length, 5);
    const spec = { openDynamicThreshold: 3 };
    const settings = anObject('CollapseConfiguration', { name: 'default', spec });
    await store.objects.create('CollapseConfiguration', settings, { signal });
    await feed(aReport([10, 20], { spec: paths(6) }));
    await consolidate();
    assert.deepEqual(await opens(), ['/data/⋯']);
  });

  it('is told of once a version when it cannot be used, and the defaults hold', async () => {
    const { feed, consolidate, opens, store, warnings } = setUp();
    const spec = { openDynamicThreshold: 'many' };
    const settings = anObject('CollapseConfiguration', { name: 'default', spec });
    await store.objects.create('CollapseConfiguration', settings, { signal });
    for (const at of [0, 10, 20]) {
      await feed(aReport([at, at + 10], { spec: paths(5) }));
      await consolidate();
    }
    assert.equal((await opens()).length, 5);
    assert.equal(warnings.length, 1);
    assert.match(JSON.stringify(warnings), /openDynamicThreshold/);
  });
});
