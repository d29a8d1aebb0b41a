import type { IncomingMessage } from 'node:http';
import { AgentError } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { refusalError } from './api-error.ts';
import type { ClusterAccess, Credentials } from './cluster-access.ts';
import { connectionError, HttpExchange } from './http-exchange.ts';
import { type ListAnswer, listAllPages } from './paged-list.ts';
import { StoppableStream } from './stoppable-stream.ts';
import { readWatch, type WatchLine } from './watch-body.ts';

/** A JSON object whose fields are not checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parameters after the `?`; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** What every call takes. */
export interface CallOptions {
  readonly signal: AbortSignal;
  readonly query?: Query;
  /** Other forms than plain JSON that are welcome, for example {@link METADATA_LIST}. */
  readonly accept?: string;
}

/** What a watch takes. */
export interface WatchCallOptions extends CallOptions {
  /** Without a byte for so long the connection is given up with `unavailable`. Absent: never. */
  readonly idleMs?: number;
}

/** What must hold of an object for it to be deleted; otherwise `conflict`. */
interface DeleteOptions extends CallOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

const PATCH_TYPE = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  'strategic-merge': 'application/strategic-merge-patch+json',
} as const;

/** What a client works with. */
export interface ApiClientOptions {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  /** Of one answer; 64 MiB when absent. A larger one is refused with `exhausted`. */
  readonly maxBodyBytes?: number;
  /** Of one call other than a watch; 30 s when absent. */
  readonly timeoutMs?: number;
}

const MAX_BODY_BYTES = 64 * 1024 * 1024;
/** A Status takes a few hundred bytes. */
const MAX_REFUSAL_BYTES = 256 * 1024;
const TIMEOUT_MS = 30_000;

/**
 * Talks to a Kubernetes API server. Paths begin with `/api` or `/apis`. Every method rejects with an
 * AgentError: `aborted`, `unavailable` (connection, time, overload, credentials; `retryAfterMs` when the server
 * named a time) or as `refusalError` tells.
 */
export class ApiClient {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  readonly #exchange: HttpExchange;
  readonly #maxBodyBytes: number;
  readonly #timeoutMs: number;

  constructor({ access, clock, maxBodyBytes, timeoutMs }: ApiClientOptions) {
    this.#access = access;
    this.#clock = clock;
    this.#exchange = new HttpExchange(access);
    this.#maxBodyBytes = maxBodyBytes ?? MAX_BODY_BYTES;
    this.#timeoutMs = timeoutMs ?? TIMEOUT_MS;
  }

  /** Closes kept connections. Calls under way go on. */
  close(): void {
    this.#exchange.close();
  }

  get(path: string, options: CallOptions): Promise<JsonObject> {
    return this.#call('GET', path, options);
  }

  /**
   * True when something is served at the path; false at a 404, whatever it says, which also a server answers that
   * does not know the kind. Rejects with anything else that is no success.
   */
  exists(path: string, options: CallOptions): Promise<boolean> {
    const what = `GET ${path}`;
    return this.#within(what, options, async (signal) => {
      const response = await this.#send('GET', path, { ...options, signal });
      const isThere = response.statusCode !== 404;
      if (isThere) await checked(response, { what, signal });
      // Nobody reads it, and nobody else can use its connection meanwhile.
      response.destroy();
      return isThere;
    });
  }

  /** All pages of a list, as they were at one moment. */
  list(path: string, options: CallOptions): Promise<ListAnswer> {
    return listAllPages((query) => this.get(path, { ...options, query }), options.query);
  }

  create(path: string, object: object, options: CallOptions): Promise<JsonObject> {
    return this.#call('POST', path, { ...options, body: object });
  }

  update(path: string, object: object, options: CallOptions): Promise<JsonObject> {
    return this.#call('PUT', path, { ...options, body: object });
  }

  patch(
    path: string,
    patch: object,
    options: CallOptions & { readonly type: keyof typeof PATCH_TYPE },
  ): Promise<JsonObject> {
    return this.#call('PATCH', path, {
      ...options,
      body: patch,
      contentType: PATCH_TYPE[options.type],
    });
  }

  delete(path: string, options: DeleteOptions): Promise<JsonObject> {
    const { preconditions } = options;
    const body = preconditions && { kind: 'DeleteOptions', apiVersion: 'v1', preconditions };
    return this.#call('DELETE', path, { ...options, ...(body && { body }) });
  }

  /**
   * The lines of a watch, each checked to be `{type, object}`; an `ERROR` line rejects as its Status says.
   * It ends when the server closes it. Leaving it, or aborting, closes the connection.
   */
  watch(path: string, options: WatchCallOptions): AsyncIterableIterator<WatchLine> {
    const { idleMs } = options;
    const clock = this.#clock;
    const open = (inner: AbortSignal) =>
      this.#answer('GET', path, {
        ...options,
        query: { ...options.query, watch: true },
        signal: inner,
      });
    return new StoppableStream(options.signal, (signal) =>
      readWatch({ open, clock, signal, idleMs, what: `watch ${path}` }),
    );
  }

  #call(method: string, path: string, options: Call): Promise<JsonObject> {
    const what = `${method} ${path}`;
    return this.#within(what, options, async (signal) => {
      const response = await this.#answer(method, path, { ...options, signal });
      const text = await bodyOf(response, { what, signal, maxBytes: this.#maxBodyBytes });
      return jsonObject(text, what);
    });
  }

  #within<T>(what: string, { signal }: CallOptions, work: (signal: AbortSignal) => Promise<T>) {
    return withBudget({ clock: this.#clock, budgetMs: this.#timeoutMs, signal, what }, work);
  }

  /** The answer when it is a success. */
  async #answer(method: string, path: string, options: Call): Promise<IncomingMessage> {
    const response = await this.#send(method, path, options);
    return checked(response, { what: `${method} ${path}`, signal: options.signal });
  }

  /** Whatever is answered. Credentials that are refused are renewed once. */
  async #send(method: string, path: string, options: Call): Promise<IncomingMessage> {
    const { signal } = options;
    const send = (credentials: Credentials) =>
      this.#exchange.send({ ...httpRequest(method, path, options), credentials, signal });
    const credentials = await this.#access.credentials({ signal });
    const response = await send(credentials);
    if (response.statusCode !== 401) return response;
    const renewed = await this.#access.credentials({ signal, refused: credentials });
    if (isSame(renewed, credentials)) return response;
    response.destroy();
    return await send(renewed);
  }
}

/** The answer when it is a success; throws what it means otherwise. */
async function checked(
  response: IncomingMessage,
  { what, signal }: Readonly<{ what: string; signal: AbortSignal }>,
): Promise<IncomingMessage> {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return response;
  const text = await bodyOf(response, { what, signal, maxBytes: MAX_REFUSAL_BYTES });
  const retryAfter = response.headers['retry-after'];
  throw refusalError({ status, body: parsedOr(text), retryAfter, what });
}

interface Call extends CallOptions {
  readonly body?: object;
  readonly contentType?: string;
}

function httpRequest(method: string, path: string, { query, accept, body, contentType }: Call) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  return {
    method,
    path: given.length === 0 ? path : `${path}?${search}`,
    headers: {
      accept: accept ? `${accept},application/json` : 'application/json',
      'user-agent': 'hullwatch',
      ...(body && { 'content-type': contentType ?? 'application/json' }),
    },
    body: body && JSON.stringify(body),
  };
}

async function bodyOf(
  response: IncomingMessage,
  { what, signal, maxBytes }: Readonly<{ what: string; signal: AbortSignal; maxBytes: number }>,
): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) {
        throw new AgentError('exhausted', `${what}: expected at most ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (reason) {
    throw connectionError(what, reason, signal);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function jsonObject(text: string, what: string): JsonObject {
  const value = parsedOr(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw new AgentError('unavailable', `${what}: expected a JSON object, got ${text.slice(0, 80)}`);
}

function isSame(a: Credentials, b: Credentials): boolean {
  return (
    a.authorization === b.authorization &&
    a.clientCertificate === b.clientCertificate &&
    a.clientKey === b.clientKey
  );
}
