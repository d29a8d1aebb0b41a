import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { openSqliteProfileStore } from './sqlite-profile-store.ts';
import { backupStore, checkStore, compactStore } from './store-maintenance.ts';
import { writeOldStore } from './testing/old-store-file.ts';
import { aProfile, aReport } from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

function open(path: string) {
  const clock = new VirtualClock(1e12);
  return openSqliteProfileStore({ path, clock, random: seededRandom(1), log: silentLogger });
}

/** A store with a merged profile, a report that waits, an object with a past, and a deleted one. */
async function filled(path: string) {
  const store = open(path);
  await store.create(KIND, aReport([0, 10]), { signal });
  await store.consolidateProfile(KEY, { signal });
  await store.create(KIND, aReport([10, 20]), { signal });
  const other = await store.create(KIND, aProfile({ name: 'other' }), { signal });
  await store.update(KIND, { ...other, spec: { syscalls: ['read'] } }, { signal });
  const gone = await store.create(KIND, aProfile({ name: 'gone' }), { signal });
  await store.delete(KIND, gone.metadata, { signal });
  return store;
}

function vandalise(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

describe('checking a store', () => {
  it('finds nothing in one that is whole, also while it is open', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      const store = await filled(path);
      assert.deepEqual(checkStore(path), []);
      store.close();
      assert.deepEqual(checkStore(path), []);
    }));

  for (const [what, sql, object, problem] of [
    [
      'metadata',
      "UPDATE objects SET metadata = '{' WHERE name = 'other'",
      `${KIND} shop/other`,
      /metadata/,
    ],
    [
      'metadata of another object',
      "UPDATE objects SET metadata = replace(metadata, 'other', 'mine') WHERE name = 'other'",
      `${KIND} shop/other`,
      /metadata/,
    ],
    [
      'metadata of the past',
      "UPDATE past SET metadata = '' WHERE name = 'other'",
      `${KIND} shop/other`,
      /earlier/,
    ],
    [
      'a body',
      "UPDATE bodies SET body = '[]' WHERE id = (SELECT body_id FROM objects WHERE name = 'other')",
      `${KIND} shop/other`,
      /body/,
    ],
    [
      'no body',
      "DELETE FROM bodies WHERE id = (SELECT body_id FROM objects WHERE name = 'other')",
      `${KIND} shop/other`,
      /body/,
    ],
    [
      'a report without a row',
      'DELETE FROM time_series',
      `${KIND} shop/web-from10to20`,
      /no series/,
    ],
    [
      'a row without its report',
      "UPDATE time_series SET suffix = 'x' WHERE has_data = 1",
      `${KIND} shop/web-x`,
      /series says/,
    ],
    ['a member that is gone', "UPDATE members SET name = 'lost'", `${KIND} shop/lost`, /workload/],
    [
      'a counter that went back',
      'UPDATE resource_version SET last = 3, forgotten = 0',
      `${KIND} shop/other`,
      /version/,
    ],
    ['a body of nobody', "INSERT INTO bodies (body) VALUES ('{}')", '', /no object/],
    [
      'a counter that makes no sense',
      'UPDATE resource_version SET forgotten = last + 1',
      '',
      /counter/,
    ],
  ] as const) {
    it(`names the object that has ${what}`, () =>
      withFolder(async (folder) => {
        const path = `${folder}/profiles.db`;
        (await filled(path)).close();
        vandalise(path, sql);
        const findings = checkStore(path);
        const found = findings.find((each) => each.object === object && problem.test(each.problem));
        assert.ok(found, JSON.stringify(findings));
      }));
  }

  it('refuses what is no store of the newest schema, and makes no file', () =>
    withFolder(async (folder) => {
      assert.throws(() => checkStore(`${folder}/none.db`), { code: 'not-found' });
      assert.equal(existsSync(`${folder}/none.db`), false);
      writeOldStore(`${folder}/old.db`, 2);
      assert.throws(() => checkStore(`${folder}/old.db`), { code: 'invalid', message: /schema 2/ });
      writeFileSync(`${folder}/text.db`, 'no database at all, really not '.repeat(50));
      assert.throws(() => checkStore(`${folder}/text.db`), { code: 'internal' });
    }));
});

describe('a backup', () => {
  it('has everything, is readable by its owner alone, and is taken while the store is open', () =>
    withFolder(async (folder) => {
      const store = await filled(`${folder}/profiles.db`);
      const { sizeBytes } = backupStore(`${folder}/profiles.db`, `${folder}/copy.db`);
      assert.equal(statSync(`${folder}/copy.db`).size, sizeBytes);
      assert.equal(statSync(`${folder}/copy.db`).mode & 0o777, 0o600);
      const copy = open(`${folder}/copy.db`);
      assert.deepEqual(await copy.list(KIND, { signal }), await store.list(KIND, { signal }));
      copy.close();
      store.close();
      assert.deepEqual(checkStore(`${folder}/copy.db`), []);
    }));

  it('never takes the place of a file, and leaves none behind when it fails', () =>
    withFolder(async (folder) => {
      (await filled(`${folder}/profiles.db`)).close();
      writeFileSync(`${folder}/copy.db`, '');
      assert.throws(() => backupStore(`${folder}/profiles.db`, `${folder}/copy.db`), {
        code: 'invalid',
        message: /there already/,
      });
      assert.throws(() => backupStore(`${folder}/profiles.db`, `${folder}/no/copy.db`), {
        code: 'unavailable',
      });
      writeFileSync(`${folder}/text.db`, 'no database at all, really not '.repeat(50));
      assert.throws(() => backupStore(`${folder}/text.db`, `${folder}/text-copy.db`));
      assert.equal(existsSync(`${folder}/text-copy.db`), false);
    }));
});

describe('compacting', () => {
  it('gives room back and loses nothing, with the store open or not', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      const store = await filled(path);
      const before = await store.list(KIND, { signal });
      vandalise(
        path,
        'CREATE TABLE ballast AS SELECT randomblob(1000000) AS x; DROP TABLE ballast',
      );
      const { bytesBefore, bytesAfter } = compactStore(path);
      assert.ok(bytesAfter < bytesBefore - 900_000, `${bytesBefore} to ${bytesAfter}`);
      assert.deepEqual(await store.list(KIND, { signal }), before);
      await store.create(KIND, aProfile({ name: 'after' }), { signal });
      store.close();
      assert.deepEqual(checkStore(path), []);
    }));

  it('is refused while another process holds the file', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      (await filled(path)).close();
      const other = new DatabaseSync(path);
      other.exec('BEGIN IMMEDIATE');
      assert.throws(() => compactStore(path), { code: 'unavailable', message: /busy|in use/ });
      other.exec('ROLLBACK');
      other.close();
    }));
});
