import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { LogFields } from '#runtime/log.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { openSqliteProfileStore, type SqliteProfileStore } from './sqlite-profile-store.ts';
import { aProfile, aReport } from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';
import { WatchReader } from './testing/watch-reader.ts';

const KIND = 'ContainerProfile';
const { signal } = new AbortController();

interface Setup {
  readonly store: SqliteProfileStore;
  readonly clock: VirtualClock;
  readonly warnings: readonly LogFields[];
  readonly put: (name: string) => Promise<unknown>;
  readonly read: (name: string) => Promise<unknown>;
  readonly names: (options?: { readonly namespace?: string }) => Promise<readonly string[]>;
  readonly watch: (resourceVersion: string, namespace?: string) => WatchReader;
  /** Writes to the file as no version of ours would. */
  readonly damage: (sql: string) => void;
}

function withStore(work: (setup: Setup) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const path = `${folder}/profiles.db`;
    const clock = new VirtualClock(1e12);
    const warnings: LogFields[] = [];
    const log = {
      ...silentLogger,
      warn: (message: string, fields: LogFields = {}) => warnings.push({ message, ...fields }),
    };
    const store = openSqliteProfileStore({ path, clock, random: seededRandom(1), log });
    await work({
      store,
      clock,
      warnings,
      put: (name) => store.create(KIND, aProfile({ name }), { signal }),
      read: (name) => store.get(KIND, { namespace: 'shop', name }, { signal }),
      names: async (options) =>
        (await store.list(KIND, { signal, ...options })).items.map(({ name }) => name),
      watch: (resourceVersion, namespace) =>
        new WatchReader(store, KIND, { resourceVersion, ...(namespace && { namespace }) }),
      damage: (sql) => {
        const vandal = new DatabaseSync(path);
        vandal.exec(sql);
        vandal.close();
      },
    });
    store.close();
  });
}

describe('a row whose metadata is damaged', () => {
  for (const text of ['{', '', 'null', '[]', '42', '{"name":"b","namespace":"shop"}']) {
    it(`is left out of lists, and logged once, when it holds ${JSON.stringify(text)}`, () =>
      withStore(async ({ damage, names, put, warnings }) => {
        for (const name of ['a', 'b', 'c']) await put(name);
        damage(`UPDATE objects SET metadata = '${text}' WHERE name = 'b'`);
        for (const options of [{}, { namespace: 'shop' }, {}]) {
          assert.deepEqual(await names(options), ['a', 'c']);
        }
        assert.equal(warnings.length, 1);
        const { kind, namespace, name, resourceVersion } = warnings[0] ?? {};
        assert.deepEqual([kind, namespace, name, resourceVersion], [KIND, 'shop', 'b', 2]);
      }));
  }

  it('is refused by name when it is read, and leaves the others alone', () =>
    withStore(async ({ damage, put, read }) => {
      for (const name of ['a', 'b']) await put(name);
      damage("UPDATE objects SET metadata = '{' WHERE name = 'b'");
      await assert.rejects(read('b'), {
        code: 'internal',
        message: /profiles\.db: metadata of ContainerProfile shop\/b is damaged \(.*JSON/,
      });
      assert.ok(await read('a'));
    }));

  it('is listed again once it is repaired, and logged again when a later version is damaged', () =>
    withStore(async ({ damage, names, put, store, read, warnings }) => {
      await put('a');
      damage("UPDATE objects SET metadata = '{' || metadata");
      assert.deepEqual(await names(), []);
      damage('UPDATE objects SET metadata = substr(metadata, 2)');
      assert.deepEqual(await names(), ['a']);
      const read1 = (await read('a')) as ReturnType<typeof aProfile>;
      await store.update(KIND, { ...read1, spec: {} }, { signal });
      damage("UPDATE objects SET metadata = ''");
      await names();
      await names();
      assert.deepEqual(
        warnings.map(({ resourceVersion }) => resourceVersion),
        [1, 2],
      );
    }));
});

describe('a row whose body is damaged', () => {
  for (const text of ['{', 'null', '[]']) {
    it(`is refused by name when it holds ${text}, is listed, and can be deleted`, () =>
      withStore(async ({ damage, names, put, read, store }) => {
        for (const name of ['a', 'b']) await put(name);
        damage(`UPDATE bodies SET body = '${text}' WHERE id = 1`);
        await assert.rejects(read('a'), {
          code: 'internal',
          message: /profiles\.db: body of ContainerProfile shop\/a is damaged \(.*JSON/,
        });
        assert.deepEqual(await names(), ['a', 'b']);
        await store.delete(KIND, { namespace: 'shop', name: 'a' }, { signal });
        await put('a');
        assert.ok(await read('a'));
      }));
  }
});

describe('an object whose metadata is damaged', () => {
  it('can be deleted, is told as deleted, and can be stored anew', () =>
    withStore(async ({ clock, damage, names, put, read, store, watch }) => {
      for (const name of ['a', 'b']) await put(name);
      damage("UPDATE objects SET metadata = '{' WHERE name = 'a'");
      const reader = watch('2');
      await store.delete(KIND, { namespace: 'shop', name: 'a' }, { signal });
      await put('a');
      await clock.advance(0);
      assert.deepEqual(reader.changes, ['deleted shop/a', 'added shop/a']);
      assert.deepEqual(await names(), ['a', 'b']);
      assert.ok(await read('a'));
      reader.abort();
    }));

  it('takes its series with it when it is a report', () =>
    withStore(async ({ damage, store }) => {
      const report = await store.create(KIND, aReport([0, 10]), { signal });
      damage("UPDATE objects SET metadata = ''");
      await store.delete(KIND, report.metadata, { signal });
      assert.deepEqual([store.counts().reports, store.counts().rows], [0, 0]);
    }));

  it('is not deleted for a uid that nobody can compare', () =>
    withStore(async ({ damage, put, store }) => {
      await put('a');
      damage("UPDATE objects SET metadata = ''");
      const options = { signal, preconditions: { uid: 'u' } };
      const call = store.objects.delete(KIND, { namespace: 'shop', name: 'a' }, options);
      await assert.rejects(call, { code: 'conflict' });
    }));
});

describe('a past change whose metadata is damaged', () => {
  it('is left out of every watch, and logged once with the name of its object', () =>
    withStore(async ({ clock, damage, put, store, warnings, watch }) => {
      for (const name of ['a', 'b', 'c']) await put(name);
      await store.delete(KIND, { namespace: 'shop', name: 'b' }, { signal });
      damage("UPDATE past SET metadata = '{' WHERE resource_version = 2");
      const readers = [watch('0'), watch('0', 'shop'), watch('1')];
      await clock.advance(0);
      for (const reader of readers) {
        assert.deepEqual(reader.changes.slice(-2), ['added shop/c', 'deleted shop/b']);
        assert.equal(reader.changes.includes('added shop/b'), false);
        assert.deepEqual([reader.end, reader.versions.at(-1)], [undefined, '4']);
        reader.abort();
      }
      assert.equal(warnings.length, 1);
      const { kind, namespace, name, resourceVersion } = warnings[0] ?? {};
      assert.deepEqual([kind, namespace, name, resourceVersion], [KIND, 'shop', 'b', 2]);
    }));

  it('hides no change behind it, also where a page of the history ends', () =>
    withStore(async ({ clock, damage, put, warnings, watch }) => {
      const names = Array.from({ length: 600 }, (_, at) => `n${String(at + 1)}`);
      for (const name of names) await put(name);
      const gone = [1, 100, 255, 256, 257, 258, 512, 600];
      damage(`UPDATE objects SET metadata = 'x' WHERE resource_version IN (${gone})`);
      for (const reader of [watch('0'), watch('0', 'shop')]) {
        await clock.advance(0);
        const expected = names.filter((_, at) => !gone.includes(at + 1));
        assert.deepEqual(
          reader.changes,
          expected.map((name) => `added shop/${name}`),
        );
        assert.equal(reader.versions.at(-1), '600');
        reader.abort();
      }
      assert.equal(warnings.length, gone.length);
    }));
});
