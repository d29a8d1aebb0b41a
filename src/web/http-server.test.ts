import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Condition } from '#runtime/health.js';
import { HttpServer } from './http-server.ts';
import { type Answered, ask } from './testing/ask.ts';
import { observing, VIEWS } from './testing/observed-containers.ts';

describe('HttpServer', () => {
  const conditions: Condition[] = [];
  let server: HttpServer;
  before(async () => {
    const observed = observing(undefined, { health: { conditions: () => conditions } });
    server = await HttpServer.listen('127.0.0.1:0', observed);
  });
  const others: HttpServer[] = [];
  after(() => Promise.all([server, ...others].map((each) => each.close())));

  const get = (path: string, method?: string) => ask(server.url, path, method);
  const errorOf = ({ body }: Answered) => (JSON.parse(body) as { error: string }).error;

  it('is healthy without conditions, and names them otherwise', async () => {
    assert.equal((await get('/healthz')).status, 200);
    conditions.push({ name: 'sensor', message: 'it died', sinceMs: 5, effect: 'unready' });
    const sick = await get('/healthz');
    assert.equal(sick.status, 503);
    const since = '1970-01-01T00:00:00.005Z';
    assert.deepEqual(JSON.parse(sick.body), {
      ok: false,
      conditions: [{ name: 'sensor', message: 'it died', effect: 'unready', since }],
    });
    conditions.length = 0;
  });

  it('tells what is wrong from what makes it unready, and that from what a restart may help', async () => {
    const answers = async () => {
      const paths = ['/healthz', '/readyz', '/livez'];
      return (await Promise.all(paths.map((path) => get(path)))).map(({ status }) => status);
    };
    assert.deepEqual(await answers(), [200, 200, 200]);
    for (const [effect, expected] of [
      ['degraded', [503, 200, 200]],
      ['unready', [503, 503, 200]],
      ['stuck', [503, 503, 503]],
    ] as const) {
      conditions.push({ name: 'rules', message: 'so', sinceMs: 0, effect });
      assert.deepEqual(await answers(), expected);
      assert.match((await get('/livez')).body, new RegExp(`"${effect}"`));
    }
    conditions.length = 0;
  });

  it('makes one answer for who asks for a thousand in one go', async () => {
    let made = 0;
    const counted = await HttpServer.listen(
      '127.0.0.1:0',
      observing(undefined, {
        accounting: () => {
          made += 1;
          return {};
        },
      }),
    );
    const socket = connect(Number(new URL(counted.url).port), '127.0.0.1');
    socket.write('GET /api/v1/accounting HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000));
    socket.resume();
    await once(socket, 'close');
    assert.equal(made, 1);
    await counted.close();
  });

  it('lets go of a connection on which nothing moves, such as one that reads no answer', async () => {
    const answers = observing(undefined, { accounting: () => ({ text: 'x'.repeat(20_000_000) }) });
    const impatient = await HttpServer.listen('127.0.0.1:0', answers, { idleTimeoutMs: 100 });
    const { port } = new URL(impatient.url);
    const reader = connect(Number(port), '127.0.0.1');
    reader.write('GET /api/v1/accounting HTTP/1.1\r\nHost: x\r\n\r\n');
    let [{ length: read }] = await once(reader, 'data');
    reader.pause();
    // Twice the same time later: connections without a request are let go of, too.
    for (let i = 0; i < 2; i += 1) {
      await once(connect(Number(port), '127.0.0.1').resume(), 'close');
    }
    reader.on('data', (chunk: Buffer) => {
      read += chunk.length;
    });
    reader.on('error', () => {});
    reader.resume();
    await once(reader, 'close');
    assert.ok(read < 20_000_000, `${read} bytes came`);
    await impatient.close();
  });

  it('serves the metrics with their content type', async () => {
    const { headers, body } = await get('/metrics');
    assert.equal(headers['content-type'], 'text/plain; version=0.0.4');
    assert.equal(body, 'up 1\n');
  });

  it('serves the accounting, whatever stands behind a question mark', async () => {
    assert.deepEqual(JSON.parse((await get('/api/v1/accounting?x=1')).body), { emitted: 3 });
  });

  it('names its paths at /', async () => {
    const { paths } = JSON.parse((await get('/')).body) as { paths: readonly string[] };
    assert.ok(paths.includes('/api/v1/containers/{id}/explain'));
  });

  it('takes a path with a slash at its end for the same', async () => {
    assert.equal((await get('/healthz/')).status, 200);
    assert.equal((await get('/api/v1/containers/')).body, (await get('/api/v1/containers')).body);
    assert.equal((await get('/api/v1/containers//')).status, 404);
  });

  it('answers HEAD as GET, without the body', async () => {
    const whole = await get('/api/v1/containers');
    const head = await get('/api/v1/containers', 'HEAD');
    assert.deepEqual([head.status, head.body], [200, '']);
    assert.equal(head.headers['content-length'], `${Buffer.byteLength(whole.body)}`);
  });

  it('answers 404 and 405 in words', async () => {
    const nothing = await get('/nothing');
    assert.equal(nothing.status, 404);
    assert.equal(errorOf(nothing), 'there is nothing at /nothing; see /');
    const posted = await get('/healthz', 'POST');
    assert.deepEqual([posted.status, posted.headers['allow']], [405, 'GET, HEAD']);
  });

  it('answers what is badly encoded or too long without an error of its own', async () => {
    for (const path of ['/%', '/api/v1/containers/%ff', '/api/v1/containers/%E0%A4%A/explain']) {
      const { status, body } = await get(path);
      assert.deepEqual(
        [status, JSON.parse(body)],
        [400, { error: 'the path: expected percent-encoded UTF-8' }],
        path,
      );
    }
    const long = await get(`/api/v1/containers/${'a'.repeat(9_000)}`);
    assert.equal(long.status, 404);
    assert.ok(errorOf(long).length < 150);
    assert.equal((await get(`/${'a'.repeat(20_000)}`)).status, 431);
    for (const path of ['//', '/?', '/??', '/../etc/passwd', 'http://elsewhere/healthz', '/%00']) {
      assert.ok((await get(path)).status < 500, path);
    }
  });

  it('answers 500 in words when what it shows breaks down', async () => {
    const broken = await HttpServer.listen(
      '127.0.0.1:0',
      observing([], {
        accounting: () => {
          throw new Error('lost count');
        },
      }),
    );
    others.push(broken);
    const { status, body } = await ask(broken.url, '/api/v1/accounting');
    assert.deepEqual([status, JSON.parse(body)], [500, { error: 'lost count' }]);
  });

  it('refuses an address that is none, and one that is taken', async () => {
    await assert.rejects(HttpServer.listen('7654', observing()), { code: 'invalid' });
    await assert.rejects(HttpServer.listen(new URL(server.url).host, observing()), {
      code: 'unavailable',
      message: /^http: cannot listen on 127\.0\.0\.1:\d+: listen EADDRINUSE/,
    });
  });

  it('knows whether only this machine can reach it', async () => {
    for (const [address, isLocal] of [
      ['127.0.0.1:0', true],
      ['localhost:0', true],
      ['0.0.0.0:0', false],
    ] as const) {
      const each = await HttpServer.listen(address, observing());
      others.push(each);
      assert.equal(each.isLocal, isLocal, address);
    }
  });
});

describe('the containers of the HTTP API', () => {
  let server: HttpServer;
  before(async () => {
    server = await HttpServer.listen('127.0.0.1:0', observing());
  });
  after(() => server.close());

  const get = async (path: string) => {
    const { status, body } = await ask(server.url, `/api/v1/containers${path}`);
    return { status, json: JSON.parse(body) };
  };
  const { learned, waiting } = VIEWS;

  it('are listed in the order of the cache, with times as RFC 3339 text', async () => {
    const { status, json } = await get('');
    assert.equal(status, 200);
    assert.deepEqual(
      json.items.map(({ containerId }: { containerId: string }) => containerId),
      Object.values(VIEWS).map(({ containerId }) => containerId),
    );
    assert.equal(json.items[0].since, '2026-01-30T10:00:00.000Z');
    assert.equal(json.items[0].lastRefresh, '2026-01-31T11:59:48.000Z');
    assert.equal(json.items[0].nextRetry, '2026-01-31T12:00:18.000Z');
    assert.ok(!JSON.stringify(json).includes('Ms"'), 'a time in milliseconds is left');
  });

  it('keep every other field of the cache, and leave out what is not known', async () => {
    const { json } = await get(`/${waiting.containerId}`);
    assert.deepEqual(json, {
      containerId: waiting.containerId,
      state: 'waiting',
      reason: 'identity-unknown',
      wouldChange: 'its identity, and the first answer of the store',
      isEnforced: false,
      sources: [],
      since: '2026-01-31T11:59:58.000Z',
    });
    const { sinceMs, lastRefreshMs, nextRetryMs, ...rest } = learned;
    const { since, lastRefresh, nextRetry, ...told } = (await get(`/${learned.containerId}`)).json;
    assert.deepEqual(told, rest);
  });

  it('are found by the beginning of their id, from four characters on', async () => {
    assert.equal((await get('/5d01c')).json.containerId, learned.containerId);
    assert.equal((await get('/%35d01c')).json.containerId, learned.containerId);
    assert.deepEqual(await get('/5d0'), {
      status: 400,
      json: { error: '"5d0": expected a container id, or at least 4 characters of its beginning' },
    });
    assert.deepEqual(await get('/5d02'), {
      status: 404,
      json: { error: 'there is no container "5d02" in the profile cache' },
    });
  });

  it('are not guessed when several begin alike', async () => {
    const { status, json } = await get('/5d01');
    assert.equal(status, 409);
    assert.equal(
      json.error,
      `"5d01" is the beginning of 2 container ids, give more of it: ${learned.containerId}, ${VIEWS.overlaid.containerId}`,
    );
  });

  it('are found by a whole id even when another id begins with it', async (test) => {
    const ids = ['abcd', 'abcde', ...Array.from({ length: 9 }, (_, at) => `fade${at}`), 'x'];
    const other = await HttpServer.listen(
      '127.0.0.1:0',
      observing(ids.map((containerId) => ({ ...waiting, containerId }))),
    );
    test.after(() => other.close());
    for (const id of ['abcd', 'x']) {
      const { body } = await ask(other.url, `/api/v1/containers/${id}`);
      assert.equal(JSON.parse(body).containerId, id);
    }
    const { body } = await ask(other.url, '/api/v1/containers/fade');
    assert.match(JSON.parse(body).error, /fade0, fade1, fade2, fade3, fade4, 4 more$/);
  });

  it('say what allows something', async () => {
    const { status, json } = await get(`/5d01c/explain?exec=/bin/sh&arg=sh&arg=-c`);
    assert.equal(status, 200);
    assert.deepEqual(
      json.allowedBy.map(({ entry }: { entry: string }) => entry),
      ['exec /bin/sh [sh -c ⋯]'],
    );
    assert.deepEqual((await get('/5d01c/explain/?syscall=ptrace')).json, { allowedBy: [] });
  });

  it('say why nothing can be said', async () => {
    const { pending } = VIEWS;
    assert.deepEqual(await get('/91be/explain?syscall=ptrace'), {
      status: 404,
      json: {
        error: `container ${pending.containerId} has no profile to ask: it is pending (no-profile)`,
      },
    });
    assert.equal((await get('/91be/explain')).status, 400);
    assert.equal((await get('/5d01/explain?syscall=ptrace')).status, 409);
  });
});
