import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { StoredImageFileLists } from './image-file-lists.ts';
import { migrate } from './sqlite-schema.ts';
import { SqliteTables } from './sqlite-tables.ts';
import { checkStore } from './store-maintenance.ts';
import { driver } from './testing/consolidation-driver.ts';
import { filesOf, opened, storeOf } from './testing/image-lists.ts';
import { aProfile, aReport } from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';

const DAY_MS = 86_400_000;
const KEY = { namespace: 'shop', name: 'web' };
const X = 'sha256:x';
const Y = 'sha256:y';
const LIBS = ['/lib/a', '/lib/b', '/lib/c'];
const { signal } = new AbortController();

async function withStore(
  work: (
    open: () => Promise<ReturnType<typeof rig>>,
    path: string,
    clock: VirtualClock,
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const clock = new VirtualClock(1e12 + 0.25);
    const path = `${folder}/profiles.db`;
    await work(async () => rig(await storeOf(path, clock)), path, clock);
  });
}

function rig(store: Awaited<ReturnType<typeof storeOf>>) {
  return { store, lists: store.imageFiles, ...driver(store) };
}

function vandalise(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

describe('a profile of an image whose files are known', () => {
  it('keeps their entries, also with reports after the agent started anew and the list was asked for no more', () =>
    withStore(async (open, _path, clock) => {
      const first = await open();
      assert.equal(first.lists.ask(X), false);
      assert.equal(first.lists.keep(X, filesOf(...LIBS)), true);
      assert.equal(first.lists.ask(X), true);
      await first.feed(opened(0, X, [...LIBS, '/tmp/1', '/tmp/2', '/tmp/3']));
      await first.consolidate();
      assert.deepEqual(await first.opens(), [...LIBS, '/tmp/⋯']);
      first.store.close();
      await clock.advance(30 * DAY_MS);
      const second = await open();
      second.lists.ask(Y);
      await second.feed(opened(1, X, ['/lib/d', '/lib/a']));
      await second.consolidate();
      assert.deepEqual(await second.opens(), [...LIBS, '/lib/⋯', '/tmp/⋯']);
      second.store.close();
    }));

  it('waits with its first report for a list that is on its way, a minute at most', () =>
    withStore(async (open, _path, clock) => {
      const { feed, consolidate, opens, pending, lists, store } = await open();
      lists.ask(X);
      await feed(opened(0, X, LIBS));
      assert.equal(await consolidate(), 'unchanged');
      assert.deepEqual(await pending(), [KEY]);
      lists.keep(X, filesOf(...LIBS));
      assert.equal(await consolidate(), 'updated');
      assert.deepEqual(await opens(), LIBS);
      lists.ask(Y);
      await feed(opened(1, Y, ['/lib/d']));
      assert.equal(await consolidate(), 'unchanged');
      await clock.advance(60_000);
      assert.equal(await consolidate(), 'updated');
      store.close();
    }));

  it('waits with reports of before a start, a minute at most, or until its list comes or will not come', () =>
    withStore(async (open, _path, clock) => {
      const first = await open();
      first.lists.ask(X);
      await first.feed(opened(0, X, LIBS));
      // The last pass of an agent that stops.
      assert.equal(await first.consolidate(), 'unchanged');
      first.store.close();
      const second = await open();
      second.lists.begin();
      assert.equal(await second.consolidate(), 'unchanged');
      second.lists.ask(X);
      second.lists.keep(X, filesOf(...LIBS));
      assert.equal(await second.consolidate(), 'updated');
      assert.deepEqual(await second.opens(), LIBS);
      await second.feed(opened(1, Y, ['/lib/d']));
      assert.equal(await second.consolidate(), 'unchanged');
      second.lists.ask(Y);
      second.lists.giveUp(Y);
      assert.equal(await second.consolidate(), 'updated');
      await second.feed(opened(2, 'sha256:of-nobody', ['/lib/e']));
      await clock.advance(59_999);
      assert.equal(await second.consolidate(), 'unchanged');
      await clock.advance(1);
      assert.equal(await second.consolidate(), 'updated');
      second.store.close();
    }));

  it('waits for nothing where nobody lists images, nor for what was listed before a start', () =>
    withStore(async (open) => {
      const first = await open();
      first.lists.keep(X, filesOf(...LIBS));
      await first.feed(opened(0, X, LIBS));
      first.store.close();
      const second = await open();
      second.lists.begin();
      assert.equal(await second.consolidate(), 'updated');
      assert.deepEqual(await second.opens(), LIBS);
      await second.feed(opened(1, Y, ['/lib/d']));
      second.store.close();
      const third = await open();
      assert.equal(await third.consolidate(), 'updated');
      third.store.close();
    }));

  it('goes without for good when its first report was merged before the list came', () =>
    withStore(async (open) => {
      const { feed, consolidate, opens, lists, store } = await open();
      lists.ask(X);
      lists.giveUp(X);
      await feed(opened(0, X, LIBS));
      await consolidate();
      lists.keep(X, filesOf(...LIBS));
      await feed(opened(1, X, LIBS));
      await consolidate();
      assert.deepEqual(await opens(), ['/lib/⋯']);
      store.close();
    }));

  it('is settled for each further image, of which eight count', () =>
    withStore(async (open) => {
      const { feed, consolidate, opens, lists, store } = await open();
      const images = Array.from({ length: 9 }, (_, at) => `sha256:${at}`);
      for (const [at, image] of images.entries()) {
        lists.keep(image, filesOf(`/lib/${at}`));
        await feed(opened(at, image, [`/lib/${at}`]));
        await consolidate();
      }
      assert.deepEqual(await opens(), [
        ...images.slice(0, 8).map((_, at) => `/lib/${at}`),
        '/lib/⋯',
      ]);
      store.close();
    }));

  it('goes without from then on when the list is lost or damaged, as the check tells', () =>
    withStore(async (open, path) => {
      const { feed, consolidate, opens, lists, store } = await open();
      lists.keep(X, filesOf(...LIBS));
      await feed(opened(0, X, LIBS));
      await consolidate();
      assert.deepEqual(checkStore(path), []);
      vandalise(path, 'UPDATE image_file_lists SET files = substr(files, 2)');
      const [finding, ...others] = checkStore(path);
      assert.equal(finding?.object, 'ContainerProfile shop/web');
      assert.match(finding?.problem ?? '', /goes without/);
      assert.deepEqual(others, []);
      await feed(opened(1, X, ['/lib/d']));
      await consolidate();
      assert.deepEqual(checkStore(path), []);
      vandalise(path, 'DELETE FROM image_file_lists');
      lists.keep(X, filesOf(...LIBS));
      await feed(opened(2, X, LIBS));
      await consolidate();
      assert.deepEqual(await opens(), ['/lib/⋯']);
      store.close();
    }));

  it('is settled anew when it was deleted', () =>
    withStore(async (open, path) => {
      const { feed, consolidate, opens, lists, store } = await open();
      await feed(opened(0, X, LIBS));
      await consolidate();
      await store.delete('ContainerProfile', KEY, { signal });
      assert.deepEqual(checkStore(path), []);
      lists.keep(X, filesOf(...LIBS));
      await feed(opened(1, X, LIBS));
      await consolidate();
      assert.deepEqual(await opens(), LIBS);
      vandalise(path, "DELETE FROM objects WHERE name = 'web'");
      const findings = checkStore(path).filter(({ problem }) => /remembered/.test(problem));
      assert.deepEqual(
        findings.map(({ object }) => object),
        ['ContainerProfile shop/web'],
      );
      store.close();
    }));

  it('of a file without lists stays without for the image that it had', () =>
    withStore(async (open, path) => {
      const first = await open();
      await first.feed(opened(0, X, LIBS));
      await first.consolidate();
      first.store.close();
      // What schema 3 was.
      vandalise(
        path,
        'DROP TABLE image_file_lists; DROP TABLE profile_images; PRAGMA user_version = 3',
      );
      const { feed, consolidate, opens, lists, store } = await open();
      lists.keep(X, filesOf(...LIBS));
      lists.keep(Y, filesOf('/lib/d'));
      await feed(opened(1, X, LIBS));
      await consolidate();
      assert.deepEqual(await opens(), ['/lib/⋯']);
      await feed(opened(2, Y, ['/lib/d', '/lib/e']));
      await consolidate();
      assert.deepEqual(await opens(), ['/lib/d', '/lib/⋯']);
      store.close();
    }));
});

describe('the lists of a store', () => {
  const LIST = filesOf('/a', '/b');

  function opening({ maxBytes }: { readonly maxBytes?: number } = {}) {
    const clock = new VirtualClock(1e12 + 0.25);
    const db = new DatabaseSync(':memory:');
    migrate(db, ':memory:');
    const tables = new SqliteTables(db, { path: ':memory:', log: silentLogger });
    const lists = new StoredImageFileLists({ tables, clock, log: silentLogger, maxBytes });
    const uses = (image: string, name = 'web') =>
      tables.imageFiles.settle({ namespace: 'shop', name }, { image, hasList: true });
    const held = () => tables.imageFiles.listed().map(({ image }) => image);
    return { clock, lists, uses, held, tables };
  }

  it('go a day after they were asked for last, unless a profile is merged with them', async () => {
    const { clock, lists, uses, held } = opening();
    for (const image of ['used', 'asked', 'unused']) lists.keep(image, LIST);
    uses('used');
    await clock.advance(DAY_MS / 2);
    lists.ask('asked');
    await clock.advance(DAY_MS / 2 + 1);
    assert.equal(lists.ask('other'), false);
    assert.deepEqual(held(), ['used', 'asked']);
  });

  it('make room for another one: the unused go that were asked for longest ago', async () => {
    const { clock, lists, uses, held } = opening({ maxBytes: 3 * 16 });
    for (const image of ['1', '2', '3']) {
      lists.keep(image, LIST);
      await clock.advance(1_000);
    }
    uses('1');
    assert.equal(lists.keep('4', LIST), true);
    assert.deepEqual(held(), ['1', '3', '4']);
    uses('3', 'one');
    uses('4', 'other');
    assert.equal(lists.keep('5', LIST), false);
    assert.deepEqual(held(), ['1', '3', '4'], 'nothing goes for what finds no room all the same');
  });

  it('stay what they were when an image is listed again', () => {
    const { lists, tables } = opening();
    lists.keep(X, LIST);
    assert.equal(lists.keep(X, filesOf('/c')), true);
    assert.deepEqual(tables.imageFiles.list(X), LIST.bytes);
  });

  it('are waited for a thousand at a time', () => {
    const { lists } = opening();
    for (let at = 0; at <= 1_000; at += 1) lists.ask(`${at}`);
    assert.deepEqual(
      ['0', '1', '1000'].map((image) => lists.isAwaited(image)),
      [false, true, true],
    );
  });

  it('are waited for again when they are asked for again after they were given up', () => {
    const { lists } = opening();
    lists.begin();
    assert.equal(lists.isAwaited(X), true);
    lists.giveUp(X);
    assert.deepEqual(
      [lists.isAwaited(X), lists.isAwaited(X), lists.isAwaited(Y)],
      [false, false, true],
    );
    lists.ask(X);
    assert.equal(lists.isAwaited(X), true);
  });

  it('go when the profiles that used them are final', () =>
    withStore(async (open, path, clock) => {
      const { feed, consolidate, lists, store } = await open();
      lists.keep(X, LIST);
      const spec = { imageID: `shop.test/web@${X}`, opens: [{ path: '/a' }] };
      await feed(aReport([0, 1], { spec, state: 'completed/complete' }));
      assert.equal(await consolidate(), 'completed');
      await clock.advance(2 * DAY_MS);
      assert.equal(lists.ask(X), false);
      assert.deepEqual(checkStore(path), []);
      store.close();
    }));

  it('go when a person takes over the profiles that used them', () =>
    withStore(async (open, path, clock) => {
      const { feed, consolidate, profile, lists, store } = await open();
      const inUse = () => {
        const db = new DatabaseSync(path, { readOnly: true });
        const rows = db.prepare('SELECT profile FROM profile_images').all();
        db.close();
        return rows.length;
      };
      lists.keep(X, LIST);
      await feed(opened(0, X, ['/a']));
      await consolidate();
      assert.equal(inUse(), 1);
      const learned = await profile();
      assert.ok(learned);
      const annotations = { ...learned.metadata.annotations, 'kubescape.io/managed-by': 'User' };
      const metadata = { ...learned.metadata, annotations };
      await store.update('ContainerProfile', { ...learned, metadata }, { signal });
      assert.equal(inUse(), 0);
      // What an earlier version left is gone with the next look.
      vandalise(path, `INSERT INTO profile_images VALUES ('shop', 'web', '${X}', 1)`);
      assert.equal(await consolidate(), 'unchanged');
      assert.equal(inUse(), 0);
      await clock.advance(2 * DAY_MS);
      assert.equal(lists.ask(X), false);
      store.close();
    }));

  it('take no room from what matters more', () =>
    withFolder(async (folder) => {
      const clock = new VirtualClock(1e12 + 0.25);
      const path = `${folder}/small.db`;
      const store = await storeOf(path, clock);
      await store.create('ContainerProfile', aProfile({ name: 'past' }), { signal });
      const db = new DatabaseSync(path);
      const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
      db.close();
      store.close();
      const full = new DatabaseSync(path);
      full.exec(`PRAGMA max_page_count = ${pages + 2}`);
      const tables = new SqliteTables(full, { path, log: silentLogger });
      const lists = new StoredImageFileLists({ tables, clock, log: silentLogger });
      const large = filesOf(...Array.from({ length: 20_000 }, (_, at) => `/${at}`));
      const before = tables.objects.history();
      assert.throws(() => lists.keep(X, large), { code: 'unavailable' });
      assert.deepEqual(tables.objects.history(), before);
      assert.equal(lists.keep(X, LIST), true);
      tables.close();
    }));
});
