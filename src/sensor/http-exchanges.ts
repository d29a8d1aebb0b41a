import type { HttpRequestHead } from './http-message.ts';

/** Requests that wait for their answer: more than a busy node has under way at a time. */
const MAX_SOCKETS = 2_048;
/** Bytes of all of them together, as they came: parts of a text keep the whole of it. */
const MAX_BYTES = 4 * 1024 * 1024;
/** The last of the answers that are not the last (RFC 9110 15.2); 101 is one, from which on it is no HTTP any more. */
const LAST_INTERIM_STATUS = 199;
const SWITCHING_PROTOCOLS = 101;

interface Waiting {
  readonly request: HttpRequestHead;
  readonly sizeBytes: number;
}

/**
 * Requests by the socket that they went over, until their answer comes. Of several requests under way on
 * one socket (pipelining) the last counts. Bounded: the oldest request is forgotten first, and its answer is then
 * told without it.
 */
export class HttpExchanges {
  readonly #bySocket = new Map<bigint, Waiting>();
  #bytes = 0;

  /** How many requests wait. */
  get size(): number {
    return this.#bySocket.size;
  }

  /** Remembers what was asked over a socket, in a text of this size. */
  ask(socket: bigint, request: HttpRequestHead, sizeBytes: number): void {
    this.#forget(socket);
    this.#bySocket.set(socket, { request, sizeBytes });
    this.#bytes += sizeBytes;
    while (this.#bySocket.size > MAX_SOCKETS || this.#bytes > MAX_BYTES) {
      const [oldest] = this.#bySocket.keys();
      if (oldest === undefined) return;
      this.#forget(oldest);
    }
  }

  /** What was asked over the socket that this answer came over; undefined when that is not known. */
  answer(socket: bigint, status: number): HttpRequestHead | undefined {
    const waiting = this.#bySocket.get(socket);
    const isInterim = status <= LAST_INTERIM_STATUS && status !== SWITCHING_PROTOCOLS;
    if (waiting && !isInterim) this.#forget(socket);
    return waiting?.request;
  }

  #forget(socket: bigint): void {
    this.#bytes -= this.#bySocket.get(socket)?.sizeBytes ?? 0;
    this.#bySocket.delete(socket);
  }
}
