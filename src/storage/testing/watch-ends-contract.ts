import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import type { WatchEvent } from '#model/profile-store.js';
import type { WatchRig } from './watch-driver.ts';

const KIND = 'ContainerProfile';
const DONE = { done: true, value: undefined };

/** How a watch ends, and that it leaves nothing behind. */
export function describeWatchEnds(rig: () => WatchRig): void {
  describe('its end', () => {
    /** A watch that is read by hand. */
    const begin = (resourceVersion = '') => {
      const { clock, store } = rig();
      const controller = new AbortController();
      const { signal } = controller;
      const watch = store.watch(KIND, { signal, resourceVersion });
      const events = watch[Symbol.asyncIterator]();
      const assertNothingLeft = () => {
        assert.equal(clock.pending, 0, 'timers');
        assert.equal(getEventListeners(signal, 'abort').length, 0, 'listeners');
      };
      return { assertNothingLeft, controller, events };
    };

    const isBookmark = (result: IteratorResult<WatchEvent, unknown>) =>
      !result.done && result.value.type === 'bookmark';

    it('comes with an abort while it waits', async () => {
      const { settle, clock } = rig();
      const { assertNothingLeft, controller, events } = begin();
      assert.ok(isBookmark(await events.next()));
      const next = events.next();
      await settle();
      assert.ok(clock.pending > 0, 'it waits');
      controller.abort();
      await assert.rejects(next, { code: 'aborted' });
      assert.deepEqual(await events.next(), DONE);
      assertNothingLeft();
    });

    it('comes at once when it was aborted before', async () => {
      const { assertNothingLeft, controller, events } = begin();
      controller.abort();
      await assert.rejects(events.next(), { code: 'aborted' });
      assertNothingLeft();
    });

    it('comes with an abort though there is more to tell', async () => {
      const { create, version } = rig();
      const { assertNothingLeft, controller, events } = begin(await version());
      await create({ name: 'a' });
      await create({ name: 'b' });
      await events.next();
      controller.abort();
      await assert.rejects(events.next(), { code: 'aborted' });
      assertNothingLeft();
    });

    it('comes when the reader breaks off, for that reader alone', async () => {
      const { create, settle, store, watch, version } = rig();
      const other = watch();
      await settle();
      const { signal } = new AbortController();
      const resourceVersion = await version();
      await create({ name: 'a' });
      for await (const event of store.watch(KIND, { signal, resourceVersion })) {
        assert.equal(event.type, 'added');
        break;
      }
      assert.equal(getEventListeners(signal, 'abort').length, 0, 'listeners');
      await create({ name: 'b' });
      await settle();
      assert.deepEqual(other.changes, ['added shop/a', 'added shop/b']);
      other.abort();
      await settle();
      assert.equal(rig().clock.pending, 0, 'timers');
    });

    it('comes when the reader gives up while it waits', async () => {
      const { create, settle } = rig();
      const { assertNothingLeft, events } = begin();
      assert.ok(isBookmark(await events.next()));
      const next = events.next();
      await settle();
      await events.return?.();
      assert.deepEqual(await next, DONE);
      await create();
      assert.deepEqual(await events.next(), DONE);
      assertNothingLeft();
    });

    it('need not come: a watch that nobody waits for holds nothing', async () => {
      const { create } = rig();
      const { assertNothingLeft, events } = begin();
      await create();
      await events.next();
      assertNothingLeft();
      await events.return?.();
    });
  });
}
