import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type LogFields, silentLogger } from '#runtime/log.js';
import { FakeApiServer, type FakeApiServerOptions } from './testing/fake-api-server.ts';
import { aPod, Follower, until } from './testing/follower.ts';

const WEB = { namespace: 'shop', name: 'web' };

// Each test is one row of the table in docs/kube-client.md.
describe('Reflector', () => {
  let server: FakeApiServer;
  let follower: Follower;

  beforeEach(() => open({}));
  afterEach(async () => {
    await follower.stop();
    assert.equal(follower.clock.pending, 0, 'timers');
    await server.close();
  });

  async function open(
    options: FakeApiServerOptions,
    reflector: ConstructorParameters<typeof Follower>[1] = {},
  ): Promise<void> {
    await server?.close();
    server = await FakeApiServer.listen(options);
    server.objects.create('pods', aPod('web'));
    follower = new Follower(server, reflector);
  }

  const put = (name: string, value: unknown = 1) => {
    const key = { namespace: 'shop', name };
    const exists = server.objects.get('pods', key) !== undefined;
    return exists
      ? server.objects.update('pods', aPod(name, value))
      : server.objects.create('pods', aPod(name, value));
  };
  const remove = (name: string) => server.objects.delete('pods', { namespace: 'shop', name });
  const knows = (...known: string[]) =>
    until(() => follower.known.join(' ') === known.join(' '), `${known} in ${follower.known}`);
  /** Lets the pause pass that comes before the next request, and gives its length. */
  const pause = async () => {
    const { length } = server.requests;
    const startMs = follower.clock.now();
    while (server.requests.length === length) {
      assert.ok(follower.clock.now() - startMs < 61_000, 'a pause of more than a minute');
      await follower.clock.advance(50);
      // The request is on its way when the timer has gone.
      if (follower.clock.pending === 0)
        await until(() => server.requests.length > length, 'a request');
    }
    return follower.clock.now() - startMs;
  };
  /** Waits for a failure, then for the next try. */
  const passFailure = async (errors = 1) => {
    await until(() => follower.reflector.counters.errors >= errors, `failure ${errors}`);
    return pause();
  };
  const verbs = () => server.requests.map(({ verb }) => verb).join(' ');
  const watchQuery = () => server.requests.findLast(({ verb }) => verb === 'watch')?.query ?? {};

  it('lists, tells all there is at once, and watches from the version of the list', async () => {
    put('db', 2);
    await follower.start(server);
    assert.deepEqual(follower.told, ['all db web']);
    assert.deepEqual(follower.known, ['db=2', 'web=1']);
    const { resourceVersion, allowWatchBookmarks, timeoutSeconds } = watchQuery();
    assert.equal(resourceVersion, String(server.objects.version));
    assert.equal(allowWatchBookmarks, 'true');
    assert.ok(Number(timeoutSeconds) >= 300 && Number(timeoutSeconds) < 600, timeoutSeconds);
    assert.equal(follower.reflector.state.isSynced, true);
    await follower.reflector.synced;
  });

  it('tells additions, modifications and deletions in order', async () => {
    await follower.start(server);
    put('db');
    put('db', 2);
    remove('web');
    await knows('db=2');
    assert.deepEqual(follower.told.slice(1), ['added db', 'modified db', 'deleted web']);
  });

  it('asks for what the selectors name', async () => {
    await open({}, { fieldSelector: 'metadata.name=db', labelSelector: 'app=x' });
    await follower.start(server);
    assert.deepEqual(follower.known, []);
    for (const { query } of server.requests) {
      assert.equal(query['fieldSelector'], 'metadata.name=db');
      assert.equal(query['labelSelector'], 'app=x');
    }
  });

  it('warns of each new error once, and again when all was well in between', async () => {
    const warnings: unknown[] = [];
    const warn = (_message: string, fields?: LogFields) => void warnings.push(fields?.['error']);
    await open({}, { log: { ...silentLogger, warn } });
    const refused = { status: 403, message: 'not yours' };
    server.fail('list', refused, refused, { status: 503 }, 'none');
    follower.begin();
    await passFailure();
    await passFailure(2);
    await passFailure(3);
    await until(() => server.watching > 0, 'the watch');
    assert.equal(warnings.length, 2, String(warnings));
    assert.equal(follower.reflector.state.error, undefined);
    server.dropWatches();
    await passFailure(4);
    await until(() => server.watching > 0, 'the watch');
    put('db');
    await knows('db=1', 'web=1');
    server.dropWatches();
    await passFailure(5);
    assert.equal(warnings.length, 4, String(warnings));
  });

  it('lists page by page', async () => {
    for (let at = 0; at < 1_100; at += 1) put(`pod-${at}`);
    await follower.start(server);
    assert.equal(follower.known.length, 1_101);
    assert.equal(server.count('list'), 3);
    assert.equal(follower.told.length, 1, 'told at once');
  });

  it('lists in one piece when the continue token expires on the way', async () => {
    for (let at = 0; at < 600; at += 1) put(`pod-${at}`);
    server.fail('list', 'none', { status: 410, reason: 'Expired' });
    await follower.start(server);
    assert.equal(follower.known.length, 601);
    assert.deepEqual(
      server.requests
        .map(({ query }) => `${query['limit']} ${Boolean(query['continue'])}`)
        .slice(0, 3),
      ['500 false', '500 true', 'undefined false'],
    );
    assert.equal(follower.reflector.counters.errors, 0);
  });

  it('goes on from the last version after a watch that was closed in time', async () => {
    await follower.start(server);
    put('db');
    await knows('db=1', 'web=1');
    server.closeWatches();
    put('db', 2);
    await knows('db=2', 'web=1');
    assert.equal(verbs(), 'list watch watch');
    assert.equal(follower.reflector.counters.errors, 0);
  });

  it('goes on from a bookmark', async () => {
    await follower.start(server);
    server.objects.create('nodes', { metadata: { name: 'n' } });
    server.sendBookmark();
    await until(() => follower.reflector.counters.bookmarks === 1, 'the bookmark');
    server.objects.forget();
    server.closeWatches();
    await until(() => server.count('watch') === 2, 'the next watch');
    assert.equal(watchQuery()['resourceVersion'], String(server.objects.version));
    put('db');
    await knows('db=1', 'web=1');
    assert.equal(server.count('list'), 1);
  });

  it('pauses after a watch that ends at once without any progress', async () => {
    await follower.start(server);
    for (let turn = 1; turn <= 5; turn += 1) {
      await until(() => server.watching > 0, 'a watch');
      server.sendBookmark();
      server.closeWatches();
      await until(() => follower.reflector.counters.shortWatches === turn, `short ${turn}`);
      const pauseMs = await pause();
      assert.ok(pauseMs >= 400 * 2 ** (turn - 1), `pause ${turn}: ${pauseMs} ms`);
    }
    put('db');
    await knows('db=1', 'web=1');
    assert.equal(server.count('list'), 1);
  });

  it('goes on from the last version after a watch that broke off, and after half a line', async () => {
    await follower.start(server);
    server.dropWatches();
    put('db');
    await passFailure(1);
    await knows('db=1', 'web=1');
    server.dropWatches('{"type":"DELETED","object":{"metadata":{"name":"we');
    remove('db');
    await passFailure(2);
    await knows('web=1');
    assert.equal(server.count('list'), 1);
  });

  for (const [what, expire] of [
    ['as HTTP status', () => {}],
    ['within the watch', () => server.sendError(410, 'Expired')],
    ['within the watch as Gone', () => server.sendError(410, 'Gone')],
  ] as const) {
    it(`lists anew when the version has expired: ${what}`, async () => {
      await follower.start(server);
      server.mute();
      put('db');
      remove('web');
      server.objects.forget();
      server.mute(false);
      expire();
      server.closeWatches();
      while (server.count('list') < 2) {
        await until(() => follower.reflector.counters.errors >= 1 || server.watching > 0, 'more');
        await follower.clock.advance(50);
      }
      await knows('db=1');
      assert.equal(follower.reflector.counters.expired, 1);
      assert.equal(follower.told.at(-1), 'all db');
    });
  }

  it('waits as long as a server that is overloaded asks for', async () => {
    server.fail('list', { status: 429, retryAfter: 45 }, { status: 503, retryAfter: 50 });
    follower.begin();
    for (const [errors, seconds] of [
      [1, 45],
      [2, 50],
    ] as const) {
      await until(() => follower.reflector.counters.errors === errors, 'the refusal');
      await follower.clock.advance(seconds * 1_000 - 1);
      assert.equal(server.count('list'), errors);
      await follower.clock.advance(1);
      await until(() => server.count('list') === errors + 1, 'the next list');
    }
    await knows('web=1');
  });

  it('pauses longer and longer while the server fails, up to half a minute', async () => {
    const faults = Array.from({ length: 9 }, () => ({ status: 500 }));
    server.fail('list', ...faults);
    follower.begin();
    const pauses: number[] = [];
    for (let turn = 1; turn <= faults.length; turn += 1) pauses.push(await passFailure(turn));
    assert.ok((pauses[0] ?? 0) >= 400 && (pauses[0] ?? 0) <= 950, `first ${pauses[0]}`);
    assert.ok((pauses.at(-1) ?? 0) >= 15_000, `last ${pauses.at(-1)}`);
    await knows('web=1');
  });

  it('starts with short pauses again after two minutes of health', async () => {
    server.fail('list', ...Array.from({ length: 6 }, () => ({ status: 500 })));
    follower.begin();
    for (let turn = 1; turn <= 6; turn += 1) await passFailure(turn);
    await until(() => server.watching > 0, 'the watch');
    await follower.clock.advance(120_000);
    server.dropWatches();
    assert.ok((await passFailure(7)) <= 850);
    await until(() => server.watching > 0, 'the next watch');
  });

  it('gives up a watch that says nothing at all, and goes on from the last version', async () => {
    await open({}, { idleMs: 100_000 });
    await follower.start(server);
    server.mute();
    put('db');
    server.mute(false);
    await follower.clock.advance(99_000);
    assert.equal(server.count('watch'), 1);
    await follower.clock.advance(1_000);
    await passFailure();
    await knows('db=1', 'web=1');
    assert.equal(server.count('list'), 1);
  });

  it('keeps a watch that tells nothing but bookmarks', async () => {
    await open({}, { idleMs: 100_000 });
    await follower.start(server);
    for (let turn = 1; turn <= 5; turn += 1) {
      await follower.clock.advance(60_000);
      server.sendBookmark();
      await until(() => follower.reflector.counters.bookmarks === turn, 'a bookmark');
    }
    assert.equal(server.count('watch'), 1);
    assert.equal(follower.reflector.state.heardMs, follower.clock.monotonic());
  });

  it('tries again while no connection can be made', async () => {
    await follower.start(server);
    await server.down();
    await until(() => follower.reflector.counters.errors === 1, 'the break');
    for (let turn = 0; turn < 5; turn += 1) {
      while (follower.reflector.counters.errors < turn + 2) await follower.clock.advance(500);
    }
    assert.deepEqual(follower.known, ['web=1'], 'it knows what it knew');
    assert.equal(follower.reflector.state.error?.code, 'unavailable');
    put('db');
    await server.up();
    await pause();
    await knows('db=1', 'web=1');
    assert.equal(follower.reflector.state.error, undefined);
  });

  it('lists anew after a line that is no event', async () => {
    await follower.start(server);
    server.mute();
    put('db');
    server.mute(false);
    server.sendRaw('<html>bad gateway</html>\n');
    await passFailure();
    await knows('db=1', 'web=1');
    assert.equal(server.count('list'), 2);
  });

  it('skips an object that cannot be understood, and keeps its earlier form', async () => {
    put('db', 'bad');
    await follower.start(server);
    assert.deepEqual(follower.known, ['web=1']);
    put('web', 'bad');
    put('cache', 3);
    await knows('cache=3', 'web=1');
    assert.equal(follower.reflector.counters.badItems, 2);
    put('web', 4);
    await knows('cache=3', 'web=4');
  });

  it('tells an object that was made again under its name as deleted, then added', async () => {
    await follower.start(server);
    server.mute();
    remove('web');
    put('web', 2);
    server.objects.forget();
    server.mute(false);
    server.sendError(410, 'Expired');
    await passFailure();
    await knows('web=2');
    assert.deepEqual(follower.told, ['all web', 'deleted web', 'all web']);
  });

  it('tells the same when the watch alone shows it', async () => {
    await follower.start(server);
    server.mute();
    remove('web');
    server.mute(false);
    put('web', 2);
    await knows('web=2');
    assert.deepEqual(follower.told, ['all web', 'deleted web', 'added web']);
  });

  it('finds a change that no event told of with the next list', async () => {
    await follower.start(server);
    server.objects.withoutEvents(() => remove('web'));
    server.objects.forget();
    server.closeWatches();
    await passFailure();
    if (server.count('list') === 1) await passFailure(2);
    await knows();
  });

  it('goes on when its listener throws', async () => {
    await follower.start(server);
    const { replica } = follower;
    const set = replica.set.bind(replica);
    replica.set = () => {
      throw new Error('broken listener');
    };
    put('db');
    await until(() => follower.reflector.counters.listenerErrors === 1, 'the error');
    replica.set = set;
    put('db', 2);
    await knows('db=2', 'web=1');
  });

  it('takes the list as the beginning of the watch when asked to', async () => {
    await open({}, { streamingList: true });
    put('db');
    await follower.start(server);
    await knows('db=1', 'web=1');
    assert.equal(follower.told[0]?.startsWith('all '), true);
    assert.equal(follower.told.length, 1);
    put('db', 2);
    await knows('db=2', 'web=1');
    assert.equal(verbs(), 'watch');
    assert.equal(watchQuery()['resourceVersionMatch'], 'NotOlderThan');
  });

  for (const streamingLists of ['refused', 'ignored'] as const) {
    it(`lists when streaming lists are ${streamingLists}, and does not try again`, async () => {
      await open({ streamingLists }, { streamingList: true });
      follower.begin();
      await until(() => server.count('watch') === 1, 'the try');
      if (streamingLists === 'ignored') await follower.clock.advance(30_000);
      await passFailure(1);
      await until(() => server.watching > 0, 'the watch');
      await knows('web=1');
      server.objects.forget();
      server.sendError(410, 'Expired');
      await passFailure(2);
      await until(() => server.count('list') === 2, 'the second list');
      assert.equal(server.requests.filter(({ query }) => query['sendInitialEvents']).length, 1);
    });
  }

  it('lists after a streaming list that broke off, and streams the next time', async () => {
    await open({}, { streamingList: true });
    server.fail('watch', { body: '{"type":"ADDED","object":{"metadata":{"name":"ghost"}}}\n' });
    follower.begin();
    await passFailure(1);
    await knows('web=1');
    assert.equal(server.count('list'), 1);
    await until(() => server.watching > 0, 'the watch');
    server.sendError(410, 'Expired');
    await passFailure(2);
    await until(() => server.watching > 0, 'the stream');
    assert.equal(server.count('list'), 1);
  });

  it('asks for metadata alone when that is enough', async () => {
    await open({}, { metadataOnly: true });
    await follower.start(server);
    put('db', 5);
    await knows('db=undefined', 'web=undefined');
    for (const { headers } of server.requests) {
      assert.match(headers.accept ?? '', /PartialObjectMetadata.*,application\/json$/);
    }
  });

  it('follows a server without versions by lists', async () => {
    await open({ hasListVersions: false });
    await follower.start(server);
    put('db');
    await knows('db=1', 'web=1');
    server.closeWatches();
    remove('db');
    await passFailure();
    await knows('web=1');
    assert.equal(server.count('list'), 2);
  });

  it('ends with its signal, whatever it is doing, and frees its connection', async () => {
    await follower.start(server);
    await follower.stop();
    await until(() => server.connections === 0, 'free connections');
    assert.equal(server.watching, 0);
  });

  it('gives up a list that never comes', async () => {
    server.fail('list', 'silent', { body: '{"kind":"List","items":[', isOpen: true });
    follower.begin();
    for (const errors of [1, 2]) {
      await until(() => server.count('list') === errors, 'the list');
      await follower.clock.advance(30_000);
      await passFailure(errors);
    }
    await knows('web=1');
  });

  it(`keeps what is known of ${WEB.name} after an answer that is no JSON`, async () => {
    await follower.start(server);
    server.fail('list', { body: 'not json' });
    server.sendError(410, 'Expired');
    await passFailure(1);
    await until(() => server.count('list') === 2, 'the list');
    assert.deepEqual(follower.known, ['web=1']);
    await passFailure(2);
    await until(() => server.count('list') === 3, 'the next list');
    await knows('web=1');
  });
});
