import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ANNOTATION } from '#model/annotations.js';
import { syncChecksum } from '#profile/checksum.js';
import { describeCompleteness } from './completeness-contract.ts';
import { describeChains, describeStates } from './consolidation-chain-contract.ts';
import { driver, type MergingStore } from './consolidation-driver.ts';
import { aProfile, aReport, inState, minuteMs } from './sample-profiles.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

/**
 * What every store promises that merges reports by itself. `open` gives an empty one, and is called
 * once a test.
 */
export function describeConsolidationContract(
  name: string,
  open: () => Promise<{ readonly store: MergingStore; close(): Promise<void> }>,
): void {
  describe(`consolidation contract: ${name}`, () => {
    let store: MergingStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      const opened = await open();
      store = opened.store;
      close = () => opened.close();
    });
    afterEach(() => close());
    describeStates(() => store);
    describeChains(() => store);
    describeSeveralSeries(() => store);
    describeExpiry(() => store);
    describeCompleteness(() => store);
    describeContent(() => store);
  });
}

function describeSeveralSeries(store: () => MergingStore): void {
  describe('several series', () => {
    it('skips the rest when one makes the profile final, and keeps nothing of them', async () => {
      const { feed, consolidate, state, opens, pending } = driver(store());
      await feed(
        aReport([0, 30], { series: 'later' }),
        aReport([0, 10], { series: 'between', state: 'completed/complete' }),
        aReport([0, 5], { series: 'earlier', state: 'completed/partial' }),
      );
      assert.equal(await consolidate(), 'completed');
      assert.equal(await state(), 'completed/complete');
      assert.deepEqual(await opens(), ['/data/between/0-10', '/data/earlier/0-5']);
      assert.deepEqual(await pending(Number.MAX_SAFE_INTEGER), []);
      assert.equal((await store().list(KIND, { signal })).items.length, 1);
    });

    it('lets a later series complete what an earlier one left in part', async () => {
      const { feed, consolidate, state, opens } = driver(store());
      await feed(aReport([0, 10], { state: 'completed/partial' }));
      await consolidate();
      await feed(aReport([0, 20], { series: 'second' }));
      await consolidate();
      assert.equal(await state(), 'completed/partial', 'learning again takes nothing back');
      await feed(aReport([20, 30], { series: 'second', state: 'completed/complete' }));
      assert.equal(await consolidate(), 'completed');
      assert.equal(await state(), 'completed/complete');
      assert.equal((await opens()).length, 3);
    });

    it('keeps series apart, and profiles', async () => {
      const { feed, consolidate, state, pending } = driver(store());
      await feed(
        aReport([0, 10], { series: 'a' }),
        aReport([10, 20], { series: 'b', state: 'completed/complete' }),
        aReport([0, 10], { profile: 'web-admin', state: 'completed/complete' }),
      );
      await consolidate();
      assert.equal(await state(), 'ready/complete');
      assert.deepEqual(await pending(), [{ namespace: 'shop', name: 'web-admin' }]);
    });

    it('drops reports that were taken before their profile became final', async () => {
      const { feed, consolidate, profile, pending } = driver(store());
      await store().create(KIND, aProfile({ annotations: inState('ready/partial') }), { signal });
      await feed(aReport([0, 10]));
      const final = aProfile({ annotations: inState('completed/complete') });
      const written = await store().update(KIND, final, { signal });
      assert.equal(await consolidate(), 'unchanged');
      assert.deepEqual(await profile(), written);
      assert.deepEqual(await pending(), []);
    });
  });
}

function describeExpiry(store: () => MergingStore): void {
  describe('expiry', () => {
    it('gives up a broken chain that nothing continued', async () => {
      const { feed, consolidate, state, pending } = driver(store());
      await feed(aReport([0, 10]), aReport([20, 30], { state: 'completed/complete' }));
      await consolidate();
      assert.deepEqual(await pending(minuteMs(10)), []);
      assert.deepEqual(await pending(minuteMs(10) + 1), [KEY]);
      assert.equal(await consolidate(minuteMs(10)), 'unchanged');
      assert.equal(await consolidate(minuteMs(10) + 1), 'updated');
      assert.equal(await state(), 'completed/partial');
      assert.deepEqual(await pending(minuteMs(1_000)), [], 'it is not asked for again');
    });

    it('gives up a chain that never ended', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]));
      await consolidate();
      await consolidate(minuteMs(20));
      assert.equal(await state(), 'completed/partial');
    });

    it('still completes an old chain that is whole', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]), aReport([10, 20], { state: 'completed/complete' }));
      assert.equal(await consolidate(minuteMs(1_000)), 'completed');
      assert.equal(await state(), 'completed/complete');
    });

    it('ends no series that goes on, though its first reports are old', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]), aReport([10, 30]), aReport([0, 5], { series: 'dead' }));
      await consolidate(minuteMs(20));
      assert.equal(await state(), 'completed/partial', 'the dead series left its profile in part');
      await feed(aReport([30, 40], { state: 'completed/complete' }));
      await consolidate(minuteMs(20));
      assert.equal(await state(), 'completed/complete', 'the living one still makes it whole');
    });
  });
}

function describeContent(store: () => MergingStore): void {
  describe('content', () => {
    it('merges what all reports saw, once each, with their labels and identity', async () => {
      const { feed, consolidate, profile } = driver(store());
      await feed(
        aReport([0, 10], { spec: { syscalls: ['write', 'read'], opens: [{ path: '/a' }] } }),
        aReport([10, 20], {
          spec: { syscalls: ['read'], opens: [{ path: '/a' }, { path: '/b' }] },
        }),
      );
      await consolidate();
      const merged = await profile();
      assert.deepEqual(merged?.spec.syscalls, ['read', 'write']);
      assert.deepEqual(merged?.spec.opens?.map(({ path }) => path).sort(), ['/a', '/b']);
      const { labels, annotations, uid, creationTimestamp } = merged?.metadata ?? {};
      assert.ok(uid && creationTimestamp);
      assert.equal(labels?.['kubescape.io/workload-kind'], 'Deployment');
      assert.match(annotations?.[ANNOTATION.instanceId] ?? '', /containerName-c$/);
      assert.equal(annotations?.[ANNOTATION.resourceSize], '4');
      assert.equal(annotations?.[ANNOTATION.reportSeriesId], undefined);
      assert.equal(annotations?.[ANNOTATION.reportTimestamp], undefined);
    });

    it('writes the checksum of what it stores', async () => {
      const { feed, consolidate, profile } = driver(store());
      await feed(aReport([0, 10]));
      await consolidate();
      const first = await profile();
      assert.ok(first);
      const { name, namespace, labels = {}, annotations = {} } = first.metadata;
      // Neither what the store says of it nor what tells of times and counts.
      const content = Object.entries(annotations).filter(([key]) => !key.startsWith('hullwatch'));
      const own = { name, namespace, labels, annotations: Object.fromEntries(content) };
      const checksum = annotations[ANNOTATION.syncChecksum];
      assert.equal(checksum, syncChecksum({ ...first, metadata: own }));
      await feed(aReport([10, 20]));
      await consolidate();
      const second = await profile();
      assert.notEqual(second?.metadata.annotations?.[ANNOTATION.syncChecksum], checksum);
    });

    it('leaves a profile alone to which nothing new was added', async () => {
      const { feed, consolidate, profile } = driver(store());
      const spec = { syscalls: ['read'] };
      await feed(aReport([0, 10], { spec }));
      await consolidate();
      const before = await profile();
      assert.equal(await consolidate(), 'unchanged');
      await feed(aReport([10, 20], { spec }));
      assert.equal(await consolidate(), 'unchanged');
      assert.deepEqual(await profile(), before);
    });

    it('keeps the identity of a profile that it writes again', async () => {
      const { feed, consolidate, profile } = driver(store());
      await feed(aReport([0, 10]));
      await consolidate();
      const before = await profile();
      await feed(aReport([10, 20]));
      await consolidate();
      const after = await profile();
      assert.equal(after?.metadata.uid, before?.metadata.uid);
      assert.equal(after?.metadata.creationTimestamp, before?.metadata.creationTimestamp);
      assert.ok(Number(after?.metadata.resourceVersion) > Number(before?.metadata.resourceVersion));
    });

    it('calls a profile too large beyond 40,000 entries, keeps it and takes no more', async () => {
      const { feed, consolidate, state, profile, pending } = driver(store());
      const syscalls = (count: number) => Array.from({ length: count }, (_, at) => `call${at}`);
      await feed(aReport([0, 10], { spec: { syscalls: syscalls(40_000) } }));
      await consolidate();
      assert.equal(await state(), 'ready/complete');
      await feed(aReport([10, 20], { spec: { syscalls: syscalls(40_001) } }));
      assert.equal(await consolidate(), 'completed');
      assert.equal(await state(), 'too-large/complete');
      assert.equal((await profile())?.spec.syscalls?.length, 40_001);
      await assert.rejects(feed(aReport([20, 30])), { code: 'too-large' });
      assert.deepEqual(await pending(Number.MAX_SAFE_INTEGER), []);
    });

    it('does nothing for a profile without reports', async () => {
      const { consolidate, profile } = driver(store());
      assert.equal(await consolidate(), 'unchanged');
      assert.equal(await profile(), undefined);
    });

    it('rejects when its signal has aborted, and merges nothing', async () => {
      const { feed, pending } = driver(store());
      await feed(aReport([0, 10]));
      const gone = { signal: AbortSignal.abort() };
      await assert.rejects(store().consolidateProfile(KEY, gone), { code: 'aborted' });
      await assert.rejects(store().pendingProfiles(gone), { code: 'aborted' });
      assert.deepEqual(await pending(), [KEY]);
    });
  });
}
