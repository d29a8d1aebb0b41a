import type { IncomingMessage } from 'node:http';
import type { QueryValues } from './query-values.ts';
import type { RequestTarget } from './request-target.ts';
import type { WatchSink } from './watcher.ts';

/** A request that may be worked on. */
export interface ApiRequest {
  readonly incoming: IncomingMessage;
  readonly target: RequestTarget;
  readonly query: QueryValues;
  /** Aborts when the client goes away or the server closes. */
  readonly signal: AbortSignal;
}

/** A request about a served kind. */
export interface ResourceRequest extends ApiRequest {
  readonly target: Extract<RequestTarget, { readonly type: 'resource' }>;
}

/** What goes back. */
export type Answer = WholeAnswer | StreamedAnswer | WatchAnswer;

/** Everything is known. */
export interface WholeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** JSON when the headers name no type. */
  readonly body: string | Uint8Array;
}

/** 200, in parts; an error before the first of them is answered as such. */
export interface StreamedAnswer {
  readonly parts: AsyncIterator<string | Uint8Array>;
}

/** 200 and lines until one side has enough. */
export interface WatchAnswer {
  /** Settles when the watch is to end. Called once, after the headers have gone. */
  readonly tell: (stream: WatchStream) => Promise<void>;
  /** Called in any case, also without `tell`. */
  readonly done: () => void;
}

/** The response of a watch. */
export interface WatchStream {
  readonly sink: WatchSink;
  /** Settles as soon as little waits for the reader; rejects with `aborted` when it went away. */
  readonly room: () => Promise<void>;
  /** Calls `run` whenever the reader has taken what waited. */
  readonly onDrain: (run: () => void) => void;
  /** Settles when the response is closed. */
  readonly closed: Promise<void>;
}

/** JSON with a status. */
export function jsonAnswer(status: number, body: unknown): WholeAnswer {
  return { status, body: `${JSON.stringify(body)}\n` };
}
