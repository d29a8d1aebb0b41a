import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANNOTATION } from '#model/annotations.js';
import type { ProfileStore } from '#model/profile-store.js';
import { aProfile, aReport, inState, stateOf } from './sample-profiles.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

/** What becomes of a profile's status, and when it is closed. */
export function describeFinality(store: () => ProfileStore): void {
  describe('finality', () => {
    it('does not change what is completed and complete, and says so by returning it', async () => {
      const given = aProfile({ annotations: inState('completed/complete') });
      const final = await store().create(KIND, given, { signal });
      const change = { ...final, spec: {}, metadata: { ...final.metadata, labels: { a: 'b' } } };
      assert.deepEqual(await store().update(KIND, change, { signal }), final);
      assert.deepEqual(await store().get(KIND, KEY, { signal }), final);
      await store().delete(KIND, KEY, { signal });
      assert.equal(await store().get(KIND, KEY, { signal }), undefined);
    });

    it('lets people change what they manage, whatever its status', async () => {
      const annotations = { ...inState('completed/complete'), [ANNOTATION.managedBy]: 'User' };
      await store().create(KIND, aProfile({ annotations }), { signal });
      const updated = await store().update(KIND, aProfile({ annotations, spec: {} }), { signal });
      assert.deepEqual(updated.spec, {});
    });

    for (const [given, kept] of [
      ['ready/partial', 'completed/partial'],
      ['failed/partial', 'completed/partial'],
      ['completed/complete', 'completed/complete'],
    ] as const) {
      it(`makes ${kept} of ${given} written over completed/partial`, async () => {
        await store().create(KIND, aProfile({ annotations: inState('completed/partial') }), {
          signal,
        });
        const change = aProfile({ annotations: inState(given), spec: { syscalls: ['read'] } });
        const updated = await store().update(KIND, change, { signal });
        assert.equal(stateOf(updated), kept);
        assert.deepEqual(updated.spec, { syscalls: ['read'] });
      });
    }

    it('keeps the status of a completed profile when an update has none', async () => {
      await store().create(KIND, aProfile({ annotations: inState('completed/partial') }), {
        signal,
      });
      const updated = await store().update(KIND, aProfile(), { signal });
      assert.equal(updated.metadata.annotations?.[ANNOTATION.status], 'completed');
    });
  });
}

/** Which reports a store takes, and what becomes of them before they are merged. */
export function describeReports(store: () => ProfileStore): void {
  describe('reports', () => {
    it('takes the reports of a profile that is not there yet', async () => {
      const created = await store().create(KIND, aReport([0, 10]), { signal });
      assert.deepEqual(await store().get(KIND, created.metadata, { signal }), created);
      assert.equal(await store().get(KIND, KEY, { signal }), undefined);
    });

    for (const [profile, report, refusal] of [
      ['ready/partial', 'ready/partial', undefined],
      ['ready/complete', 'completed/partial', undefined],
      ['completed/partial', 'ready/complete', undefined],
      ['completed/partial', 'ready/partial', 'completed'],
      ['completed/complete', 'ready/partial', 'completed'],
      ['completed/complete', 'completed/complete', 'completed'],
      ['too-large/complete', 'ready/complete', 'too-large'],
      ['too-large/partial', 'ready/partial', 'too-large'],
    ] as const) {
      const verb = refusal === undefined ? 'takes' : `refuses with ${refusal}`;
      it(`${verb} a report ${report} to a profile ${profile}`, async () => {
        await store().create(KIND, aProfile({ annotations: inState(profile) }), { signal });
        const given = aReport([0, 10], { state: report });
        const call = store().create(KIND, given, { signal });
        if (refusal === undefined) await call;
        else await assert.rejects(call, { code: refusal });
        const isThere = (await store().get(KIND, given.metadata, { signal })) !== undefined;
        assert.equal(isThere, refusal === undefined);
      });
    }

    it('refuses a report that could not be put in order', async () => {
      for (const report of [
        aReport(['', 'noon']),
        aReport(['', '']),
        aReport(['noon', 10]),
        { ...aReport([0, 10]), metadata: { ...aReport([0, 10]).metadata, name: 'nosuffix' } },
        { ...aReport([0, 10]), metadata: { ...aReport([0, 10]).metadata, name: 'nosuffix-' } },
      ]) {
        await assert.rejects(store().create(KIND, report, { signal }), { code: 'invalid' });
      }
      assert.deepEqual((await store().list(KIND, { signal })).items, []);
    });

    it('refuses a report with finalizers: it goes when it is merged', async () => {
      const { metadata, ...report } = aReport([0, 10]);
      const held = { ...report, metadata: { ...metadata, finalizers: ['x/a'] } };
      await assert.rejects(store().create(KIND, held, { signal }), {
        code: 'invalid',
        message: /metadata\.finalizers/,
      });
    });

    it('writes a report once: neither it nor a profile becomes another', async () => {
      const report = await store().create(KIND, aReport([0, 10]), { signal });
      await assert.rejects(store().update(KIND, report, { signal }), { code: 'invalid' });
      await store().create(KIND, aProfile(), { signal });
      const { annotations } = report.metadata;
      const turned = aProfile(annotations ? { annotations } : {});
      await assert.rejects(store().update(KIND, turned, { signal }), { code: 'invalid' });
    });

    it('removes the reports of a profile with it, and those of no other', async () => {
      await store().create(KIND, aProfile(), { signal });
      await store().create(KIND, aReport([0, 10]), { signal });
      await store().create(KIND, aReport([0, 10], { profile: 'web-admin' }), { signal });
      await store().delete(KIND, KEY, { signal });
      const { items: left } = await store().list(KIND, { signal });
      assert.deepEqual(
        left.map((metadata) => metadata.name),
        ['web-admin-from0to10'],
      );
    });
  });
}
