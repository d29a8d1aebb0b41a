import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { BlockList, type Socket } from 'node:net';
import { type ListenAddress, parseListenAddress } from '#listening/listen-address.js';
import { clearSocketPath, withPrivateMode } from '#listening/socket-file.js';
import { AgentError } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import { systemClock } from '#runtime/clock.js';
import { http } from '#runtime/plain-http.js';
import { ConnectionPlaces, MAX_OPEN_CONNECTIONS } from './connection-places.ts';
import { HTTP_OPTION } from './http-option.ts';
import type { Observed } from './observed.ts';
import { type Answer, answerTo } from './routes.ts';

/** A request of this port is one line; who needs longer for it than this has no need of an answer. */
const LIMITS = {
  requestTimeout: 5_000,
  headersTimeout: 2_000,
  connectionsCheckingInterval: 1_000,
};
/** What is sent by POST comes from this machine, in one go. */
const BODY_BUDGET_MS = 2_000;
/** An event with the longest arguments that the kernel side keeps, many times over. */
const MAX_BODY_BYTES = 262_144;
/** Who does not read its answer for this long gives up its place, which others need. */
const IDLE_TIMEOUT_MS = 10_000;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** The local HTTP port. No authentication, no changes: it belongs on a loopback address or a unix socket. */
export class HttpServer {
  readonly #server: Server;
  readonly #places = new ConnectionPlaces();

  private constructor(observed: Observed, idleTimeoutMs: number) {
    this.#server = http.createServer(LIMITS, (request, response) => {
      const { socket, method } = request;
      if (method === 'POST') request.once('end', () => this.#places.hasAsked(socket));
      else this.#places.hasAsked(socket);
      answerRequest(observed, request, response);
    });
    this.#server.on('connection', (socket: Socket) => this.#places.take(socket));
    this.#server.maxConnections = MAX_OPEN_CONNECTIONS;
    this.#server.timeout = idleTimeoutMs;
    // Answers can be large: who asks for a thousand in one go and reads none must not have them all made.
    this.#server.maxRequestsPerSocket = 1;
  }

  /**
   * Listens on `host:port` (port 0 takes a free one) or `unix:/path`. A socket file is for its owner
   * only (mode 0600); the one of a process that died is replaced. Rejects with `invalid` for anything else,
   * `unavailable` when the address is taken, `not-found` when the folder of a socket is missing.
   */
  static async listen(
    address: string,
    observed: Observed,
    { idleTimeoutMs = IDLE_TIMEOUT_MS }: { readonly idleTimeoutMs?: number } = {},
  ): Promise<HttpServer> {
    const where = parseListenAddress(address, HTTP_OPTION);
    if (where.kind === 'unix') await clearSocketPath(where.path, HTTP_OPTION.name);
    const server = new HttpServer(observed, idleTimeoutMs);
    await server.#listen(where).catch((cause: Error) => {
      const message = `http: cannot listen on ${address}: ${cause.message}`;
      throw new AgentError('unavailable', message, { cause });
    });
    return server;
  }

  /** Where it listens, for example `http://127.0.0.1:7654/` or `unix:/run/hullwatch/hullwatch.sock`. */
  get url(): string {
    const address = this.#server.address();
    if (typeof address === 'string') return `unix:${address}`;
    if (!address) return '';
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${host}:${address.port}/`;
  }

  /** Only this machine can reach it. */
  get isLocal(): boolean {
    const address = this.#server.address();
    if (typeof address === 'string' || !address) return true;
    return LOOPBACK.check(address.address, address.family === 'IPv6' ? 'ipv6' : 'ipv4');
  }

  /** Ends every connection; settles when the socket is closed, and its file removed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #listen(where: ListenAddress): Promise<void> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      // It stays: without a listener, a connection that cannot be accepted would end the process.
      server.on('error', reject);
      if (where.kind === 'tcp') server.listen(where.port, where.host, resolve);
      else withPrivateMode(() => server.listen(where.path, resolve));
    });
  }
}

/**
 * What was sent, as text. Rejects with `invalid` when it is larger than any question, or not JSON by its type, and
 * with `unavailable` when it takes too long.
 */
async function bodyText(request: IncomingMessage): Promise<string> {
  // A page of a browser can send other types to anybody without being asked first.
  const type = request.headers['content-type'] ?? '';
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new AgentError('invalid', 'content-type: expected application/json');
  }
  const limit = { clock: systemClock, budgetMs: BODY_BUDGET_MS, what: 'the body' };
  return withBudget({ ...limit, signal: new AbortController().signal }, () => wholeBody(request));
}

async function wholeBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_BODY_BYTES) {
      throw new AgentError('invalid', `the body: expected at most ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function answerRequest(
  observed: Observed,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const send = ({ status, type, body, allow }: Answer) => {
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      ...(allow !== undefined && { allow }),
    });
    // The rest of what is still being sent would be waited for.
    if (!request.complete) response.once('finish', () => socket.destroySoon());
    response.end(body);
  };
  const { method, url, socket } = request;
  const body = () => bodyText(request);
  answerTo(observed, { method, url, body }).then(send, () => response.destroy());
}
