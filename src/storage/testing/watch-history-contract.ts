import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WatchRig } from './watch-driver.ts';

const KIND = 'ContainerProfile';
const { signal } = new AbortController();

/** How a store says that nothing is missing. */
export function describeBookmarks(rig: () => WatchRig): void {
  describe('bookmarks', () => {
    it('say when everything that was there is told, also when that is nothing', async () => {
      const { create, settle, version, watch } = rig();
      const start = await version();
      await create();
      const now = await version();
      const behind = watch({ resourceVersion: start });
      const abreast = watch({ resourceVersion: now });
      await settle();
      assert.deepEqual(
        behind.events.map(({ type }) => type),
        ['added', 'bookmark'],
      );
      assert.deepEqual(behind.bookmarks, [now]);
      assert.deepEqual(abreast.bookmarks, [now]);
      behind.abort();
      abreast.abort();
    });

    it('come after 30 s without an event, with the version of the store', async () => {
      const { clock, create, settle, version, watch, writeOthers } = rig();
      const reader = watch();
      await settle();
      await clock.advance(20_000);
      await create();
      await writeOthers(3);
      await clock.advance(29_000);
      assert.equal(reader.bookmarks.length, 1);
      await clock.advance(1_000);
      assert.deepEqual(reader.bookmarks.slice(1), [await version()]);
      await clock.advance(60_000);
      assert.equal(reader.bookmarks.length, 4);
      await settle();
      reader.abort();
    });

    it('claim no more than was told: a resume from each tells exactly the rest', async () => {
      const { clock, create, settle, version, watch, writeOthers } = rig();
      const reader = watch({ resourceVersion: await version() });
      for (const name of ['a', 'b', 'c']) {
        await create({ name });
        await writeOthers(1);
        await clock.advance(31_000);
      }
      reader.abort();
      await settle();
      for (const [at, event] of reader.events.entries()) {
        if (event.type !== 'bookmark') continue;
        const toldBefore = reader.events.slice(0, at).filter(({ type }) => type !== 'bookmark');
        const resumed = watch({ resourceVersion: event.resourceVersion });
        await settle();
        assert.deepEqual(resumed.changes, reader.changes.slice(toldBefore.length));
        resumed.abort();
      }
    });
  });
}

/** How far a watch can go back in a store that remembers `historyChanges`. */
export function describeExpiry(rig: () => WatchRig, historyChanges: number): void {
  describe('expiry', () => {
    it('ends a watch from a version that is older than the history', async () => {
      const { create, settle, version, watch, writeOthers } = rig();
      const oldest = await version();
      await create();
      const next = await version();
      await writeOthers(historyChanges);
      const [forgotten, remembered] = [oldest, next].map((resourceVersion) =>
        watch({ resourceVersion }),
      );
      await settle();
      assert.equal(forgotten?.end, 'expired');
      assert.deepEqual(forgotten?.events, []);
      assert.equal(remembered?.end, undefined);
      remembered?.abort();
    });

    for (const [what, resourceVersion] of [
      ['that the store has not come to', '999'],
      ['that is none', 'yesterday'],
    ] as const) {
      it(`ends a watch from a version ${what}`, async () => {
        const { create, settle, watch } = rig();
        await create();
        const reader = watch({ resourceVersion });
        await settle();
        assert.deepEqual([reader.end, reader.events], ['expired', []]);
      });
    }

    it('ends a watch whose reader is too slow, after what it was told', async () => {
      const { create, store, version, writeOthers } = rig();
      const start = await version();
      await create();
      const watch = store.watch(KIND, { signal, resourceVersion: start });
      const events = watch[Symbol.asyncIterator]();
      assert.equal((await events.next()).value?.type, 'added');
      await writeOthers(historyChanges + 1);
      await assert.rejects(events.next(), { code: 'expired', message: /list anew/ });
      assert.deepEqual(await events.next(), { done: true, value: undefined });
    });

    it('does not end a watch that waits, however much is written that it does not tell', async () => {
      const { create, settle, watch, writeOthers } = rig();
      const reader = watch();
      await settle();
      for (let turn = 0; turn < 3 * historyChanges; turn += 1) {
        await create({ namespace: `n${turn}` });
        await settle();
      }
      await writeOthers(historyChanges);
      await settle();
      assert.equal(reader.changes.length, 3 * historyChanges);
      assert.equal(reader.end, undefined);
      const other = watch({ namespace: 'quiet' });
      await settle();
      for (let turn = 0; turn < 3 * historyChanges; turn += 1) {
        await create({ namespace: `m${turn}` });
        await settle();
      }
      await create({ namespace: 'quiet' });
      await settle();
      assert.deepEqual(other.changes, ['added quiet/web']);
      reader.abort();
      other.abort();
    });
  });
}
