import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Alert } from '../../src/model/alert.ts';
import type { Random } from '../../src/runtime/random.ts';

/** What may happen to a request. Half of the time it goes well; of some of the others the sender cannot know. */
const OUTCOMES = [
  ...Array.from({ length: 11 }, () => 'taken' as const),
  ...Array.from({ length: 3 }, () => ['refused', 'broken', 'lost-answer'] as const).flat(),
  'busy' as const,
  'hangs' as const,
];

/** How often each alert came, by its message, and with which keys. */
export type Received = Map<string, { times: number; readonly keys: Set<string> }>;

/** An HTTP server that takes alerts for several sinks, one path each, and fails half of the time. */
export class FaultyReceiver {
  readonly received = new Map<string, Received>();
  failures = 0;
  readonly #random: Random;
  readonly #server: Server;

  constructor(random: Random) {
    this.#random = random;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Listens on loopback; returns its address. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const outcome = OUTCOMES[Math.floor(this.#random.next() * OUTCOMES.length)] ?? 'taken';
    if (outcome !== 'taken') this.failures += 1;
    if (outcome === 'taken' || outcome === 'lost-answer') this.#take(request.url ?? '', body);
    if (outcome === 'taken') response.end();
    else if (outcome === 'refused') response.writeHead(500).end();
    else if (outcome === 'busy') response.writeHead(429, { 'retry-after': '0' }).end();
    else if (outcome !== 'hangs') response.destroy();
  }

  #take(url: string, body: string): void {
    const parsed = JSON.parse(body) as Alert & { readonly spec?: { readonly alerts: Alert[] } };
    const received: Received = this.received.get(url) ?? new Map();
    this.received.set(url, received);
    for (const { message, idempotencyKey } of parsed.spec?.alerts ?? [parsed]) {
      const known = received.get(message) ?? { times: 0, keys: new Set() };
      known.times += 1;
      known.keys.add(idempotencyKey);
      received.set(message, known);
    }
  }
}
