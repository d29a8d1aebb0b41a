import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { agentAt, listContainers, oneContainer } from './agent-client.ts';

const NEVER = new AbortController().signal;

describe('agentAt', () => {
  let server: Server;
  const opened: Server[] = [];
  const clock = new VirtualClock();
  afterEach(() => {
    for (const each of opened.splice(0)) {
      each.closeAllConnections();
      each.close();
    }
  });

  /** A server that gives the same answer to everything, or none at all. */
  async function serving(status: number, body: string | undefined): Promise<string> {
    server = createServer((_request, response) => {
      if (body !== undefined) response.writeHead(status).end(body);
    }).listen(0, '127.0.0.1');
    opened.push(server);
    await once(server, 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('says when something else answers', async () => {
    for (const [status, body] of [
      [200, '<html>'],
      [200, '"text"'],
      [404, 'nothing here'],
      [404, '{"message":"of another kind"}'],
      [500, 'null'],
    ] as const) {
      const http = await serving(status, body);
      await assert.rejects(agentAt(http, clock)('/', NEVER), {
        code: 'unavailable',
        message: `what answers at ${http} is not a Hullwatch agent`,
      });
    }
  });

  it('gives the reason of an agent that refuses', async () => {
    for (const [status, code] of [
      [400, 'invalid'],
      [404, 'not-found'],
      [409, 'invalid'],
      [500, 'unavailable'],
    ] as const) {
      const http = await serving(status, '{"error":"because"}');
      await assert.rejects(agentAt(http, clock)('/', NEVER), { code, message: 'because' });
    }
  });

  it('takes nothing for containers that is none', async () => {
    for (const body of ['{}', '{"items":3}', '{"items":[null]}', '{"items":[{"sources":[]}]}']) {
      const ask = agentAt(await serving(200, body), clock);
      await assert.rejects(listContainers(ask, NEVER), { message: /is it of another version/ });
      await assert.rejects(oneContainer(ask, 'x', NEVER), { message: /is it of another version/ });
    }
  });

  it('gives up after five seconds, and when it is told to', async () => {
    const http = await serving(200, undefined);
    const patient = agentAt(http, clock)('/', NEVER);
    const late = assert.rejects(patient, {
      code: 'unavailable',
      message: `the agent at ${http} took longer than 5000 ms`,
    });
    await once(server, 'request');
    await clock.advance(5_000);
    await late;
    const stop = new AbortController();
    const told = assert.rejects(agentAt(http, clock)('/', stop.signal), { code: 'aborted' });
    await once(server, 'request');
    stop.abort();
    await told;
    await settle();
    assert.equal(clock.pending, 0);
  });
});
