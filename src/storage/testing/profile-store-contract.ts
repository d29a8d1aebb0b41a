import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { FullMeta } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';
import { describeFinality, describeReports } from './learning-contract.ts';
import { anApplicationProfile, aProfile, inState } from './sample-profiles.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

/**
 * What every ProfileStore promises, whatever it is made of. `open` gives an empty one, and is called
 * once a test.
 */
export function describeProfileStoreContract(
  name: string,
  open: () => Promise<{ readonly store: ProfileStore; close(): Promise<void> }>,
): void {
  describe(`ProfileStore contract: ${name}`, () => {
    let store: ProfileStore;
    let close: () => Promise<void>;
    beforeEach(async () => {
      const opened = await open();
      store = opened.store;
      close = () => opened.close();
    });
    afterEach(() => close());
    describeObjects(() => store);
    describeCopies(() => store);
    describeWriters(() => store);
    describeFinality(() => store);
    describeReports(() => store);
    describeAborts(() => store);
  });
}

function describeObjects(store: () => ProfileStore): void {
  describe('objects', () => {
    it('gives undefined for what is not there', async () => {
      assert.equal(await store().get(KIND, KEY, { signal }), undefined);
      assert.deepEqual((await store().list(KIND, { signal })).items, []);
    });

    it('returns an object as it stores it, with what the store says of it', async () => {
      const given = aProfile({ labels: { team: 'a' }, annotations: { note: 'b' } });
      const created = await store().create(KIND, given, { signal });
      const { uid, creationTimestamp, resourceVersion, ...own } = created.metadata;
      // A store that speaks Kubernetes counts generations.
      const { generation: _generation, ...rest } = own as FullMeta;
      assert.deepEqual({ ...created, metadata: rest }, given);
      assert.match(uid ?? '', /^[0-9a-f-]{36}$/);
      assert.match(creationTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.ok(resourceVersion);
      assert.deepEqual(await store().get(KIND, KEY, { signal }), created);
    });

    it('keeps fields of an object that it does not know', async () => {
      const given = { ...aProfile(), status: { seen: null }, extra: [1, { a: 'ü⋯' }] };
      await store().create(KIND, given, { signal });
      const stored = await store().get(KIND, KEY, { signal });
      const { metadata: _given, ...body } = given;
      const { metadata: _stored, ...storedBody } = stored ?? aProfile();
      assert.deepEqual(storedBody, body);
    });

    it('does not believe what a new object claims of itself', async () => {
      const claims = { uid: 'mine', resourceVersion: '99', creationTimestamp: 'yesterday' };
      const { metadata } = await store().create(KIND, aProfile(claims), { signal });
      for (const [field, claim] of Object.entries(claims)) {
        assert.notEqual(metadata[field as keyof typeof claims], claim, field);
      }
    });

    it('tells kinds and namespaces apart', async () => {
      await store().create(KIND, aProfile(), { signal });
      await store().create(KIND, aProfile({ namespace: 'bank' }), { signal });
      await store().create('ApplicationProfile', anApplicationProfile(), { signal });
      await store().delete(KIND, KEY, { signal });
      assert.ok(await store().get(KIND, { ...KEY, namespace: 'bank' }, { signal }));
      assert.ok(await store().get('ApplicationProfile', KEY, { signal }));
      assert.equal(await store().get('NetworkNeighborhood', KEY, { signal }), undefined);
    });

    it('refuses a name that is taken with conflict', async () => {
      const created = await store().create(KIND, aProfile(), { signal });
      const again = store().create(KIND, aProfile({ spec: {} }), { signal });
      await assert.rejects(again, { code: 'conflict' });
      assert.deepEqual(await store().get(KIND, KEY, { signal }), created);
    });

    it('refuses objects that cannot be stored with invalid', async () => {
      const refused = [
        store().create('ApplicationProfile', { ...anApplicationProfile(), kind: KIND } as never, {
          signal,
        }),
        store().create(KIND, aProfile({ name: '' }), { signal }),
        store().create(KIND, aProfile({ name: 'a/b' }), { signal }),
        store().create(KIND, aProfile({ namespace: '' }), { signal }),
        store().create(KIND, { ...aProfile(), spec: null } as never, { signal }),
      ];
      for (const call of refused) await assert.rejects(call, { code: 'invalid' });
    });

    it('removes an object, and says not-found when there is none to remove', async () => {
      await store().create(KIND, aProfile(), { signal });
      await store().delete(KIND, KEY, { signal });
      assert.equal(await store().get(KIND, KEY, { signal }), undefined);
      await assert.rejects(store().delete(KIND, KEY, { signal }), { code: 'not-found' });
    });

    it('lists metadata by namespace and name, of one namespace or of all', async () => {
      for (const [namespace, name] of [
        ['b', 'y'],
        ['a', 'z'],
        ['b', 'x'],
        ['a-b', 'a'],
      ] as const) {
        await store().create(KIND, aProfile({ namespace, name }), { signal });
      }
      const names = async (namespace?: string) =>
        (await store().list(KIND, { signal, ...(namespace && { namespace }) })).items.map(
          (metadata) => `${metadata.namespace}/${metadata.name}`,
        );
      assert.deepEqual(await names(), ['a/z', 'a-b/a', 'b/x', 'b/y']);
      assert.deepEqual(await names('b'), ['b/x', 'b/y']);
      assert.deepEqual(await names('c'), []);
    });

    it('lists the same metadata as it gets', async () => {
      await store().create(KIND, aProfile({ annotations: inState('ready/partial') }), { signal });
      const [listed] = (await store().list(KIND, { signal })).items;
      assert.deepEqual(listed, (await store().get(KIND, KEY, { signal }))?.metadata);
    });
  });
}

function describeCopies(store: () => ProfileStore): void {
  describe('copies', () => {
    it('takes frozen objects, and leaves what it is given alone', async () => {
      const given = aProfile({ annotations: inState('ready/partial') });
      const before = structuredClone(given);
      const created = await store().create(KIND, deepFreeze(given), { signal });
      await store().update(KIND, deepFreeze(created), { signal });
      assert.deepEqual(given, before);
    });

    it('does not see later changes of what it was given', async () => {
      const given = structuredClone(aProfile());
      const created = await store().create(KIND, given, { signal });
      const updated = structuredClone(created);
      vandalise(given);
      assert.deepEqual(await store().get(KIND, KEY, { signal }), updated);
      const { metadata } = await store().update(KIND, updated, { signal });
      const before = structuredClone({ ...updated, metadata });
      vandalise(updated);
      assert.deepEqual(await store().get(KIND, KEY, { signal }), before);
    });

    it('does not see changes of what it gave out', async () => {
      const created = await store().create(KIND, aProfile(), { signal });
      const before = structuredClone(created);
      vandalise(created);
      vandalise(await store().get(KIND, KEY, { signal }));
      vandalise({ metadata: (await store().list(KIND, { signal })).items[0] });
      assert.deepEqual(await store().get(KIND, KEY, { signal }), before);
      const updated = await store().update(KIND, before, { signal });
      const after = structuredClone(updated);
      vandalise(updated);
      assert.deepEqual(await store().get(KIND, KEY, { signal }), after);
    });
  });
}

function describeWriters(store: () => ProfileStore): void {
  describe('writers', () => {
    it('replaces an object and keeps its identity', async () => {
      const { metadata } = await store().create(KIND, aProfile({ labels: { a: '1' } }), { signal });
      const given = aProfile({ labels: { b: '2' }, spec: { syscalls: ['read'] } });
      const updated = await store().update(KIND, given, { signal });
      assert.deepEqual(updated.spec, { syscalls: ['read'] });
      assert.deepEqual(updated.metadata.labels, { b: '2' });
      assert.equal(updated.metadata.uid, metadata.uid);
      assert.equal(updated.metadata.creationTimestamp, metadata.creationTimestamp);
      assert.deepEqual(await store().get(KIND, KEY, { signal }), updated);
    });

    it('gives no new version to what is written again as it is', async () => {
      const created = await store().create(KIND, aProfile({ labels: { a: '1' } }), { signal });
      assert.deepEqual(await store().update(KIND, created, { signal }), created);
      const { apiVersion, kind, metadata, spec } = created;
      const turned = { spec, metadata: { ...metadata, resourceVersion: '' }, kind, apiVersion };
      assert.deepEqual(await store().update(KIND, turned, { signal }), created);
      assert.deepEqual(await store().get(KIND, KEY, { signal }), created);
    });

    it('says not-found when there is nothing to replace', async () => {
      await assert.rejects(store().update(KIND, aProfile(), { signal }), { code: 'not-found' });
    });

    it('refuses a writer that read an older version', async () => {
      const first = await store().create(KIND, aProfile(), { signal });
      const change = { ...first, spec: { syscalls: ['read'] } };
      const second = await store().update(KIND, change, { signal });
      await assert.rejects(store().update(KIND, first, { signal }), { code: 'conflict' });
      assert.deepEqual(await store().get(KIND, KEY, { signal }), second);
    });

    it('lets exactly one of two racing updates win', async () => {
      const read = await store().create(KIND, aProfile(), { signal });
      const put = (syscall: string) =>
        store().update(KIND, { ...read, spec: { syscalls: [syscall] } }, { signal });
      const outcomes = await Promise.allSettled([put('read'), put('write')]);
      const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
      assert.deepEqual(
        lost.map((outcome) => outcome.reason.code),
        ['conflict'],
      );
      assert.deepEqual(await store().get(KIND, KEY, { signal }), won[0]?.value);
    });

    it('lets exactly one of two racing creators win', async () => {
      const put = () => store().create(KIND, aProfile(), { signal });
      const outcomes = await Promise.allSettled([put(), put()]);
      assert.deepEqual(outcomes.map((outcome) => outcome.status).sort(), ['fulfilled', 'rejected']);
    });

    it('never gives a version twice, not even after a deletion', async () => {
      const seen: (string | undefined)[] = [];
      for (let turn = 0; turn < 3; turn += 1) {
        const created = await store().create(KIND, aProfile(), { signal });
        const updated = await store().update(KIND, { ...created, spec: {} }, { signal });
        seen.push(created.metadata.resourceVersion, updated.metadata.resourceVersion);
        await store().delete(KIND, KEY, { signal });
      }
      const other = await store().create('ApplicationProfile', anApplicationProfile(), { signal });
      seen.push(other.metadata.resourceVersion);
      assert.equal(new Set(seen).size, seen.length, `versions ${seen.join(' ')}`);
    });
  });
}

function describeAborts(store: () => ProfileStore): void {
  it('rejects every call whose signal has aborted, and does nothing', async () => {
    const created = await store().create(KIND, aProfile(), { signal });
    const gone = { signal: AbortSignal.abort() };
    for (const call of [
      store().get(KIND, KEY, gone),
      store().list(KIND, gone),
      store().create(KIND, aProfile({ name: 'new' }), gone),
      store().update(KIND, { ...created, spec: {} }, gone),
      store().delete(KIND, KEY, gone),
    ]) {
      await assert.rejects(call, { code: 'aborted' });
    }
    assert.deepEqual((await store().list(KIND, { signal })).items, [created.metadata]);
    assert.deepEqual(await store().get(KIND, KEY, { signal }), created);
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}

/** Changes everything that can be changed in an object, down to its leaves. */
function vandalise(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  const record = value as Record<string, unknown>;
  for (const [key, member] of Object.entries(record)) {
    if (typeof member === 'object') vandalise(member);
    else record[key] = 'vandalised';
  }
  record['vandal'] = true;
}
