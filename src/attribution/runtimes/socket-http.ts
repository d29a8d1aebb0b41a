import type { Agent, IncomingMessage } from 'node:http';
import { AgentError } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { http } from '#runtime/plain-http.js';

const CALL_BUDGET_MS = 5_000;
/** Of one answer, and of one line of a stream. */
const MAX_ANSWER_CHARS = 16 * 1024 * 1024;
/** Calls under way; more wait for one of these. */
const MAX_CONNECTIONS = 8;

interface Call {
  readonly signal: AbortSignal;
}

/**
 * HTTP over a unix socket. Rejects with `unavailable` when nobody answers within five seconds, or with a status of 500 and
 * above, with `not-found` for 404, `invalid` for any other refusal, `too-large` for an answer above 16 MiB, `aborted` as named.
 */
export class SocketHttp {
  readonly #socketPath: string;
  readonly #clock: Clock;
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });

  constructor({ socketPath, clock }: { readonly socketPath: string; readonly clock: Clock }) {
    this.#socketPath = socketPath;
    this.#clock = clock;
  }

  /** The body of the answer. */
  get(path: string, { signal }: Call): Promise<string> {
    const what = `GET ${path}`;
    const budget = { clock: this.#clock, budgetMs: CALL_BUDGET_MS, signal, what };
    return withBudget(budget, async (callSignal) => {
      const response = await this.#open(path, { signal: callSignal, agent: this.#agent });
      const body = await bodyOf(response);
      const { statusCode = 0 } = response;
      if (statusCode === 200) return body;
      throw refusal(statusCode, `${what}: ${statusCode} ${body.slice(0, 200).trim()}`);
    });
  }

  /** Gives the lines of an answer until it ends or `signal` aborts. The five seconds are for its head; lines may come whenever they will. */
  async lines(
    path: string,
    {
      signal,
      onOpen,
      onLine,
    }: Call & { readonly onOpen: () => void; readonly onLine: (line: string) => void },
  ): Promise<void> {
    try {
      const response = await this.#openStream(path, signal);
      const { statusCode = 0 } = response;
      if (statusCode !== 200) {
        response.destroy();
        throw refusal(statusCode, `GET ${path}: ${statusCode}`);
      }
      onOpen();
      await splitLines(response, onLine);
    } catch (reason) {
      if (!signal.aborted) throw failure(reason, path);
    }
  }

  /** Ends the connections that wait for further calls. */
  close(): void {
    this.#agent.destroy();
  }

  /** The head of an answer whose body has all the time until `signal` aborts. */
  #openStream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const budget = { clock: this.#clock, budgetMs: CALL_BUDGET_MS, signal, what: `GET ${path}` };
    return withBudget(budget, (headSignal) => {
      // Once the head is there, `headSignal` never aborts any more.
      const either = AbortSignal.any([signal, headSignal]);
      return this.#open(path, { signal: either, agent: undefined });
    });
  }

  #open(
    path: string,
    { signal, agent }: Call & { readonly agent: Agent | undefined },
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      http
        .request({
          ...{ path, signal, socketPath: this.#socketPath },
          headers: { host: 'localhost' },
          agent: agent ?? false,
        })
        .on('response', resolve)
        .on('error', (reason) => reject(failure(reason, path)))
        .end();
    });
  }
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > MAX_ANSWER_CHARS)
      throw new AgentError('too-large', 'the answer is too large');
  }
  return body;
}

async function splitLines(
  response: IncomingMessage,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_ANSWER_CHARS) throw new AgentError('too-large', 'a line is too large');
    for (const line of lines) if (line.trim() !== '') onLine(line);
  }
}

function refusal(statusCode: number, message: string): AgentError {
  if (statusCode === 404) return new AgentError('not-found', message);
  return new AgentError(statusCode >= 500 ? 'unavailable' : 'invalid', message);
}

function failure(reason: unknown, path: string): AgentError {
  if (reason instanceof AgentError) return reason;
  const { message } = AgentError.from(reason);
  return new AgentError('unavailable', `GET ${path}: ${message}`, { cause: reason });
}
