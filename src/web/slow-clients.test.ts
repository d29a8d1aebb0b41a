import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { systemClock } from '#runtime/clock.js';
import { HttpServer } from './http-server.ts';
import { ask } from './testing/ask.ts';
import { observing } from './testing/observed-containers.ts';

const POST =
  'POST /api/v1/explain HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';

async function drip(client: Socket, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    client.write(' ');
    await systemClock.sleep(200, signal).catch(() => {});
  }
}

describe('the HTTP port among slow clients', () => {
  let server: HttpServer;
  const clients: Socket[] = [];
  beforeEach(async () => {
    const answers = observing(undefined, { accounting: () => ({ text: 'x'.repeat(4_000_000) }) });
    server = await HttpServer.listen('127.0.0.1:0', answers);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await server.close();
  });

  /** Clients that have begun, and go no further by themselves. */
  async function begin(count: number, text: string): Promise<readonly Socket[]> {
    const begun = Array.from({ length: count }, () => {
      const client = connect(Number(new URL(server.url).port), '127.0.0.1');
      client.on('error', () => {});
      client.write(text);
      clients.push(client);
      return client;
    });
    await Promise.all(begun.map((client) => once(client, 'connect')));
    return begun;
  }

  async function isProbed(): Promise<void> {
    const startedMs = systemClock.monotonic();
    for (const path of ['/livez', '/readyz', '/livez']) {
      assert.equal((await ask(server.url, path)).status, 200, path);
    }
    assert.ok(systemClock.monotonic() - startedMs < 1_500, 'the probes waited');
  }

  for (const [what, text] of [
    ['say nothing', ''],
    ['trickle their headers', 'GET /livez HTTP/1.1\r\nHost: x\r\n'],
    ['trickle a body', `${POST}{`],
    ['read no answer', 'GET /api/v1/accounting HTTP/1.1\r\nHost: x\r\n\r\n'],
  ] as const) {
    it(`answers probes at once while 64 clients ${what}`, async () => {
      const slow = await begin(64, text);
      if (what === 'read no answer') {
        await Promise.all(
          slow.map(async (client) => {
            await once(client, 'data');
            client.pause();
          }),
        );
      }
      await isProbed();
    });
  }

  it('takes the place of one that is still asking before that of one that waits for its answer', async () => {
    const [waiting] = await begin(1, 'GET /api/v1/accounting HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.ok(waiting);
    await once(waiting, 'data');
    waiting.pause();
    const [oldest] = await begin(1, `${POST}{`);
    await begin(63, `${POST}{`);
    assert.ok(oldest);
    oldest.resume();
    await isProbed();
    assert.equal(
      oldest.destroyed || oldest.readableEnded || (await once(oldest, 'close')) !== undefined,
      true,
    );
    assert.equal(waiting.closed, false);
  });

  it('lets go of a body that trickles, with the reason, though something moves', async () => {
    const [client] = await begin(1, POST);
    assert.ok(client);
    const startedMs = systemClock.monotonic();
    let answer = '';
    client.on('data', (chunk: Buffer) => {
      answer += chunk;
    });
    const stop = new AbortController();
    const dripping = drip(client, stop.signal);
    await once(client, 'close');
    stop.abort();
    await dripping;
    assert.match(answer, /^HTTP\/1.1 503 [\s\S]*the body took longer than 2000 ms/);
    assert.ok(systemClock.monotonic() - startedMs < 4_000);
  });
});
