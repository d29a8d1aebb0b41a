import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AgentError } from '#model/agent-error.js';
import type { Condition } from '#runtime/health.js';

/** What the local port shows; all of it is only read. */
export interface Observed {
  readonly metrics: { render(): Promise<string>; readonly contentType: string };
  readonly health: { conditions(): readonly Condition[] };
  /** State of each container in the profile cache. */
  containers(): readonly unknown[];
  /** The event accounting. */
  accounting(): unknown;
}

/** A request of this port is one line; who needs longer for it than this has no need of an answer. */
const LIMITS = {
  requestTimeout: 10_000,
  headersTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
};
/** Some scrapers, some people. */
const MAX_CONNECTIONS = 64;

type Answer = { readonly status: number; readonly type: string; readonly body: string };

/** The local HTTP port. No authentication, no changes: it belongs on a loopback address. */
export class HttpServer {
  readonly #server: Server;
  readonly #observed: Observed;

  private constructor(observed: Observed) {
    this.#observed = observed;
    this.#server = createServer(LIMITS, (request, response) => this.#handle(request, response));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Listens on `host:port`; port 0 takes a free one. Rejects with `invalid` for anything else, `unavailable` when it is taken. */
  static async listen(address: string, observed: Observed): Promise<HttpServer> {
    const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(address) ?? [];
    if (host === undefined || Number(port) > 65_535) {
      throw new AgentError(
        'invalid',
        `http: expected host:port such as 127.0.0.1:7654, or off, got "${address}"`,
      );
    }
    const server = new HttpServer(observed);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', (cause) => {
        reject(
          new AgentError('unavailable', `http: cannot listen on ${address}: ${cause.message}`, {
            cause,
          }),
        );
      });
      server.#server.listen(Number(port), host, resolve);
    });
    return server;
  }

  /** Where it listens, for example `http://127.0.0.1:7654/`. */
  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || !address) return '';
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `http://${host}:${address.port}/`;
  }

  /** Ends every connection and settles when the socket is closed. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request).then(
      (answer) => send(response, answer),
      (error: unknown) => send(response, json(500, { error: AgentError.from(error).message })),
    );
  }

  async #answer({ method, url }: IncomingMessage): Promise<Answer> {
    if (method !== 'GET' && method !== 'HEAD')
      return json(405, { error: 'only GET is served here' });
    const [path] = (url ?? '/').split('?');
    switch (path) {
      case '/':
        return json(200, {
          paths: ['/healthz', '/metrics', '/api/v1/accounting', '/api/v1/containers'],
        });
      case '/healthz': {
        const conditions = this.#observed.health.conditions();
        return json(conditions.length === 0 ? 200 : 503, {
          ok: conditions.length === 0,
          conditions,
        });
      }
      case '/metrics': {
        const { metrics } = this.#observed;
        return { status: 200, type: metrics.contentType, body: await metrics.render() };
      }
      case '/api/v1/accounting':
        return json(200, this.#observed.accounting());
      case '/api/v1/containers':
        return json(200, { items: this.#observed.containers() });
      default:
        return json(404, { error: `there is nothing at ${path}; see /` });
    }
  }
}

function json(status: number, body: unknown): Answer {
  return {
    status,
    type: 'application/json; charset=utf-8',
    body: `${JSON.stringify(body, null, 2)}\n`,
  };
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(body);
}
