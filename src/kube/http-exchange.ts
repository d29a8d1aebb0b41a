import type { Agent, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as SecureAgent, request as sendSecure } from 'node:https';
import { AgentError } from '#model/agent-error.js';
import { http } from '#runtime/plain-http.js';
import type { ClusterAccess, Credentials } from './cluster-access.ts';

/** A peer that went away without a word is found out by the kernel after this and ten seconds more. */
const KEEP_ALIVE_MS = 15_000;

/** One request, ready to be sent. */
export interface HttpRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
}

/** Sends requests to one server over connections that are kept. */
export class HttpExchange {
  readonly #access: ClusterAccess;
  readonly #agent: Agent | SecureAgent;
  readonly #isSecure: boolean;
  readonly #target: RequestOptions;
  readonly #prefix: string;

  /** Throws `invalid` when the address of the server is none. */
  constructor(access: ClusterAccess) {
    const { target, prefix, isSecure } = targetOf(access.server);
    this.#access = access;
    this.#target = target;
    this.#prefix = prefix;
    this.#isSecure = isSecure;
    const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS };
    this.#agent = isSecure ? new SecureAgent(options) : new http.Agent(options);
  }

  /** Closes the connections that nobody uses. */
  close(): void {
    this.#agent.destroy();
  }

  /**
   * The answer, its body unread. Aborting ends the exchange whenever it happens and frees the connection.
   * Rejects with `unavailable` or `aborted`.
   */
  async send(request: HttpRequest): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(request);
    } catch (reason) {
      if (!(reason instanceof StaleConnection)) throw reason;
      return await this.#sendOnce(request);
    }
  }

  #sendOnce({ credentials, body, signal, ...request }: HttpRequest): Promise<IncomingMessage> {
    const options: RequestOptions = {
      ...this.#target,
      method: request.method,
      path: `${this.#prefix}${request.path}`,
      headers: {
        ...request.headers,
        ...(credentials.authorization && { authorization: credentials.authorization }),
        ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
      },
      agent: this.#agent,
      signal,
    };
    return new Promise((resolve, reject) => {
      const call = this.#isSecure
        ? sendSecure({ ...options, ...this.#tls(credentials) })
        : http.request(options);
      call.on('error', (reason: Error) => {
        const isStale = call.reusedSocket && request.method === 'GET' && !signal.aborted;
        const what = `${request.method} ${request.path}`;
        reject(isStale ? new StaleConnection() : connectionError(what, reason, signal));
      });
      call.on('response', (response) => {
        // A body that breaks off is told to whoever reads it; when nobody does, nobody needs to know.
        response.on('error', () => {});
        resolve(response);
      });
      call.end(body);
    });
  }

  #tls(credentials: Credentials) {
    const { serverName, isInsecure } = this.#access;
    const { certificateAuthority: ca, clientCertificate: cert, clientKey: key } = credentials;
    return {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(serverName !== undefined && { servername: serverName }),
      ...(isInsecure && { rejectUnauthorized: false }),
    };
  }
}

/** What a broken connection means: `aborted` when that was asked for, else `unavailable`. */
export function connectionError(what: string, reason: unknown, signal: AbortSignal): AgentError {
  if (reason instanceof AgentError) return reason;
  if (signal.reason instanceof AgentError) return signal.reason;
  if (signal.aborted) return new AgentError('aborted', `${what} was aborted`, { cause: reason });
  const { message, code } = reason as { readonly message?: string; readonly code?: string };
  const said = message || code || String(reason);
  return new AgentError('unavailable', `${what}: ${said}`, { cause: reason });
}

/** The server closed a kept connection just when it was used again: it has seen nothing of the request. */
class StaleConnection extends Error {}

function targetOf(server: string) {
  if (server.startsWith('unix:')) {
    const socketPath = server.slice('unix:'.length);
    return { target: { socketPath, host: 'localhost' }, prefix: '', isSecure: false };
  }
  const url = URL.parse(server);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new AgentError(
      'invalid',
      `server "${server}": expected https://…, http://… or unix:/path`,
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'https:';
  const port = url.port || (isSecure ? 443 : 80);
  return { target: { host, port }, prefix: url.pathname.replace(/\/+$/, ''), isSecure };
}
