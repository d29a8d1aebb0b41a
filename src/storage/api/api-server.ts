import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { type ListenAddress, parseListenAddress } from '#listening/listen-address.js';
import { clearSocketPath, withPrivateMode } from '#listening/socket-file.js';
import { AgentError } from '#model/agent-error.js';
import { RESOURCES } from '#model/schema/resources.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import { http } from '#runtime/plain-http.js';
import type { Random } from '#runtime/random.js';
import { WorkSlices } from '#runtime/work-slices.js';
import { type ObjectStore, STORED_KINDS } from '../object-store.ts';
import { refuseOpenDoor } from './access.ts';
import { type ApiLimits, DEFAULT_LIMITS } from './api-limits.ts';
import { Documents } from './documents.ts';
import { MemoryBudget } from './memory-budget.ts';
import { RowWriter } from './representation.ts';
import { type ApiCounts, RequestWorker } from './request-worker.ts';
import { rowsOfKind, type ServedResource } from './resource-rows.ts';
import { followTlsFiles, readTlsMaterial, type TlsPaths } from './tls-files.ts';
import { TokenFile } from './token-file.ts';
import { WatchHub } from './watch-hub.ts';

/** What an API server serves, where, and to whom. */
export interface ApiServerOptions {
  /** `host:port`, port 0 takes a free one, or `unix:/path`. */
  readonly address: string;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** HTTPS instead of HTTP; needed when other machines can reach the address. */
  readonly tls?: TlsPaths | undefined;
  /** Who may do what; without it, on a local address, everybody everything. */
  readonly access?: { readonly tokenFile?: string | undefined } | undefined;
  /** More kinds, for tests. */
  readonly extraResources?: readonly ServedResource[] | undefined;
  readonly limits?: Partial<ApiLimits> | undefined;
  /** Our own version, for `/version`. */
  readonly version?: string | undefined;
}

/** The option that says where it listens. */
const LISTEN_OPTION = {
  name: 'listen',
  examples: '127.0.0.1:8080, or unix:/path/of/a.sock',
};
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  // Longer than the idle time of common clients, so that they close first.
  keepAliveTimeout: 120_000,
};
/** Besides one for each watcher. */
const SPARE_CONNECTIONS = 1_024;
/** What is being answered may take so long to end when the server closes. */
const CLOSE_GRACE_MS = 250;

/** The Kubernetes API of a local store, over HTTP or HTTPS. */
export class ApiServer {
  readonly #server: Server | TlsServer;
  readonly #options: ApiServerOptions;
  readonly #hubs = new Map<string, WatchHub>();
  readonly #limits: ApiLimits;
  readonly #slices: WorkSlices;
  readonly #frames = { serialised: 0 };
  readonly #counts: ApiCounts = { requests: 0, refused: 0, failed: 0, inFlight: 0, watchers: 0 };
  #unfollow = () => {};

  /**
   * Listens. Rejects with `invalid` for an address that it does not understand, for files that cannot be
   * used and for an address that others can reach without TLS and authentication; with `unavailable` when
   * the address is taken; with `not-found` when there is no folder for a socket.
   */
  static async listen(options: ApiServerOptions): Promise<ApiServer> {
    const address = parseListenAddress(options.address, LISTEN_OPTION);
    refuseOpenDoor(address, {
      hasTls: options.tls !== undefined,
      hasTokens: options.access?.tokenFile !== undefined,
      hasClientCa: options.tls?.clientCa !== undefined,
    });
    if (address.kind === 'unix') await clearSocketPath(address.path, LISTEN_OPTION.name);
    const server = new ApiServer(options, address);
    await server.#listen(address);
    return server;
  }

  private constructor(options: ApiServerOptions, address: ListenAddress) {
    this.#options = options;
    this.#slices = new WorkSlices(options.clock);
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    const worker = this.#worker(address);
    const work = (incoming: IncomingMessage, response: ServerResponse) => {
      void worker.work(incoming, response);
    };
    const { tls } = options;
    this.#server = tls
      ? createTlsServer({ ...TIMEOUTS, ...readTlsMaterial(tls), ...clientCertificates(tls) }, work)
      : http.createServer(TIMEOUTS, work);
    this.#server.maxConnections = this.#limits.watchers + SPARE_CONNECTIONS;
    this.#server.on('clientError', refuseMalformed);
  }

  /** Where it listens: `http://127.0.0.1:8080`, `https://…` or `unix:/path`. */
  get url(): string {
    const address = this.#server.address();
    if (typeof address === 'string') return `unix:${address}`;
    if (!address) return '';
    const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return `${this.#options.tls ? 'https' : 'http'}://${host}:${address.port}`;
  }

  /** What it did, for metrics: `serialised` counts objects turned into events of watches. */
  get counts(): Readonly<ApiCounts & { readonly serialised: number }> {
    return { ...this.#counts, ...this.#frames };
  }

  /** Ends all watches, then all connections; settles when the socket is closed. */
  async close(): Promise<void> {
    this.#unfollow();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const hub of this.#hubs.values()) hub.close();
    this.#server.closeIdleConnections();
    const cancel = this.#options.clock.schedule(CLOSE_GRACE_MS, () =>
      this.#server.closeAllConnections(),
    );
    await closed;
    cancel();
    this.#slices.end();
  }

  #worker(address: ListenAddress): RequestWorker {
    const {
      objects,
      clock,
      random,
      log,
      access,
      tls,
      extraResources = [],
      version = '0',
    } = this.#options;
    const resources = [...storedResources(objects), ...extraResources];
    const { bodyBytes, bodiesBytes } = this.#limits;
    const tokenFile = access?.tokenFile;
    return new RequestWorker({
      resources,
      documents: new Documents(
        resources.map(({ definition }) => definition),
        version,
      ),
      hubOf: (resource, withBodies) => this.#hubOf(resource, withBodies),
      clock,
      random,
      log,
      slices: this.#slices,
      limits: { mostBytes: bodyBytes, memory: new MemoryBudget(bodiesBytes) },
      bounds: this.#limits,
      counts: this.#counts,
      access: {
        address,
        tokens: tokenFile === undefined ? undefined : new TokenFile(tokenFile, { clock, log }),
        hasClientCa: tls?.clientCa !== undefined,
      },
    });
  }

  #hubOf({ definition, rows }: ServedResource, withBodies: boolean): WatchHub {
    const key = `${definition.group}/${definition.plural}/${withBodies}`;
    const known = this.#hubs.get(key);
    if (known !== undefined) return known;
    const { clock, log } = this.#options;
    const { ringEvents, ringBytes } = this.#limits;
    const hub = new WatchHub({
      rows,
      clock,
      slices: this.#slices,
      log,
      withBodies,
      writer: new RowWriter(definition, clock),
      counter: this.#frames,
      ring: { mostEvents: ringEvents, mostBytes: ringBytes },
    });
    this.#hubs.set(key, hub);
    return hub;
  }

  async #listen(address: ListenAddress): Promise<void> {
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      // It stays: without a listener, a connection that cannot be accepted would end the process.
      server.on('error', reject);
      if (address.kind === 'tcp') server.listen(address.port, address.host, resolve);
      else withPrivateMode(() => server.listen(address.path, resolve));
    }).catch((cause: Error) => {
      const message = `listen: cannot listen on ${this.#options.address}: ${cause.message}`;
      throw new AgentError('unavailable', message, { cause });
    });
    const { tls, clock, log } = this.#options;
    if (!tls || !('setSecureContext' in server)) return;
    this.#unfollow = followTlsFiles(tls, { clock, log }, (material) =>
      server.setSecureContext(material),
    );
  }
}

function storedResources(objects: ObjectStore): readonly ServedResource[] {
  return RESOURCES.flatMap((definition) => {
    const kind = STORED_KINDS.find((each) => each === definition.kind);
    return kind === undefined ? [] : [{ definition, rows: rowsOfKind(objects, kind) }];
  });
}

/** Who has no certificate may have a token: it is for the request to say. */
function clientCertificates({ clientCa }: TlsPaths) {
  return {
    requestCert: clientCa !== undefined,
    rejectUnauthorized: false,
    handshakeTimeout: 10_000,
  };
}

/** What is no HTTP at all gets the shortest answer there is. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status =
    {
      HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
      ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
    }[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
