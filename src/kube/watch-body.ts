import type { IncomingMessage } from 'node:http';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { refusalError } from './api-error.ts';
import { connectionError } from './http-exchange.ts';
import { LineSplitter } from './line-splitter.ts';

/** One line of a watch. Lines of type `ERROR` are thrown, not told. */
export interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: Readonly<Record<string, unknown>>;
}

/** How a watch is read. */
export interface WatchReading {
  /** Sends the request; the answer is a success. */
  readonly open: (signal: AbortSignal) => Promise<IncomingMessage>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly idleMs: number | undefined;
  /** Names it in messages. */
  readonly what: string;
}

/** Twice what etcd stores in one object, with room for the metadata around it. */
const MAX_LINE_BYTES = 4 * 1024 * 1024;
const TYPES: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/**
 * The lines of a watch. A line cut off by the end of the answer is not told: whoever resumes gets it again.
 * Rejects with `unavailable` when the connection breaks or is idle too long, with `invalid` at a line that
 * is none of Kubernetes' (what it stood for is lost: list anew), with `exhausted` at one too long.
 */
export async function* readWatch(reading: WatchReading): AsyncGenerator<WatchLine, void> {
  const { clock, idleMs, signal, what } = reading;
  const ended = new AbortController();
  const onAbort = () => ended.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const idle = new IdleTimer(clock, idleMs, () =>
    ended.abort(new AgentError('unavailable', `${what}: nothing was heard for ${idleMs} ms`)),
  );
  const lines = new LineSplitter(MAX_LINE_BYTES);
  try {
    const response = await reading.open(ended.signal);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      idle.restart();
      for (const line of lines.push(chunk)) yield watchLine(line, what);
      idle.restart();
    }
  } catch (reason) {
    throw connectionError(what, reason, ended.signal);
  } finally {
    idle.stop();
    signal.removeEventListener('abort', onAbort);
    ended.abort();
  }
}

class IdleTimer {
  readonly #clock: Clock;
  readonly #afterMs: number | undefined;
  readonly #run: () => void;
  #cancel = () => {};

  constructor(clock: Clock, afterMs: number | undefined, run: () => void) {
    this.#clock = clock;
    this.#afterMs = afterMs;
    this.#run = run;
    this.restart();
  }

  restart(): void {
    this.#cancel();
    if (this.#afterMs !== undefined) this.#cancel = this.#clock.schedule(this.#afterMs, this.#run);
  }

  stop(): void {
    this.#cancel();
  }
}

function watchLine(text: string, what: string): WatchLine {
  const { type, object } = parsed(text);
  const isObject = typeof object === 'object' && object !== null;
  if (type === 'ERROR' && isObject) {
    const status = Number((object as { readonly code?: unknown }).code ?? 500);
    throw refusalError({ status, body: object, what });
  }
  if (isObject && TYPES.has(type)) return { type, object } as WatchLine;
  throw new AgentError(
    'invalid',
    `${what}: expected a watch event, got ${JSON.stringify(text.slice(0, 80))}`,
  );
}

function parsed(text: string): { readonly type?: unknown; readonly object?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
