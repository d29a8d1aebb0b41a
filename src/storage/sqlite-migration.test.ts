import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { Consolidator } from '#consolidation/consolidator.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { bodyText } from './object-text.ts';
import { openSqliteProfileStore } from './sqlite-profile-store.ts';
import { SCHEMA_VERSION } from './sqlite-schema.ts';
import { type OldObject, writeOldStore } from './testing/old-store-file.ts';
import { aProfile, inState, stateOf } from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';
import { WatchReader } from './testing/watch-reader.ts';

const KIND = 'ContainerProfile';
const { signal } = new AbortController();

function open(path: string) {
  const clock = new VirtualClock(1e12);
  const sources = { clock, random: seededRandom(1), log: silentLogger };
  return { clock, store: openSqliteProfileStore({ path, ...sources }) };
}

for (const version of [1, 2] as const) {
  describe(`a file of schema ${version}`, () => {
    it('keeps its objects, their versions and their series', () =>
      withFolder(async (folder) => {
        const path = `${folder}/profiles.db`;
        writeOldStore(path, version);
        const { store } = open(path);
        const { items, resourceVersion } = await store.list(KIND, { signal });
        assert.equal(resourceVersion, '10');
        const versions = items.map((item) => [item.name, item.resourceVersion, item.uid]);
        assert.deepEqual(versions, [
          ['old', '3', 'uid-old'],
          ['old-r1', '7', 'uid-old-r1'],
        ]);
        assert.deepEqual(await store.get(KIND, { namespace: 'shop', name: 'old' }, { signal }), {
          ...aProfile({ name: 'old', uid: 'uid-old', resourceVersion: '3' }),
          spec: { syscalls: ['open'] },
          extra: 1e3,
        });
        const row = await store.objects.get(
          'ApplicationProfile',
          { namespace: 'shop', name: 'ug-old' },
          { signal, withBody: true },
        );
        assert.equal(row && bodyText(row), '{"spec":{"syscalls":["⋯"]},"extra":1000}');
        assert.deepEqual(store.counts().reports, 1);
        store.close();
        const db = new DatabaseSync(path);
        assert.equal(db.prepare('PRAGMA user_version').get()?.['user_version'], SCHEMA_VERSION);
        db.close();
      }));

    it('goes on: reports are merged, changes remembered, older versions have expired', () =>
      withFolder(async (folder) => {
        const path = `${folder}/profiles.db`;
        writeOldStore(path, version);
        const { clock, store } = open(path);
        const old = new WatchReader(store, KIND, { resourceVersion: '7' });
        const abreast = new WatchReader(store, KIND, { resourceVersion: '10' });
        const key = { namespace: 'shop', name: 'old' };
        assert.equal(await store.consolidateProfile(key, { signal }), 'completed');
        await clock.advance(0);
        assert.equal(old.end, 'expired');
        assert.deepEqual(abreast.changes, ['modified shop/old', 'deleted shop/old-r1']);
        assert.deepEqual(abreast.versions.slice(0, 3), ['10', '11', '12']);
        const merged = await store.get(KIND, key, { signal });
        assert.deepEqual(merged?.spec.syscalls, ['open', 'read']);
        assert.equal(stateOf(merged), 'completed/complete');
        abreast.abort();
        store.close();
      }));
  });
}

describe('workloads of a file from before there were profiles of them', () => {
  const member = (name: string, status: string, version = 1): OldObject => ({
    kind: KIND,
    name,
    version,
    syscalls: [name],
    isReport: false,
    annotations: {
      ...inState(status),
      'kubescape.io/instance-id': `apiVersion-apps/v1/namespace-shop/kind-ReplicaSet/name-till/containerName-${name}`,
    },
  });
  const KEY = { namespace: 'shop', name: 'replicaset-till' };

  it('get their profiles with the next pass, of all their containers at once', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      writeOldStore(path, 2, [
        member('a', 'completed/complete', 1),
        member('b', 'completed/partial', 2),
        // Written by a person, and one that tells of no workload.
        member('mine', '', 4),
        { ...member('odd', '', 5), annotations: inState('ready/complete') },
      ]);
      const { clock, store } = open(path);
      const application = () => store.get('ApplicationProfile', KEY, { signal });
      assert.equal(await application(), undefined);
      const consolidator = new Consolidator({ store, clock, log: silentLogger });
      await consolidator.once();
      const { metadata, spec } = (await application()) ?? {};
      assert.deepEqual(
        spec?.containers?.map(({ name }) => name),
        ['a', 'b'],
      );
      assert.equal(metadata && stateOf({ metadata }), 'completed/partial');
      const versions = (await store.list('ApplicationProfile', { signal })).resourceVersion;
      assert.deepEqual(await store.pendingProfiles({ signal }), []);
      await consolidator.once();
      const after = (await store.list('ApplicationProfile', { signal })).resourceVersion;
      assert.equal(after, versions, 'once is enough');
      store.close();
    }));
});

describe('a file of an older schema with damage in it', () => {
  it('is brought forward all the same, and names the object', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      writeOldStore(path, 2);
      const vandal = new DatabaseSync(path);
      vandal.exec("UPDATE bodies SET body = '{' WHERE id = 1; DELETE FROM bodies WHERE id = 3");
      vandal.close();
      const { store } = open(path);
      for (const [kind, name] of [
        [KIND, 'old'],
        ['ApplicationProfile', 'ug-old'],
      ] as const) {
        await assert.rejects(store.get(kind, { namespace: 'shop', name }, { signal }), {
          code: 'internal',
          message: new RegExp(`body of ${kind} shop/${name} is damaged`),
        });
      }
      store.close();
    }));
});
