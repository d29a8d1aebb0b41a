import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { objectOf } from '../object-text.ts';
import { anObject, type OpenedObjectStore, objectRig, RowReader } from './object-rig.ts';
import { inState } from './sample-profiles.ts';

const KIND = 'ContainerProfile';

/** How objects go. */
export function describeDeletions(opened: () => OpenedObjectStore): void {
  describe('deletion', () => {
    it('holds to its preconditions', async () => {
      const { create, remove } = objectRig(opened().store.objects);
      const { metadata } = await create('Rules');
      const { uid } = metadata;
      for (const preconditions of [{ uid: 'other' }, { resourceVersion: '7' }]) {
        await assert.rejects(remove('Rules', { preconditions }), { code: 'conflict' });
      }
      const { isGone, row } = await remove('Rules', {
        preconditions: { uid, resourceVersion: '1' },
      });
      assert.deepEqual([isGone, row.resourceVersion], [true, 2]);
      assert.equal(objectOf('Rules', row).metadata.resourceVersion, '2');
      await assert.rejects(remove('Rules'), { code: 'not-found' });
    });

    it('waits for finalizers, and happens with the last of them', async () => {
      const { clock, store } = opened();
      const { create, edit, get, remove } = objectRig(store.objects);
      const { metadata } = await create('Rules', anObject('Rules', { finalizers: ['x/a', 'x/b'] }));
      const reader = new RowReader(store.objects, 'Rules', { after: 1 });
      const marked = await remove('Rules');
      assert.equal(marked.isGone, false);
      const stored = await get('Rules', metadata);
      assert.match(stored?.metadata.deletionTimestamp ?? '', /^\d{4}-.*Z$/);
      assert.equal(stored?.metadata.deletionGracePeriodSeconds, 0);
      assert.deepEqual(await remove('Rules'), marked, 'marking again changes nothing');
      const withFinalizers = (finalizers: readonly string[]) =>
        edit('Rules', (object) => ({ ...object, metadata: { ...object.metadata, finalizers } }));
      await assert.rejects(withFinalizers(['x/a', 'x/c']), { code: 'invalid', message: /x\/c/ });
      const kept = await withFinalizers(['x/b']);
      assert.equal(kept.metadata.deletionTimestamp, stored?.metadata.deletionTimestamp);
      const gone = await withFinalizers([]);
      assert.equal(await get('Rules', metadata), undefined);
      await clock.advance(0);
      assert.deepEqual(
        reader.events.filter(({ type }) => type !== 'bookmark').map(({ type }) => type),
        ['modified', 'modified', 'modified', 'deleted'],
      );
      assert.ok(Number(gone.metadata.resourceVersion) > Number(kept.metadata.resourceVersion));
      reader.abort();
    });

    it('cannot be taken back by a writer that leaves the mark out', async () => {
      const { create, edit, remove } = objectRig(opened().store.objects);
      await create('Rules', anObject('Rules', { finalizers: ['x/a'] }));
      await remove('Rules');
      const { metadata } = await edit('Rules', () =>
        anObject('Rules', { finalizers: ['x/a'], spec: { n: 9 } }),
      );
      assert.ok(metadata.deletionTimestamp);
    });

    it('of a profile that was learned to its end can be waited for as well', async () => {
      const { create, edit, get, remove } = objectRig(opened().store.objects);
      const about = { annotations: inState('completed/complete'), finalizers: ['x/a'] };
      const { metadata } = await create(KIND, anObject(KIND, about));
      await remove(KIND);
      await edit(KIND, (object) => ({
        ...object,
        spec: { changed: true },
        metadata: { ...object.metadata, finalizers: [] },
      }));
      assert.equal(await get(KIND, metadata), undefined);
    });
  });
}
