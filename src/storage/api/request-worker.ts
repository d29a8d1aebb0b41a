import type { IncomingMessage, ServerResponse } from 'node:http';
import { AgentError } from '#model/agent-error.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { type AccessRules, authorise } from './access.ts';
import {
  answerRequest,
  type HandlerSources,
  refusalAnswer,
  type Verb,
  verbOf,
} from './api-handler.ts';
import type { ApiLimits } from './api-limits.ts';
import type {
  Answer,
  ApiRequest,
  StreamedAnswer,
  WatchAnswer,
  WholeAnswer,
} from './api-request.ts';
import { HEALTH_PATHS } from './documents.ts';
import { QueryValues } from './query-values.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';
import type { ServedResource } from './resource-rows.ts';
import { ResponseStream } from './response-stream.ts';
import { Refusal, refusal } from './status.ts';
import { type RequestSubject, refusalIn, statusOfError } from './status-of-error.ts';
import { UnreadAnswers } from './unread-answers.ts';

/** What a server did since it began. */
export interface ApiCounts {
  requests: number;
  /** Answers from 400 to 499. */
  refused: number;
  /** Answers from 500 on. */
  failed: number;
  inFlight: number;
  watchers: number;
}

/** What is needed to work on a request. */
export interface WorkerSources extends HandlerSources {
  readonly resources: readonly ServedResource[];
  readonly access: AccessRules;
  readonly bounds: ApiLimits;
  readonly log: Logger;
  readonly counts: ApiCounts;
}

/** How long a client that was refused may go on sending, so that it reads why. */
const LINGER_MS = 1_000;

const JSON_TYPE = 'application/json';

/** Works on requests, one call for each. Whatever happens, there is an answer, or the client is gone. */
export class RequestWorker {
  readonly #sources: WorkerSources;
  readonly #unread: UnreadAnswers;

  constructor(sources: WorkerSources) {
    this.#sources = sources;
    this.#unread = new UnreadAnswers(sources.bounds.unreadBytes, sources.clock);
  }

  /** Answers a request. Never rejects. */
  async work(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { counts, log } = this.#sources;
    counts.requests += 1;
    const controller = new AbortController();
    // To abort what is done already would cost more than many a request.
    response.once('close', () => {
      if (!response.writableFinished) controller.abort();
    });
    const subject: { at: RequestSubject } = { at: { verb: incoming.method ?? '' } };
    try {
      await this.#answer({ incoming, response, signal: controller.signal }, subject);
    } catch (reason) {
      if (response.headersSent || response.destroyed) {
        if (!isClientGone(reason)) {
          log.warn('answer was cut off', { path: shownPath(incoming), ...errorFields(reason) });
        }
        response.destroy();
        return;
      }
      await this.#refuse({ incoming, response }, reason, subject.at);
    }
  }

  async #answer(
    { incoming, response, signal }: Exchange & { readonly signal: AbortSignal },
    subject: { at: RequestSubject },
  ): Promise<void> {
    const { resources, access } = this.#sources;
    const [path = '', ...rest] = (incoming.url ?? '').split('?');
    if (!path.startsWith('/')) throw refusal('BadRequest', 'expected a path that begins with /');
    if (!HEALTH_PATHS.includes(path.slice(1))) authorise(incoming, access);
    const target = parseTarget(path, resources);
    const query = new QueryValues(rest.join('?'));
    const request: ApiRequest = { incoming, target, query, signal };
    subject.at = subjectOf(incoming, target);
    const verb = verbOf(request);
    if (verb) subject.at = { ...subject.at, verb };
    await this.#admitted(request, verb, response);
  }

  async #admitted(
    request: ApiRequest,
    verb: Verb | undefined,
    response: ServerResponse,
  ): Promise<void> {
    const { counts, bounds } = this.#sources;
    // Whoever asks whether the server is well is told also when it has much to do.
    const isHealth = isHealthRequest(request.target);
    const [kind, most] =
      verb === 'watch'
        ? (['watchers', bounds.watchers] as const)
        : (['inFlight', bounds.inFlight] as const);
    if (counts[kind] >= most && !isHealth) {
      throw refusal('TooManyRequests', 'too many requests, please try again later', {
        retryAfterSeconds: 1,
      });
    }
    counts[kind] += 1;
    try {
      const answer = await answerRequest(request, verb, this.#sources);
      await this.#send(answer, { incoming: request.incoming, response });
    } finally {
      counts[kind] -= 1;
    }
  }

  async #send(answer: Answer, exchange: Exchange): Promise<void> {
    if ('parts' in answer) return this.#sendParts(answer, exchange);
    if ('tell' in answer) return this.#sendWatch(answer, exchange);
    this.#sendWhole(answer, exchange);
  }

  async #sendParts({ parts }: StreamedAnswer, { incoming, response }: Exchange): Promise<void> {
    let part = await parts.next();
    response.writeHead(200, { 'content-type': JSON_TYPE });
    if (incoming.method === 'HEAD') {
      await parts.return?.();
      response.end();
      return;
    }
    const stream = new ResponseStream(response, this.#sources.clock);
    while (!part.done) {
      stream.write(part.value);
      await stream.room();
      part = await parts.next();
    }
    response.end();
  }

  async #sendWatch({ tell, done }: WatchAnswer, { incoming, response }: Exchange): Promise<void> {
    try {
      // What a dead client leaves behind is found by the kernel.
      incoming.socket.setKeepAlive(true, 30_000);
      response.writeHead(200, { 'content-type': JSON_TYPE, 'cache-control': 'no-cache, private' });
      response.flushHeaders();
      await tell(new ResponseStream(response, this.#sources.clock));
    } finally {
      done();
      response.end();
    }
  }

  async #refuse(
    { incoming, response }: Exchange,
    reason: unknown,
    subject: RequestSubject,
  ): Promise<void> {
    const { counts, log, clock } = this.#sources;
    const status = statusOfError(reason, subject);
    if (status.code >= 500) counts.failed += 1;
    else counts.refused += 1;
    if (status.code === 500) {
      log.error('request failed', { path: shownPath(incoming), ...errorFields(reason) });
    }
    const refused = refusalIn(reason) ?? new Refusal(status);
    if (!incoming.complete) {
      response.setHeader('connection', 'close');
      incoming.resume();
      const cancel = clock.schedule(LINGER_MS, () => incoming.destroy());
      response.once('close', cancel);
    }
    this.#sendWhole(refusalAnswer(refused), { incoming, response });
  }

  #sendWhole({ status, headers = {}, body }: WholeAnswer, { incoming, response }: Exchange): void {
    response.writeHead(status, {
      'content-type': JSON_TYPE,
      'cache-control': 'no-cache, private',
      'content-length': Buffer.byteLength(body),
      ...(headers as Record<string, string | string[]>),
    });
    this.#unread.end(response, incoming.method === 'HEAD' ? undefined : body);
  }
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
}

function isClientGone(reason: unknown): boolean {
  if (AgentError.from(reason).code === 'aborted') return true;
  return reason instanceof Error && 'code' in reason && reason.code === 'ECONNRESET';
}

function isHealthRequest(target: RequestTarget): boolean {
  return target.type === 'document' && HEALTH_PATHS.includes(target.path.join('/'));
}

function subjectOf({ method = '' }: IncomingMessage, target: RequestTarget): RequestSubject {
  if (target.type === 'document') return { verb: method };
  const { resource, name } = target;
  return { verb: method, definition: resource.definition, ...(name !== undefined && { name }) };
}

function shownPath({ method, url = '' }: IncomingMessage): string {
  return `${method} ${url.split('?')[0]?.slice(0, 200)}`;
}
