import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { openDatabase } from './sqlite-database.ts';
import { openSqliteProfileStore, type SqliteProfileStore } from './sqlite-profile-store.ts';
import { SqliteTables } from './sqlite-tables.ts';
import { ListReplica } from './testing/list-replica.ts';
import { aProfile } from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';
import { tryAgain } from './testing/try-again.ts';
import { WatchReader } from './testing/watch-reader.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const WRITER = fileURLToPath(new URL('./testing/watch-writer.ts', import.meta.url));
const { signal } = new AbortController();

function open(path: string, options: { readonly maxSizeBytes?: number } = {}) {
  const clock = new VirtualClock(1e12);
  const sources = { clock, random: seededRandom(1), log: silentLogger };
  return { clock, store: openSqliteProfileStore({ path, ...options, ...sources }) };
}

async function versionOf(store: SqliteProfileStore): Promise<string> {
  return (await store.list(KIND, { signal })).resourceVersion;
}

describe('a watch of a file that somebody else writes to', () => {
  it('tells within a second what another connection has written, in order with its own', () =>
    withFolder(async (folder) => {
      const one = open(`${folder}/profiles.db`);
      const other = open(`${folder}/profiles.db`);
      const reader = new WatchReader(one.store, KIND, { resourceVersion: '' });
      await one.clock.advance(0);
      await other.store.create(KIND, aProfile({ name: 'a' }), { signal });
      await one.clock.advance(999);
      assert.deepEqual(reader.changes, []);
      await one.clock.advance(1);
      assert.deepEqual(reader.changes, ['added shop/a']);
      await other.store.create(KIND, aProfile({ name: 'b' }), { signal });
      await one.store.create(KIND, aProfile({ name: 'c' }), { signal });
      await other.store.delete(KIND, { ...KEY, name: 'c' }, { signal });
      await one.clock.advance(1_000);
      assert.deepEqual(reader.changes.slice(1), ['added shop/b', 'added shop/c', 'deleted shop/c']);
      reader.abort();
      await one.clock.advance(0);
      assert.equal(one.clock.pending, 0);
      one.store.close();
      other.store.close();
    }));

  it('wakes nobody when nothing was written', () =>
    withFolder(async (folder) => {
      const { clock, store } = open(`${folder}/profiles.db`);
      const reader = new WatchReader(store, KIND, { resourceVersion: '' });
      await clock.advance(0);
      for (let second = 0; second < 29; second += 1) {
        await clock.advance(1_000);
        assert.equal(clock.pending, 2, 'one timer to look, one for the bookmark');
      }
      assert.equal(reader.events.length, 1);
      reader.abort();
      store.close();
    }));

  it('misses nothing and repeats nothing of what two processes write at once', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      const { clock, store } = open(path);
      const replica = new ListReplica(await store.list(KIND, { signal }));
      const reader = new WatchReader(store, KIND, { resourceVersion: replica.version });
      const child = spawn(process.execPath, ['--conditions=source', WRITER, path, 'child', '60'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      for await (const line of createInterface({ input: child.stdout })) {
        if (Number(line) % 5 === 0) {
          const profile = aProfile({ name: `parent${line}` });
          await tryAgain(() => store.create(KIND, profile, { signal }));
        }
        await clock.advance(300);
      }
      assert.deepEqual(await ended, [0, null]);
      await clock.advance(1_000);
      for (const event of reader.events) replica.apply(event);
      const { items } = await store.list(KIND, { signal });
      assert.deepEqual(replica.items, items);
      assert.equal(items.filter(({ name }) => name.startsWith('child')).length, 40);
      assert.equal(items.filter(({ name }) => name.startsWith('parent')).length, 12);
      assert.equal(reader.changes.filter((change) => change.includes('child')).length, 80);
      reader.abort();
      store.close();
    }));
});

describe('a read', () => {
  it('sees one moment, though another process writes meanwhile', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      const about = { path, log: silentLogger };
      const tables = () => new SqliteTables(openDatabase(about), about);
      const [one, other] = [tables(), tables()];
      const look = () => {
        const before = one.objects.history().last;
        other.write(() => other.objects.nextResourceVersion());
        return one.objects.history().last - before;
      };
      assert.equal(one.read(look), 0);
      assert.equal(one.objects.history().last, 1);
      one.close();
      other.close();
    }));
});

describe('a watch over the end of a process', () => {
  it('goes on where it was after the file was opened anew', () =>
    withFolder(async (folder) => {
      const path = `${folder}/profiles.db`;
      const first = open(path);
      await first.store.create(KIND, aProfile({ name: 'a' }), { signal });
      const resourceVersion = await versionOf(first.store);
      await first.store.create(KIND, aProfile({ name: 'b' }), { signal });
      await first.store.delete(KIND, { ...KEY, name: 'a' }, { signal });
      first.store.close();
      const second = open(path);
      const reader = new WatchReader(second.store, KIND, { resourceVersion });
      await second.store.create(KIND, aProfile({ name: 'c' }), { signal });
      await second.clock.advance(0);
      assert.deepEqual(reader.changes, ['added shop/b', 'deleted shop/a', 'added shop/c']);
      reader.abort();
      second.store.close();
    }));

  it('ends with unavailable when its store is closed, and leaves no timer', async () => {
    const { clock, store } = open(':memory:');
    const waiting = new WatchReader(store, KIND, { resourceVersion: '' });
    await clock.advance(0);
    store.close();
    const late = new WatchReader(store, KIND, { resourceVersion: '' });
    await clock.advance(0);
    assert.deepEqual([waiting.end, late.end], ['unavailable', 'unavailable']);
    assert.equal(clock.pending, 0);
  });

  it('has expired when the file was replaced by an older copy', () =>
    withFolder(async (folder) => {
      const { store } = open(`${folder}/profiles.db`);
      await store.create(KIND, aProfile({ name: 'a' }), { signal });
      const copier = new DatabaseSync(`${folder}/profiles.db`);
      copier.exec(`VACUUM INTO '${folder}/backup.db'`);
      copier.close();
      await store.create(KIND, aProfile({ name: 'b' }), { signal });
      const resourceVersion = await versionOf(store);
      store.close();
      const restored = open(`${folder}/backup.db`);
      const reader = new WatchReader(restored.store, KIND, { resourceVersion });
      await restored.clock.advance(0);
      assert.equal(reader.end, 'expired');
      restored.store.close();
    }));
});

describe('a history in a file that cannot grow', () => {
  it('gives way to a write that would not fit otherwise', async () => {
    const { clock, store } = open(':memory:', { maxSizeBytes: 150_000 });
    const annotations = { note: 'x'.repeat(2_000) };
    const reader = new WatchReader(store, KIND, { resourceVersion: '' });
    for (let turn = 0; turn < 500; turn += 1) {
      await store.create(KIND, aProfile({ annotations }), { signal });
      await clock.advance(0);
      await store.delete(KIND, KEY, { signal });
      await clock.advance(0);
    }
    assert.equal(reader.changes.length, 1_000, 'who keeps up misses nothing');
    const late = new WatchReader(store, KIND, { resourceVersion: '1' });
    await clock.advance(0);
    assert.equal(late.end, 'expired');
    reader.abort();
    store.close();
  });
});
