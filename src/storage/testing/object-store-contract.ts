import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { ANNOTATION } from '#model/annotations.js';
import { STORED_KINDS } from '../object-store.ts';
import { bodyText } from '../object-text.ts';
import { isClusterWide } from '../stored-kinds.ts';
import { describeDeletions } from './object-deletion-contract.ts';
import { describeHistory } from './object-history-contract.ts';
import { anObject, type OpenedObjectStore, type OpenObjectStore, objectRig } from './object-rig.ts';
import { aReport, inState } from './sample-profiles.ts';

const { signal } = new AbortController();

/** What every ObjectStore promises. `open` gives an empty one, and is called once a test. */
export function describeObjectStoreContract(name: string, open: OpenObjectStore): void {
  describe(`ObjectStore contract: ${name}`, () => {
    let opened: OpenedObjectStore;
    beforeEach(async () => {
      opened = await open({});
    });
    afterEach(() => opened.close());
    describeKinds(() => opened);
    describeCreation(() => opened);
    describeChanges(() => opened);
    describeRules(() => opened);
    describeDryRuns(() => opened);
    describeDeletions(() => opened);
    describeHistory(() => opened, open);
  });
}

function describeKinds(opened: () => OpenedObjectStore): void {
  for (const kind of STORED_KINDS) {
    it(`keeps ${kind}, as text that can be sent`, async () => {
      const { objects } = opened().store;
      const { create, get, names } = objectRig(objects);
      const given = anObject(kind, { labels: { a: 'ü⋯' }, spec: { z: ['⋯', null], a: {} } });
      const created = await create(kind, given);
      assert.deepEqual(await get(kind, given.metadata), created);
      const options = { signal, withBody: true };
      const row = await objects.get(kind, given.metadata, options);
      assert.ok(row?.body);
      assert.equal(bodyText(row), '{"spec":{"z":["⋯",null],"a":{}}}');
      assert.deepEqual(JSON.parse(row.metadata), {
        ...(isClusterWide(kind) ? {} : { namespace: 'shop' }),
        name: 'a',
        labels: { a: 'ü⋯' },
        uid: created.metadata.uid,
        creationTimestamp: created.metadata.creationTimestamp,
        generation: 1,
        resourceVersion: '1',
      });
      assert.deepEqual([row.resourceVersion, row.name], [1, 'a']);
      const { body } =
        (await objects.get(kind, given.metadata, { signal, withBody: false })) ?? row;
      assert.equal(body, undefined);
      assert.deepEqual(await names(kind), [isClusterWide(kind) ? '/a' : 'shop/a']);
    });
  }

  it('keeps a cluster-wide kind out of namespaces, and others in them', async () => {
    const { create } = objectRig(opened().store.objects);
    const inside = anObject('CollapseConfiguration', { namespace: 'shop' });
    await assert.rejects(create('CollapseConfiguration', inside), { code: 'invalid' });
    const outside = anObject('Rules', { namespace: '' });
    await assert.rejects(create('Rules', outside), { code: 'invalid' });
  });
}

function describeCreation(opened: () => OpenedObjectStore): void {
  describe('creation', () => {
    it('makes a name from generateName, and another when that is taken', async () => {
      const { create, names } = objectRig(opened().store.objects);
      const base = 'x'.repeat(70);
      for (let turn = 0; turn < 3; turn += 1) {
        const { metadata } = await create(
          'Rules',
          anObject('Rules', { name: '', generateName: base }),
        );
        assert.match(metadata.name, /^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
      }
      assert.equal(new Set(await names('Rules')).size, 3);
      const named = await create('Rules', anObject('Rules', { generateName: 'b-' }));
      assert.equal(named.metadata.name, 'a');
    });

    it('believes no claim that is the store’s to make', async () => {
      const { create } = objectRig(opened().store.objects);
      const claims = { generation: 7, deletionTimestamp: 'now', resourceVersion: '99', uid: 'u' };
      const { metadata } = await create('Rules', anObject('Rules', claims));
      assert.deepEqual([metadata.generation, metadata.resourceVersion], [1, '1']);
      assert.equal(metadata.deletionTimestamp, undefined);
      assert.notEqual(metadata.uid, 'u');
    });

    it('refuses a name that is taken with conflict', async () => {
      const { create } = objectRig(opened().store.objects);
      await create('Rules');
      await assert.rejects(create('Rules'), { code: 'conflict', message: /exists already/ });
    });
  });
}

function describeChanges(opened: () => OpenedObjectStore): void {
  describe('change', () => {
    it('counts a generation for what is not metadata, and a version for everything', async () => {
      const { create, edit } = objectRig(opened().store.objects);
      await create('Rules');
      const labelled = await edit('Rules', (stored) => ({
        ...stored,
        metadata: { ...stored.metadata, labels: { a: 'b' } },
      }));
      assert.deepEqual([labelled.metadata.generation, labelled.metadata.resourceVersion], [1, '2']);
      const changed = await edit('Rules', (stored) => ({ ...stored, spec: { n: 2 } }));
      assert.deepEqual([changed.metadata.generation, changed.metadata.resourceVersion], [2, '3']);
      assert.deepEqual(changed.metadata.labels, { a: 'b' });
    });

    it('gives no version when nothing changes, whatever the order of fields', async () => {
      const { create, edit, version } = objectRig(opened().store.objects);
      const created = await create('Rules', anObject('Rules', { spec: { a: 1, b: 2 } }));
      assert.deepEqual(await edit('Rules', (stored) => stored), created);
      const turned = await edit('Rules', (stored) => ({ ...stored, spec: { b: 2, a: 1 } }));
      assert.deepEqual(turned, created);
      assert.equal(await version(), 1);
    });

    it('refuses another version or uid with conflict, and takes none', async () => {
      const { create, edit } = objectRig(opened().store.objects);
      await create('Rules');
      for (const claim of [{ resourceVersion: '99' }, { uid: 'other' }]) {
        const call = edit('Rules', ({ metadata, ...stored }) => ({
          ...stored,
          metadata: { ...metadata, ...claim },
        }));
        await assert.rejects(call, { code: 'conflict' });
      }
      const free = await edit('Rules', () => anObject('Rules', { spec: { n: 3 } }));
      assert.deepEqual(free['spec'], { n: 3 });
    });

    it('does not let the name change, and passes on what the change throws', async () => {
      const { create, edit } = objectRig(opened().store.objects);
      await create('Rules');
      const renamed = () => anObject('Rules', { name: 'b' });
      await assert.rejects(edit('Rules', renamed), { code: 'invalid', message: /name/ });
      const thrown = edit('Rules', () => {
        throw new Error('no');
      });
      await assert.rejects(thrown, /no/);
    });

    it('says not-found for what is not there', async () => {
      const { edit } = objectRig(opened().store.objects);
      await assert.rejects(
        edit('Rules', (stored) => stored),
        { code: 'not-found' },
      );
    });
  });
}

function describeRules(opened: () => OpenedObjectStore): void {
  describe('profiles through this door', () => {
    const KIND = 'ContainerProfile';

    it('keep what was learned to its end, and answer with it', async () => {
      const { create, edit } = objectRig(opened().store.objects);
      const annotations = inState('completed/complete');
      const created = await create(KIND, anObject(KIND, { annotations }));
      assert.deepEqual(await edit(KIND, (stored) => ({ ...stored, spec: {} })), created);
    });

    it('never go back from completed, unless a person manages them', async () => {
      const { create, edit } = objectRig(opened().store.objects);
      await create(KIND, anObject(KIND, { annotations: inState('completed/partial') }));
      const { metadata } = await edit(KIND, (stored) => ({
        ...stored,
        metadata: { ...stored.metadata, annotations: inState('ready/partial') },
      }));
      assert.equal(metadata.annotations?.[ANNOTATION.status], 'completed');
    });

    for (const [state, words] of [
      ['completed/complete', /object is completed$/],
      ['too-large/partial', /object is too large$/],
    ] as const) {
      it(`refuse reports when they are ${state}, in the public words`, async () => {
        const { create } = objectRig(opened().store.objects);
        await create(KIND, anObject(KIND, { name: 'web', annotations: inState(state) }));
        const report = anObject(KIND, { ...aReport([0, 10]).metadata });
        await assert.rejects(create(KIND, report), { message: words });
      });
    }

    it('take reports that are merged then, and lose them when they are deleted', async () => {
      const { store } = opened();
      const { create, names } = objectRig(store.objects);
      await create(KIND, anObject(KIND, { ...aReport([0, 10]).metadata }));
      const key = { namespace: 'shop', name: 'web' };
      assert.equal(await store.consolidateProfile(key, { signal }), 'updated');
      await create(KIND, anObject(KIND, { ...aReport([10, 20]).metadata }));
      await store.objects.delete(KIND, key, { signal });
      assert.deepEqual(await names(KIND), []);
      assert.equal(store.counts().rows, 0);
    });
  });
}

function describeDryRuns(opened: () => OpenedObjectStore): void {
  describe('a dry run', () => {
    it('answers as if, writes nothing, gives no version and is told to nobody', async () => {
      const { store, clock } = opened();
      const { create, edit, get, names, remove, version } = objectRig(store.objects);
      const made = await create('Rules', anObject('Rules'), true);
      assert.deepEqual([made.metadata.resourceVersion, made.metadata.generation], [undefined, 1]);
      assert.deepEqual(await names('Rules'), []);
      const created = await create('Rules');
      const edited = await edit('Rules', (stored) => ({ ...stored, spec: {} }), true);
      assert.deepEqual([edited['spec'], edited.metadata.resourceVersion], [{}, '1']);
      const { isGone, row } = await remove('Rules', { dryRun: true });
      assert.deepEqual([isGone, row.resourceVersion], [true, 1]);
      assert.deepEqual(await get('Rules', created.metadata), created);
      assert.equal(await version(), 1);
      await clock.advance(0);
    });

    it('refuses what the call itself would refuse', async () => {
      const { create, edit, remove } = objectRig(opened().store.objects);
      const nothing = edit('Rules', (stored) => stored, true);
      await assert.rejects(nothing, { code: 'not-found' });
      await create('Rules');
      await assert.rejects(create('Rules', anObject('Rules'), true), { code: 'conflict' });
      const preconditions = { uid: 'other' };
      await assert.rejects(remove('Rules', { dryRun: true, preconditions }), { code: 'conflict' });
    });
  });
}
