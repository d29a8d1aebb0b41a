import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CONTAINER_PROFILE } from '#model/schema/profile-kinds.js';
import { systemClock } from '#runtime/clock.js';
import { seededRandom } from '#runtime/random.js';
import { MemoryRows } from './testing/memory-rows.ts';
import { ALL_PROFILES, PROFILES, profile, ServedApi } from './testing/served-api.ts';
import { WatchClient } from './testing/watch-client.ts';

const THINGS = '/apis/test.example/v1/namespaces/shop/things';

describe('watch over HTTP', () => {
  let api: ServedApi;
  let rows: MemoryRows;
  let watches: WatchClient[];
  beforeEach(async () => {
    const definition = {
      ...CONTAINER_PROFILE,
      group: 'test.example',
      version: 'v1',
      kind: 'Thing',
      plural: 'things',
    };
    rows = new MemoryRows(definition, { clock: systemClock, random: seededRandom(1) });
    api = await ServedApi.start({
      extraResources: [{ definition, rows }],
      limits: { ringEvents: 8, watchers: 1_100 },
    });
    watches = [];
  });
  afterEach(async () => {
    for (const watch of watches) watch.close();
    await api.stop();
  });

  async function watch(query: string, path = PROFILES, accept?: string): Promise<WatchClient> {
    const url = `${api.server.url}${path}?watch=true&${query}`;
    const client = await WatchClient.open(url, accept ? { accept } : {});
    watches.push(client);
    return client;
  }
  const create = (name: string, app = 'x') => api.create(profile(name, { labels: { app } }));
  const thing = (name: string) => ({
    ...profile(name),
    apiVersion: 'test.example/v1',
    kind: 'Thing',
  });
  const createThing = (name: string) => api.ask(THINGS, { method: 'POST', body: thing(name) });

  it('tells what is there and then what happens, without a version or from 0', async () => {
    await create('a');
    const [none, zero] = [await watch(''), await watch('resourceVersion=0')];
    await create('b');
    await api.patch('a', { spec: { imageID: 'i' } });
    await api.ask(`${PROFILES}/b`, { method: 'DELETE' });
    for (const each of [none, zero]) {
      assert.deepEqual(await each.heard(4), ['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
      assert.equal(each.lines[2]?.object.spec.imageID, 'i');
      assert.equal(each.lines[3]?.object.metadata.resourceVersion, '4');
    }
  });

  it('goes on after any version, of one namespace or of all', async () => {
    for (const name of ['a', 'b', 'c']) await create(name);
    const words = async (query: string, path = PROFILES) => (await watch(query, path)).heard(2);
    assert.deepEqual(await words('resourceVersion=1'), ['ADDED b', 'ADDED c']);
    assert.deepEqual(await words('resourceVersion=1', ALL_PROFILES), ['ADDED b', 'ADDED c']);
    const other = await watch(
      'resourceVersion=1&timeoutSeconds=1',
      PROFILES.replace('shop', 'other'),
    );
    await other.ended;
    assert.deepEqual(other.words(), []);
  });

  it('sends initial events and marks their end, and bookmarks to who allows them', async () => {
    await create('a');
    const asked = await watch(
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1',
    );
    assert.deepEqual(await asked.heard(2), ['ADDED a', 'BOOKMARK 1']);
    assert.deepEqual(asked.lines[1]?.object.metadata.annotations, {
      'k8s.io/initial-events-end': 'true',
    });
    await create('b');
    await asked.ended;
    assert.deepEqual(asked.words(), ['ADDED a', 'BOOKMARK 1', 'ADDED b', 'BOOKMARK 2']);
    assert.equal(asked.lines[3]?.object.metadata.annotations, undefined);
    const none = await watch(
      'sendInitialEvents=false&resourceVersionMatch=NotOlderThan&timeoutSeconds=1',
    );
    await create('c');
    await none.ended;
    assert.deepEqual(none.words(), ['ADDED c']);
  });

  it('tells what begins to match as added and what stops as deleted', async () => {
    await create('a', 'x');
    await create('b', 'y');
    const fromList = await watch('labelSelector=app=x');
    const fromVersion = await watch('labelSelector=app=x&resourceVersion=2');
    await api.patch('b', { metadata: { labels: { app: 'x' } } });
    await api.patch('b', { spec: { imageID: 'i' } });
    await api.patch('a', { metadata: { labels: { app: 'y' } } });
    await api.patch('a', { spec: { imageID: 'i' } });
    await api.ask(`${PROFILES}/b`, { method: 'DELETE' });
    const later = ['ADDED b', 'MODIFIED b', 'DELETED a', 'DELETED b'];
    assert.deepEqual(await fromVersion.heard(4), later);
    assert.deepEqual(await fromList.heard(5), ['ADDED a', ...later]);
    const named = await watch('fieldSelector=metadata.name=a&resourceVersion=1');
    assert.deepEqual(await named.heard(2), ['MODIFIED a', 'MODIFIED a']);
  });

  it('tells metadata alone, and tables', async () => {
    const metadata = await watch(
      '',
      PROFILES,
      'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
    );
    const table = await watch('', PROFILES, 'application/json;as=Table;v=v1;g=meta.k8s.io');
    await create('a');
    await Promise.all([metadata.heard(1), table.heard(1)]);
    assert.deepEqual(Object.keys(metadata.lines[0]?.object), ['kind', 'apiVersion', 'metadata']);
    assert.equal(table.lines[0]?.object.rows[0].cells[0], 'a');
  });

  it('answers 410 before the stream for what is forgotten or was never there', async () => {
    await createThing('a');
    await createThing('b');
    rows.forget();
    for (const version of [1, 999]) {
      const { code, body } = await api.ask(`${THINGS}?watch=true&resourceVersion=${version}`);
      assert.deepEqual([code, body.reason], [410, 'Expired'], String(version));
    }
    const initial = await api.ask(
      `${THINGS}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=999`,
    );
    assert.equal(initial.code, 504);
    const exact = await api.ask(`${THINGS}?resourceVersion=1&resourceVersionMatch=Exact`);
    assert.deepEqual([exact.code, exact.body.reason], [410, 'Expired']);
  });

  it('gives a slow reader the history at its own pace, and 410 when that is gone', async () => {
    const large = { imageID: 'x'.repeat(300_000) };
    const write = (n: number) =>
      api.ask(THINGS, {
        method: 'POST',
        body: { ...thing(`t${n}`), spec: { ...thing('').spec, ...large } },
      });
    const [slow, lost] = [await watch('', THINGS), await watch('', THINGS)];
    slow.pause();
    lost.pause();
    for (let n = 0; n < 40; n += 1) assert.equal((await write(n)).code, 201);
    slow.resume();
    const heard = await slow.heard(40);
    assert.deepEqual(
      heard,
      Array.from({ length: 40 }, (_, n) => `ADDED t${n}`),
    );
    rows.forget();
    lost.resume();
    await lost.ended;
    const words = lost.words();
    assert.equal(words.at(-1), 'ERROR 410');
    assert.ok(words.length < 41, 'it was not told what it was too slow for');
    assert.deepEqual(words.slice(0, -1), heard.slice(0, words.length - 1));
  });

  it('ends a watch in time, and all of them when it closes', async () => {
    const timed = await watch('timeoutSeconds=1');
    await timed.ended;
    const open = await watch('');
    await api.server.close();
    await open.ended;
    assert.deepEqual(open.words(), []);
    assert.equal(api.server.counts.watchers, 0);
  });

  it('reaches 1,000 watchers with one serialisation', async () => {
    const before = api.server.counts.serialised;
    await Promise.all(Array.from({ length: 1_000 }, () => watch('')));
    assert.equal(api.server.counts.watchers, 1_000);
    await create('a');
    await Promise.all(watches.map((each) => each.heard(1)));
    assert.equal(api.server.counts.serialised - before, 1);
    assert.deepEqual(new Set(watches.flatMap((each) => each.words())), new Set(['ADDED a']));
  });

  it('refuses more watchers than it takes', async () => {
    const few = await ServedApi.start({ limits: { watchers: 1 } });
    const first = await WatchClient.open(`${few.server.url}${PROFILES}?watch=1`);
    const { code, headers, body } = await few.ask(`${PROFILES}?watch=1`);
    assert.deepEqual([code, body.reason, headers['retry-after']], [429, 'TooManyRequests', '1']);
    first.close();
    await few.stop();
  });
});
