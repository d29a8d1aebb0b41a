// A child of the store bench: answers each path with bytes that it has in memory, and knows no store. What
// was sent with PUT is what GET of that path gives. GET of a path that ends in `?watch` never ends: `tell` writes what
// was put at `/event` to all of those.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerParent, cpuMicros } from './store-child.ts';

const bodies = new Map<string, Buffer>();
const watchers = new Set<ServerResponse>();
const HEADERS = { 'content-type': 'application/json' };

const server = createServer((incoming, response) => {
  const { url = '', method } = incoming;
  if (url.endsWith('?watch')) {
    watchers.add(response.writeHead(200, HEADERS));
    response.flushHeaders();
    return;
  }
  if (method === 'GET') {
    const body = bodies.get(url) ?? Buffer.alloc(0);
    response.writeHead(200, { ...HEADERS, 'content-length': body.length });
    response.end(body);
    return;
  }
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const body = Buffer.concat(chunks);
    bodies.set(url, body);
    response.writeHead(200, { ...HEADERS, 'content-length': body.length });
    response.end(body);
  });
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

answerParent({
  port: () => (server.address() as AddressInfo).port,
  cpu: cpuMicros,
  watchers: () => watchers.size,
  tell: () => {
    const committedNs = String(process.hrtime.bigint());
    const frame = bodies.get('/event') ?? Buffer.alloc(0);
    for (const response of watchers) response.write(frame);
    return { committedNs, writeUs: 0 };
  },
});
