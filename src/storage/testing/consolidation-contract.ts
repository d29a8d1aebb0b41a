import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ANNOTATION } from '#model/annotations.js';
import type { ContainerProfile } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';
import { syncChecksum } from '#profile/checksum.js';
import type { ConsolidatingStore, ConsolidationResult } from '../consolidating-store.ts';
import { aProfile, aReport, inState, minuteMs, stateOf } from './sample-profiles.ts';

type Store = ProfileStore & ConsolidatingStore;

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

/**
 * What every store promises that merges reports by itself. `open` gives an empty one, and is called
 * once a test.
 */
export function describeConsolidationContract(
  name: string,
  open: () => Promise<{ readonly store: Store; close(): Promise<void> }>,
): void {
  describe(`consolidation contract: ${name}`, () => {
    let store: Store;
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
    describeContent(() => store);
  });
}

/** A store, what it is fed with, and what one reads from it. */
function driver(store: Store) {
  const profile = () => store.get(KIND, KEY, { signal });
  return {
    profile,
    feed: async (...reports: readonly ContainerProfile[]) => {
      for (const report of reports) await store.create(KIND, report, { signal });
    },
    consolidate: (expiredBeforeMs?: number): Promise<ConsolidationResult> =>
      store.consolidateProfile(KEY, { signal, expiredBeforeMs }),
    pending: (expiredBeforeMs?: number) => store.pendingProfiles({ signal, expiredBeforeMs }),
    state: async () => stateOf(await profile()),
    opens: async () => ((await profile())?.spec.opens ?? []).map(({ path }) => path).sort(),
  };
}

function describeStates(store: () => Store): void {
  describe('one series', () => {
    for (const [what, states, expected, result] of [
      ['goes on', ['ready/complete'], 'ready/complete', 'updated'],
      ['goes on, seen in part', ['ready/partial'], 'ready/partial', 'updated'],
      ['ends whole', ['ready/complete', 'completed/complete'], 'completed/complete', 'completed'],
      [
        'ends, seen in part',
        ['ready/partial', 'completed/partial'],
        'completed/partial',
        'updated',
      ],
      ['fails', ['ready/complete', 'failed/complete'], 'completed/partial', 'updated'],
      ['has another status', ['initializing/complete'], 'ready/complete', 'updated'],
      ['loses events on the way', ['ready/complete', 'ready/partial'], 'ready/partial', 'updated'],
    ] as const) {
      it(`that ${what} makes ${expected}`, async () => {
        const { feed, consolidate, state, pending } = driver(store());
        await feed(...states.map((each, at) => aReport([at * 10, at * 10 + 10], { state: each })));
        assert.deepEqual(await pending(), [KEY]);
        assert.equal(await consolidate(), result);
        assert.equal(await state(), expected);
        assert.deepEqual(await pending(), []);
        const left = await store().list(KIND, { signal });
        assert.deepEqual(
          left.map(({ name }) => name),
          [KEY.name],
        );
      });
    }

    it('keeps complete when later reports of it were seen in part, until it ends', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]));
      await consolidate();
      await feed(aReport([10, 20], { state: 'ready/partial' }));
      await consolidate();
      assert.equal(await state(), 'ready/complete');
      await feed(aReport([20, 30], { state: 'completed/partial' }));
      await consolidate();
      assert.equal(await state(), 'completed/partial');
    });

    it('takes no report after its profile is final', async () => {
      const { feed, consolidate, pending } = driver(store());
      await feed(aReport([0, 10], { state: 'completed/complete' }));
      await consolidate();
      await assert.rejects(feed(aReport([10, 20])), { code: 'completed' });
      assert.deepEqual(await pending(), []);
    });
  });
}

function describeChains(store: () => Store): void {
  describe('a chain of reports', () => {
    it('goes on over any number of passes', async () => {
      const { feed, consolidate, state, opens } = driver(store());
      for (const at of [0, 10, 20]) {
        await feed(aReport([at, at + 10]));
        await consolidate();
        assert.equal(await state(), 'ready/complete');
      }
      await feed(aReport([30, 40], { state: 'completed/complete' }));
      await consolidate();
      assert.equal(await state(), 'completed/complete');
      assert.equal((await opens()).length, 4);
    });

    it('is never complete with a report missing, and is when that arrives late', async () => {
      const { feed, consolidate, state, pending } = driver(store());
      await feed(aReport([0, 10]), aReport([20, 30], { state: 'completed/complete' }));
      assert.equal(await consolidate(), 'updated');
      assert.equal(await state(), 'ready/complete');
      assert.deepEqual(await pending(), []);
      await feed(aReport([10, 20]));
      assert.equal(await consolidate(), 'completed');
      assert.equal(await state(), 'completed/complete');
    });

    it('is never complete without its beginning', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([10, 20], { state: 'completed/complete' }));
      await consolidate();
      assert.equal(await state(), 'ready/complete');
    });

    it('is broken by the deletion of a report that was not merged yet', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]), aReport([10, 20], { state: 'completed/complete' }));
      await store().delete(KIND, aReport([0, 10]).metadata, { signal });
      await consolidate();
      assert.equal(await state(), 'ready/complete');
    });

    it('starts anew when its profile was deleted', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]));
      await consolidate();
      await feed(aReport([10, 20]));
      await store().delete(KIND, KEY, { signal });
      assert.equal(await consolidate(), 'unchanged');
      await feed(aReport([20, 30], { state: 'completed/complete' }));
      await consolidate();
      assert.equal(await state(), 'ready/complete');
    });

    for (const [what, repeated] of [
      ['its newest report', aReport([10, 20])],
      ['an older report', aReport([0, 10])],
      ['its newest report under another name', aReport([10, 20], { suffix: 'again' })],
      ['an older report under another name', aReport([0, 10], { suffix: 'again' })],
    ] as const) {
      it(`is not broken by ${what} sent again after it was merged`, async () => {
        const { feed, consolidate, state } = driver(store());
        await feed(aReport([0, 10]), aReport([10, 20]));
        await consolidate();
        await feed(repeated);
        await consolidate();
        await feed(aReport([20, 30], { state: 'completed/complete' }));
        await consolidate();
        assert.equal(await state(), 'completed/complete');
      });
    }

    it('counts an empty last report that ends at once as the newest', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]), aReport([10, 10], { state: 'completed/complete' }));
      await consolidate();
      assert.equal(await state(), 'completed/complete');
    });

    for (const zero of ['', '0001-01-01 00:00:00 +0000 UTC', '0001-01-01T00:00:00Z']) {
      it(`begins with the previous timestamp "${zero}"`, async () => {
        const { feed, consolidate, state } = driver(store());
        await feed(aReport([zero, 10], { state: 'completed/complete' }));
        await consolidate();
        assert.equal(await state(), 'completed/complete');
      });
    }

    it('is ordered by moments, whatever zone and form they are written in', async () => {
      const { feed, consolidate, state } = driver(store());
      const nine = '2026-01-31 09:00:00.5 -0500 EST m=+10.25';
      const half = '2026-01-31T23:30:00.25+09:00';
      const last = '2026-01-31 14:30:00.250000001 +0000 UTC m=+1810.5';
      await feed(
        aReport([nine, half], { suffix: 'b' }),
        aReport([half, last], { suffix: 'c', state: 'completed/complete' }),
        aReport(['', nine], { suffix: 'a' }),
      );
      await consolidate();
      assert.equal(await state(), 'completed/complete');
    });

    it('joins reports by the letters of their timestamps', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(
        aReport(['', '2026-01-31T12:10:00Z'], { suffix: 'a' }),
        aReport(['2026-01-31T12:10:00.000Z', 20], { suffix: 'b', state: 'completed/complete' }),
      );
      await consolidate();
      assert.equal(await state(), 'ready/complete');
    });
  });
}

function describeSeveralSeries(store: () => Store): void {
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
      assert.equal((await store().list(KIND, { signal })).length, 1);
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

function describeExpiry(store: () => Store): void {
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

function describeContent(store: () => Store): void {
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
      const { uid: _u, creationTimestamp: _c, resourceVersion: _r, ...own } = first.metadata;
      const checksum = first.metadata.annotations?.[ANNOTATION.syncChecksum];
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
