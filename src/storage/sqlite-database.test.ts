import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { openSqliteProfileStore } from './sqlite-profile-store.ts';
import { migrate, SCHEMA_VERSION, versionOf } from './sqlite-schema.ts';
import { aProfile } from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';

const KIND = 'ContainerProfile';
const { signal } = new AbortController();

function open(path: string, limits: { maxSizeBytes?: number; busyTimeoutMs?: number } = {}) {
  const sources = { clock: new VirtualClock(), random: seededRandom(1), log: silentLogger };
  return openSqliteProfileStore({ path, ...limits, ...sources });
}

/** About 50 KB. */
const bigSpec = { syscalls: Array.from({ length: 5_000 }, (_, at) => `call${at}`) };

/** A closed database with some profiles in it. */
async function filled(path: string): Promise<void> {
  const store = open(path);
  for (const name of ['a', 'b', 'c', 'd']) {
    await store.create(KIND, aProfile({ name, spec: bigSpec }), { signal });
  }
  store.close();
}

describe('opening a profile store', () => {
  it('refuses a file that is not a database, and leaves it as it is', () =>
    withFolder(async (folder) => {
      const path = `${folder}/notes.txt`;
      const text = 'not a database, but long enough to be taken for one. '.repeat(100);
      writeFileSync(path, text);
      assert.throws(() => open(path), { code: 'internal', message: /notes\.txt is not a SQLite/ });
      assert.equal(readFileSync(path, 'utf8'), text);
    }));

  it('refuses the database of another program, and leaves it as it is', () =>
    withFolder(async (folder) => {
      const path = `${folder}/other.db`;
      const other = new DatabaseSync(path);
      other.exec('CREATE TABLE bookmarks (url TEXT)');
      other.close();
      const before = readFileSync(path);
      assert.throws(() => open(path), { code: 'invalid', message: /other\.db.*another program/ });
      assert.deepEqual(readFileSync(path), before);
    }));

  it('refuses a database that a newer version wrote', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      await filled(path);
      const newer = new DatabaseSync(path);
      newer.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
      newer.close();
      assert.throws(() => open(path), {
        code: 'invalid',
        message: new RegExp(`newer version \\(schema ${SCHEMA_VERSION + 1}`),
      });
    }));

  it('refuses a database that was cut short', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      await filled(path);
      truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096);
      assert.throws(() => open(path), {
        code: 'internal',
        message: /profiles\.db is damaged.*move/,
      });
    }));

  it('refuses a database with pages overwritten', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      await filled(path);
      const bytes = readFileSync(path);
      bytes.fill(0xff, 4096, 12 * 4096);
      writeFileSync(path, bytes);
      assert.throws(() => open(path), { code: 'internal', message: /profiles\.db is damaged/ });
    }));

  it('takes an empty file for a new store', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      writeFileSync(path, '');
      open(path).close();
      assert.equal(statSync(path).size > 0, true);
    }));

  it('makes the folders that are missing, for the owner only', () =>
    withFolder(async (folder) => {
      open(`${folder}/a/b/profiles.db`).close();
      assert.equal(statSync(`${folder}/a/b`).mode & 0o777, 0o700);
    }));

  it('gives up where the kernel lets nobody make a folder', () => {
    assert.throws(() => open('/proc/hullwatch/b/profiles.db'), {
      code: 'unavailable',
      message: /\/proc\/hullwatch/,
    });
  });

  it('says what to do about a folder that is none, or a file that is a folder', () =>
    withFolder(async (folder) => {
      writeFileSync(`${folder}/file`, '');
      mkdirSync(`${folder}/folder`);
      for (const path of [`${folder}/file/profiles.db`, `${folder}/folder`]) {
        assert.throws(() => open(path), {
          code: 'unavailable',
          message: new RegExp(`${path} cannot be opened: check that`),
        });
      }
    }));

  it('says what to do about a folder that it may not write to', () =>
    withFolder(async (folder) => {
      mkdirSync(`${folder}/store`);
      await filled(`${folder}/store/profiles.db`);
      chmodSync(folder, 0o755);
      chmodSync(`${folder}/store`, 0o555);
      chmodSync(`${folder}/store/profiles.db`, 0o444);
      withoutRoot(() => {
        for (const path of [`${folder}/store/new.db`, `${folder}/store/profiles.db`]) {
          assert.throws(() => open(path), {
            code: 'unavailable',
            message: new RegExp(`${path} cannot be opened: check that`),
          });
        }
      });
      chmodSync(`${folder}/store`, 0o755);
    }));

  it('lets nobody else read what it stores', () =>
    withFolder(async (folder) => {
      const store = open(`${folder}/own/profiles.db`);
      await store.create(KIND, aProfile(), { signal });
      for (const path of ['own', 'own/profiles.db', 'own/profiles.db-wal', 'own/profiles.db-shm']) {
        assert.equal(statSync(`${folder}/${path}`).mode & 0o077, 0, path);
      }
      store.close();
    }));
});

describe('a profile store that cannot grow', () => {
  it('refuses what does not fit, keeps what it has, and takes what fits again', async () => {
    const store = open(':memory:', { maxSizeBytes: 200_000 });
    const put = (name: string) => store.create(KIND, aProfile({ name, spec: bigSpec }), { signal });
    await put('a');
    await put('b');
    await assert.rejects(Promise.all([put('c'), put('d'), put('e')]), {
      code: 'unavailable',
      message: /cannot grow: free space/,
    });
    const names = (await store.list(KIND, { signal })).items.map(({ name }) => name);
    for (const name of names) {
      const profile = await store.get(KIND, { namespace: 'shop', name }, { signal });
      assert.equal(profile?.spec.syscalls?.length, 5_000, name);
    }
    await store.delete(KIND, { namespace: 'shop', name: 'a' }, { signal });
    await put('f');
    store.close();
  });
});

describe('a profile store that another process writes to', () => {
  it('waits a little, then answers unavailable, and works again afterwards', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      const store = open(path, { busyTimeoutMs: 20 });
      const other = new DatabaseSync(path);
      other.exec('BEGIN IMMEDIATE');
      await assert.rejects(store.create(KIND, aProfile(), { signal }), {
        code: 'unavailable',
        message: /profiles\.db is busy/,
      });
      assert.deepEqual((await store.list(KIND, { signal })).items, [], 'reading goes on');
      other.exec('ROLLBACK');
      other.close();
      await store.create(KIND, aProfile(), { signal });
      store.close();
    }));
});

describe('a profile store with one object damaged', () => {
  it('names the file and goes on with the others', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      await filled(path);
      const vandal = new DatabaseSync(path);
      vandal.exec("UPDATE bodies SET body = '{' WHERE id = 1");
      vandal.close();
      const store = open(path);
      const read = (name: string) => store.get(KIND, { namespace: 'shop', name }, { signal });
      await assert.rejects(read('a'), { code: 'internal', message: /profiles\.db: .*JSON/ });
      assert.ok(await read('b'));
      assert.equal((await store.list(KIND, { signal })).items.length, 4);
      store.close();
    }));
});

describe('migration', () => {
  const steps = ['CREATE TABLE a (x)', 'ALTER TABLE a ADD COLUMN y'];

  it('takes a file from any version to the newest, once', () => {
    const db = new DatabaseSync(':memory:');
    assert.equal(migrate(db, 'p', steps.slice(0, 1)), 0);
    db.exec('INSERT INTO a VALUES (1)');
    assert.equal(migrate(db, 'p', steps), 1);
    assert.equal(migrate(db, 'p', steps), 2);
    assert.equal(versionOf(db, 'p', 2), 2);
    assert.deepEqual({ ...db.prepare('SELECT * FROM a').get() }, { x: 1, y: null });
    db.close();
  });

  it('leaves the file as it was when a step fails', () => {
    const db = new DatabaseSync(':memory:');
    migrate(db, 'p', steps.slice(0, 1));
    assert.throws(() => migrate(db, 'p', [...steps.slice(0, 1), 'DROP TABLE a; nonsense']));
    assert.equal(versionOf(db, 'p', 2), 1);
    assert.equal(db.prepare('SELECT count(*) AS n FROM a').get()?.['n'], 0);
    db.close();
  });
});

/** Runs `work` as nobody when the tests run as root, whom no permission stops. */
function withoutRoot(work: () => void): void {
  if (process.geteuid?.() !== 0) {
    work();
    return;
  }
  process.seteuid?.(65_534);
  try {
    work();
  } finally {
    process.seteuid?.(0);
  }
}
