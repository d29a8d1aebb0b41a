import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { WatchEvent } from '#model/profile-store.js';
import { anApplicationProfile, aProfile, aReport, inState } from './sample-profiles.ts';
import { type OpenWatchedStore, type WatchRig, watchRig } from './watch-driver.ts';
import { describeWatchEnds } from './watch-ends-contract.ts';
import { describeBookmarks, describeExpiry } from './watch-history-contract.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const HISTORY_CHANGES = 20;
const { signal } = new AbortController();

/** What every ProfileStore promises of `watch`. `open` is called once a test. */
export function describeProfileStoreWatchContract(name: string, open: OpenWatchedStore): void {
  describeWatchOverAnyWire(name, open);
  describe(`watch contract in virtual time: ${name}`, () => {
    const rig = rigForEachTest(open);
    describeBookmarks(rig);
    describeExpiry(rig, HISTORY_CHANGES);
    describeWatchEnds(rig);
  });
}

/** The part of it that needs neither virtual time nor a look at timers: also for stores behind a wire. */
export function describeWatchOverAnyWire(name: string, open: OpenWatchedStore): void {
  describe(`watch contract: ${name}`, () => {
    const rig = rigForEachTest(open);
    describeEvents(rig);
    describeResuming(rig);
  });
}

function rigForEachTest(open: OpenWatchedStore): () => WatchRig {
  let rig: WatchRig;
  beforeEach(async () => {
    rig = watchRig(await open({ historyChanges: HISTORY_CHANGES }));
  });
  afterEach(() => rig.close());
  return () => rig;
}

function describeEvents(rig: () => WatchRig): void {
  describe('events', () => {
    it('come for each write, in order, each with the version of the write', async () => {
      const { create, remove, settle, store, version, watch } = rig();
      const reader = watch({ resourceVersion: await version() });
      const created = await create();
      const updated = await store.update(KIND, { ...created, spec: {} }, { signal });
      await remove();
      const afterDeletion = await version();
      await settle();
      const events = reader.events.filter(({ type }) => type !== 'bookmark');
      const deleted = { ...updated.metadata, resourceVersion: afterDeletion };
      assert.deepEqual(events, [
        { type: 'added', metadata: created.metadata },
        { type: 'modified', metadata: updated.metadata },
        { type: 'deleted', metadata: deleted },
      ] satisfies WatchEvent[]);
      reader.abort();
    });

    it('come for writes that happened before anybody read', async () => {
      const { create, remove, settle, version, watch } = rig();
      await create({ name: 'before' });
      const resourceVersion = await version();
      await create();
      await remove();
      const reader = watch({ resourceVersion });
      await settle();
      assert.deepEqual(reader.changes, ['added shop/web', 'deleted shop/web']);
      reader.abort();
    });

    it('are of one kind, and of one namespace when one is named', async () => {
      const { create, settle, store, version, watch } = rig();
      const resourceVersion = await version();
      const readers = [
        watch({ resourceVersion }),
        watch({ resourceVersion, namespace: 'bank' }),
        watch({ resourceVersion }, 'ApplicationProfile'),
        watch({ resourceVersion }, 'NetworkNeighborhood'),
      ];
      await create();
      await create({ namespace: 'bank' });
      await store.create('ApplicationProfile', anApplicationProfile(), { signal });
      await settle();
      assert.deepEqual(
        readers.map((reader) => reader.changes),
        [['added shop/web', 'added bank/web'], ['added bank/web'], ['added shop/web'], []],
      );
      for (const reader of readers) reader.abort();
    });

    it('do not come for writes that change nothing', async () => {
      const { create, settle, store, watch } = rig();
      const final = aProfile({ annotations: inState('completed/complete') });
      const stored = await store.create(KIND, final, { signal });
      const stale = aProfile({ resourceVersion: 'stale' });
      const reader = watch();
      await settle();
      await store.update(KIND, { ...stored, spec: {} }, { signal });
      await assert.rejects(create(), { code: 'conflict' });
      await assert.rejects(store.update(KIND, stale, { signal }), { code: 'conflict' });
      const absent = { ...KEY, name: 'absent' };
      await assert.rejects(store.delete(KIND, absent, { signal }), { code: 'not-found' });
      await settle();
      assert.deepEqual(reader.changes, []);
      reader.abort();
    });

    it('come for the reports that go with a profile', async () => {
      const { create, remove, settle, store, watch } = rig();
      await create();
      const reader = watch();
      await settle();
      const report = await store.create(KIND, aReport([0, 10]), { signal });
      await remove();
      await settle();
      assert.deepEqual([...reader.changes].sort(), [
        `added shop/${report.metadata.name}`,
        'deleted shop/web',
        `deleted shop/${report.metadata.name}`,
      ]);
      assert.equal(new Set(reader.changes).size, 3);
      const versions = reader.events.flatMap((event) =>
        event.type === 'bookmark' ? [] : [event.metadata.resourceVersion],
      );
      assert.equal(new Set(versions).size, 3, 'each has a version of its own');
      reader.abort();
    });

    it('come for a merged profile, then for each report that went into it', async (test) => {
      const { consolidate, settle, store, watch } = rig();
      if (consolidate === undefined) return test.skip('this store does not merge');
      for (const [from, type] of [
        [0, 'added'],
        [20, 'modified'],
      ] as const) {
        await store.create(KIND, aReport([from, from + 10]), { signal });
        await store.create(KIND, aReport([from + 10, from + 20]), { signal });
        const reader = watch();
        await settle();
        await consolidate(KEY);
        await settle();
        const [merged, ...gone] = reader.changes;
        assert.equal(merged, `${type} shop/web`);
        assert.deepEqual([...gone].sort(), [
          `deleted shop/web-from${from}to${from + 10}`,
          `deleted shop/web-from${from + 10}to${from + 20}`,
        ]);
        const { items, resourceVersion } = await store.list(KIND, { signal });
        const told = reader.events.filter((event) => event.type === type);
        assert.deepEqual(told, [{ type, metadata: items[0] }]);
        assert.equal(reader.versions.at(-1), resourceVersion);
        await consolidate(KEY);
        await settle();
        assert.equal(reader.changes.length, 3, 'merging nothing is no change');
        reader.abort();
      }
      return undefined;
    });

    it('are copies: changing one changes no other', async () => {
      const { create, settle, store, watch } = rig();
      const readers = [watch(), watch()];
      await settle();
      const created = await create();
      await settle();
      for (const reader of readers) {
        const event = reader.events.find(({ type }) => type === 'added');
        assert.deepEqual(event, { type: 'added', metadata: created.metadata });
        Object.assign((event as { metadata: object }).metadata, { name: 'vandalised' });
        reader.abort();
      }
      assert.deepEqual(await store.get(KIND, KEY, { signal }), created);
    });
  });
}

function describeResuming(rig: () => WatchRig): void {
  describe('resuming', () => {
    it('goes on right after any event that was told', async () => {
      const { create, settle, version, watch } = rig();
      const first = watch({ resourceVersion: await version() });
      for (const name of ['a', 'b', 'c']) await create({ name });
      await settle();
      first.abort();
      const told = first.events.filter(({ type }) => type !== 'bookmark');
      for (const [at, event] of told.entries()) {
        assert.ok(event.type !== 'bookmark');
        const second = watch({ resourceVersion: event.metadata.resourceVersion ?? '' });
        await settle();
        assert.deepEqual(second.changes, first.changes.slice(at + 1));
        second.abort();
      }
    });

    it('begins with what happens next when it is given no version', async () => {
      const { create, settle, watch } = rig();
      await create({ name: 'before' });
      const reader = watch();
      await settle();
      await create({ name: 'after' });
      await settle();
      assert.deepEqual(reader.changes, ['added shop/after']);
      reader.abort();
    });
  });
}
