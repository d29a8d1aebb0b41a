import type { HttpRequestHead } from './http-message.ts';

/** Requests that answers may still come for: more than a busy node has under way at a time. */
const MAX_REQUESTS = 2_048;
/** Bytes of all of them together, as they came: parts of a text keep the whole of it. */
const MAX_BYTES = 2 * 1024 * 1024;

interface Asked {
  readonly request: HttpRequestHead;
  readonly sizeBytes: number;
}

/**
 * Requests by the numbers of the events that told them. Which request an answer is for is known to the kernel side, which
 * names the event; one may stand for many requests alike that were not told, so it is kept beyond its first
 * answer. Bounded: the request that was used least recently is forgotten first, and answers to it are then told without it.
 */
export class HttpExchanges {
  readonly #bySeq = new Map<number, Asked>();
  #bytes = 0;

  /** How many requests are kept. */
  get size(): number {
    return this.#bySeq.size;
  }

  /** Remembers what the event of that number asked, in a text of this size. */
  ask(seq: number, request: HttpRequestHead, sizeBytes: number): void {
    this.#forget(seq);
    this.#bySeq.set(seq, { request, sizeBytes });
    this.#bytes += sizeBytes;
    while (this.#bySeq.size > MAX_REQUESTS || this.#bytes > MAX_BYTES) {
      const [oldest] = this.#bySeq.keys();
      if (oldest === undefined) return;
      this.#forget(oldest);
    }
  }

  /** What the event of that number asked; undefined when that is not known. */
  requestOf(seq: number): HttpRequestHead | undefined {
    const asked = this.#bySeq.get(seq);
    if (asked === undefined) return undefined;
    // The last in the order of the map.
    this.#bySeq.delete(seq);
    this.#bySeq.set(seq, asked);
    return asked.request;
  }

  #forget(seq: number): void {
    this.#bytes -= this.#bySeq.get(seq)?.sizeBytes ?? 0;
    this.#bySeq.delete(seq);
  }
}
