import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ObjectKey } from '#model/profile-store.js';
import { bodyText } from '../object-text.ts';
import {
  anObject,
  type OpenedObjectStore,
  type OpenObjectStore,
  objectRig,
  RowReader,
} from './object-rig.ts';

const { signal } = new AbortController();

/** Pages, snapshots and watches of whole rows. */
export function describeHistory(opened: () => OpenedObjectStore, open: OpenObjectStore): void {
  describe('pages', () => {
    it('tell one moment, whatever is written between them', async () => {
      const { objects } = opened().store;
      const { create, names } = objectRig(objects);
      for (const name of ['a', 'b', 'c', 'd', 'e'])
        await create('Rules', anObject('Rules', { name }));
      const about = { signal, withBodies: true, limit: 2 };
      const first = await objects.list('Rules', about);
      assert.deepEqual([first.resourceVersion, first.remaining], [5, 3]);
      const at = { ...about, atVersion: first.resourceVersion };
      await objects.delete('Rules', { namespace: 'shop', name: 'd' }, { signal });
      await create('Rules', anObject('Rules', { name: 'bb' }));
      await objects.change(
        'Rules',
        { namespace: 'shop', name: 'c' },
        (stored) => ({ ...stored(), spec: { n: 2 } }),
        { signal },
      );
      const found = [...first.rows];
      let after: ObjectKey | undefined = first.rows.at(-1);
      for (let left = first.remaining; after && left > 0; ) {
        const page = await objects.list('Rules', { ...at, after });
        assert.equal(page.resourceVersion, 5);
        assert.equal(page.remaining, left - page.rows.length);
        left = page.remaining;
        found.push(...page.rows);
        after = page.rows.at(-1);
      }
      assert.deepEqual(
        found.map((row) => [row.name, row.resourceVersion, bodyText(row)]),
        ['a', 'b', 'c', 'd', 'e'].map((name, index) => [name, index + 1, '{"spec":{"n":1}}']),
      );
      assert.deepEqual(
        await names('Rules'),
        ['a', 'b', 'bb', 'c', 'e'].map((n) => `shop/${n}`),
      );
    });

    it('come by namespace and name, of one namespace or of all', async () => {
      const { create, names } = objectRig(opened().store.objects);
      for (const [namespace, name] of [
        ['b', 'y'],
        ['a-', 'a'],
        ['a', 'z'],
        ['b', 'x'],
      ]) {
        await create('Rules', anObject('Rules', { namespace, name }));
      }
      assert.deepEqual(await names('Rules'), ['a/z', 'a-/a', 'b/x', 'b/y']);
      assert.deepEqual(await names('Rules', { namespace: 'b' }), ['b/x', 'b/y']);
      const after = { namespace: 'a', name: 'zz' };
      assert.deepEqual(await names('Rules', { after, limit: 2 }), ['a-/a', 'b/x']);
      assert.deepEqual(await names('Rules', { limit: 0 }), []);
    });

    it('say expired for a version that is forgotten, unavailable for one not given', async () => {
      const { store, close } = await open({ historyChanges: 3 });
      const { create, names } = objectRig(store.objects);
      for (const name of ['a', 'b', 'c', 'd', 'e'])
        await create('Rules', anObject('Rules', { name }));
      assert.deepEqual(await names('Rules', { atVersion: 2 }), ['shop/a', 'shop/b']);
      await assert.rejects(names('Rules', { atVersion: 1 }), { code: 'expired' });
      await assert.rejects(names('Rules', { atVersion: 6 }), { code: 'unavailable' });
      await close();
    });
  });

  describe('a watch of rows', () => {
    it('tells objects whole, as they were after each change', async () => {
      const { clock, store } = opened();
      const { create, edit, remove } = objectRig(store.objects);
      await create('Rules');
      await edit('Rules', (stored) => ({ ...stored, spec: { n: 2 } }));
      await edit('Rules', ({ metadata, ...stored }) => ({
        ...stored,
        metadata: { ...metadata, labels: { a: 'b' } },
      }));
      await remove('Rules');
      const whole = new RowReader(store.objects, 'Rules', { after: 0 });
      const heads = new RowReader(store.objects, 'Rules', { after: 1, withBodies: false });
      await clock.advance(0);
      assert.deepEqual(whole.changes, [
        'added a {"n":1}',
        'modified a {"n":2}',
        'modified a {"n":2}',
        'deleted a {"n":2}',
      ]);
      assert.deepEqual(heads.changes, ['modified a -', 'modified a -', 'deleted a -']);
      assert.deepEqual(whole.events.at(-1), { type: 'bookmark', resourceVersion: 4 });
      whole.abort();
      heads.abort();
      await clock.advance(0);
      assert.equal(whole.end, 'aborted');
    });

    it('has expired when bodies of the past had to go, and what is stored stays', async () => {
      const { clock, store, close } = await open({ historyBytes: 3_000 });
      const { create, edit, get } = objectRig(store.objects);
      await create('Rules');
      for (let turn = 0; turn < 10; turn += 1) {
        await edit('Rules', (stored) => ({ ...stored, spec: { text: `${turn}`.repeat(1_000) } }));
      }
      const readers = [5, 9].map((after) => new RowReader(store.objects, 'Rules', { after }));
      await clock.advance(0);
      assert.deepEqual(
        readers.map(({ end }) => end),
        ['expired', undefined],
      );
      assert.deepEqual((await get('Rules', anObject('Rules').metadata))?.['spec'], {
        text: '9'.repeat(1_000),
      });
      for (const reader of readers) reader.abort();
      await close();
    });
  });
}
