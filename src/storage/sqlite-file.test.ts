import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { openSqliteProfileStore, type SqliteProfileStore } from './sqlite-profile-store.ts';
import { aProfile } from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';
import { WatchReader } from './testing/watch-reader.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

function open(path: string) {
  const clock = new VirtualClock(1e12);
  const sources = { clock, random: seededRandom(1), log: silentLogger };
  const store = openSqliteProfileStore({ path, ...sources });
  const put = (name: string) => store.create(KIND, aProfile({ name }), { signal });
  const watch = () => new WatchReader(store, KIND, { resourceVersion: '' });
  const names = async () => (await store.list(KIND, { signal })).items.map(({ name }) => name);
  return { clock, names, put, store, watch };
}

/** A copy as the backup of docs/storage.md makes one, put in the place of `path`. */
function replaceByCopy(path: string): void {
  const copier = new DatabaseSync(path);
  copier.exec(`VACUUM INTO '${path}.copy'`);
  copier.close();
  renameSync(`${path}.copy`, path);
}

async function assertLost(store: SqliteProfileStore, path: string): Promise<void> {
  const message = `profile store ${path} was removed or replaced while it was open: restart the agent`;
  const lost = { code: 'unavailable', message };
  await assert.rejects(store.create(KIND, aProfile({ name: 'lost' }), { signal }), lost);
  await assert.rejects(store.delete(KIND, KEY, { signal }), lost);
  await assert.rejects(store.get(KIND, KEY, { signal }), lost);
  await assert.rejects(store.list(KIND, { signal }), lost);
  await assert.rejects(store.pendingProfiles({ signal }), lost);
  await assert.rejects(store.consolidateProfile(KEY, { signal }), lost);
  const watch = store.watch(KIND, { signal, resourceVersion: '' })[Symbol.asyncIterator]();
  await assert.rejects(watch.next(), lost);
}

describe('a profile store whose file is taken away while it is open', () => {
  for (const [how, takeAway] of [
    ['removed', (path: string) => rmSync(path)],
    ['moved away', (path: string) => renameSync(path, `${path}.away`)],
    ['replaced by a copy', replaceByCopy],
  ] as const) {
    it(`ends its watches within a second and answers nothing once the file is ${how}`, () =>
      withFolder(async (folder) => {
        const path = `${folder}/profiles.db`;
        const { clock, put, store, watch } = open(path);
        await put('web');
        const readers = [watch(), watch()];
        await clock.advance(0);
        takeAway(path);
        await clock.advance(1_000);
        assert.deepEqual(
          readers.map(({ end }) => end),
          ['unavailable', 'unavailable'],
        );
        await assertLost(store, path);
        await clock.advance(60_000);
        await assertLost(store, path);
        assert.equal(clock.pending, 0);
        store.close();
      }));
  }

  it('writes nothing to a file that is gone, though nobody watches', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      const { put, store } = open(path);
      await put('web');
      rmSync(path);
      await assert.rejects(put('lost'), { code: 'unavailable', message: /was removed/ });
      await assertLost(store, path);
      store.close();
      assert.equal(existsSync(path), false);
    }));

  it('goes on when the file comes back', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      const { clock, names, put, store, watch } = open(path);
      await put('a');
      const reader = watch();
      await clock.advance(0);
      renameSync(path, `${path}.away`);
      await clock.advance(1_000);
      assert.equal(reader.end, 'unavailable');
      await assertLost(store, path);
      renameSync(`${path}.away`, path);
      assert.deepEqual(await names(), ['a']);
      await put('b');
      const late = watch();
      await clock.advance(0);
      assert.equal(late.end, undefined);
      late.abort();
      store.close();
      const anew = open(path);
      assert.deepEqual(await anew.names(), ['a', 'b']);
      anew.store.close();
    }));

  for (const [when, notice] of [
    ['before it is closed', true],
    ['when it is closed', false],
  ] as const) {
    it(`leaves the copy what the copy holds, and its own file whole, when it notices ${when}`, () =>
      withFolder(async (folder) => {
        const path = `${folder}/profiles.db`;
        const { put, store } = open(path);
        await put('a');
        const copier = new DatabaseSync(path);
        copier.exec(`VACUUM INTO '${folder}/copy'`);
        copier.close();
        await put('b');
        renameSync(path, `${folder}/away.db`);
        renameSync(`${folder}/copy`, path);
        if (notice) await assert.rejects(put('c'), { code: 'unavailable' });
        store.close();
        for (const [file, expected] of [
          [path, ['a']],
          [`${folder}/away.db`, ['a', 'b']],
        ] as const) {
          const anew = open(file);
          assert.deepEqual(await anew.names(), expected, file);
          anew.store.close();
        }
      }));
  }

  it('does not look for a store in memory', async () => {
    const { clock, names, put, store, watch } = open(':memory:');
    const reader = watch();
    await put('a');
    await clock.advance(5_000);
    assert.deepEqual([await names(), reader.end], [['a'], undefined]);
    reader.abort();
    store.close();
  });
});
