import type { Agent, IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as sendSecure } from 'node:https';
import { AgentError } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { http } from '#runtime/plain-http.js';
import { deliveryError } from '../delivery-error.ts';
import { retryAfterMs } from './retry-after.ts';
import { readTlsFiles, type TlsFiles } from './tls-files.ts';
import { visibleText } from './visible-text.ts';

/** Where requests go and how. */
export interface HttpTargetOptions {
  readonly clock: Clock;
  /** With path and query, without user and password. */
  readonly url: URL;
  readonly method: 'POST' | 'PUT';
  /** Made for every request, so that a secret can be renewed in its file. */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly tls?: TlsFiles | undefined;
  /** Of one request, from the first byte out to the last one in. */
  readonly timeoutMs: number;
}

/** One request. */
export interface HttpPost {
  readonly body: string;
  readonly contentType: string;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
}

/** What a receiver has to say fits in here; more is not read. */
const MAX_ANSWER_BYTES = 64 * 1_024;
const MAX_SAID = 200;
/**
 * What a receiver says of the alerts themselves (RFC 9110 15.5.1, 15.5.14, 15.5.16, 15.5.21). Everything else is about
 * itself or about what the options say of it, and will be mended: a token that has expired costs no alert.
 */
const ABOUT_ALERTS: ReadonlySet<number> = new Set([400, 413, 415, 422]);

/** Posts to one address over connections that are kept. */
export class HttpTarget {
  readonly #options: HttpTargetOptions;
  readonly #isSecure: boolean;
  readonly #agent: Agent | SecureAgent;

  constructor(options: HttpTargetOptions) {
    this.#options = options;
    this.#isSecure = options.url.protocol === 'https:';
    const pool = { keepAlive: true, maxSockets: 1 };
    this.#agent = this.#isSecure ? new SecureAgent(pool) : new http.Agent(pool);
  }

  /**
   * Settles when a status below 300 was answered. Rejects with a delivery error: final when the answer blames what was
   * sent (400, 413, 415, 422); not for any other, redirects among them, which are not followed, nor for what breaks.
   */
  async post(post: HttpPost): Promise<void> {
    const { clock, timeoutMs, url } = this.#options;
    const what = `${this.#options.method} ${url.origin}${url.pathname}`;
    const budget = { clock, budgetMs: timeoutMs, signal: post.signal, what };
    try {
      await withBudget(budget, (signal) => this.#exchange({ ...post, signal }, what));
    } catch (reason) {
      if (reason instanceof AgentError) throw reason;
      const { message, code } = reason as { readonly message?: string; readonly code?: string };
      throw deliveryError(`${what}: ${message || code || reason}`, { cause: reason });
    }
  }

  /** Ends the connections that are kept. */
  close(): void {
    this.#agent.destroy();
  }

  async #exchange(post: HttpPost, what: string): Promise<void> {
    const response = await this.#send(post);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) {
      await textOf(response);
      return;
    }
    // What a receiver says is for people only: that it breaks off changes nothing about the status.
    const said = await textOf(response).catch(() => '');
    const isFinal = ABOUT_ALERTS.has(status);
    const waitMs = retryAfterMs(response.headers['retry-after'], this.#options.clock.now());
    throw deliveryError(`${what}: ${status} ${visibleText(said.trim(), MAX_SAID)}`.trim(), {
      isFinal,
      ...(!isFinal && waitMs !== undefined && { retryAfterMs: waitMs }),
    });
  }

  async #send({ body, contentType, idempotencyKey, signal }: HttpPost): Promise<IncomingMessage> {
    const { url, method, headers, tls } = this.#options;
    const options = {
      method,
      signal,
      agent: this.#agent,
      headers: {
        'user-agent': 'hullwatch',
        'content-type': contentType,
        'idempotency-key': idempotencyKey,
        ...(await headers()),
        'content-length': String(Buffer.byteLength(body)),
      },
    };
    const secrets = this.#isSecure ? await readTlsFiles(tls) : {};
    return await new Promise((resolve, reject) => {
      const call = this.#isSecure
        ? sendSecure(url, { ...options, ...secrets })
        : http.request(url, options);
      call.on('error', reject);
      call.on('response', resolve);
      call.end(body);
    });
  }
}

/** The body, so that its connection can be used again; one that is too long costs the connection. */
async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
