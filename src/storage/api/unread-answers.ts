import type { Clock } from '#runtime/clock.js';

/** What of a response is needed here. */
export interface AnswerSink {
  end(body?: string | Uint8Array): unknown;
  destroy(): unknown;
  once(event: 'close', run: () => void): unknown;
}

/** As long as a request may take to arrive, its answer may take to be read. */
const LONGEST_MS = 60_000;

interface Unread {
  readonly bytes: number;
  readonly sinceMs: number;
}

/**
 * Whole answers that their readers have not taken yet. They are in memory until then, so a reader who takes
 * too long is let go, and when too much waits, whoever has waited the longest.
 */
export class UnreadAnswers {
  readonly #mostBytes: number;
  readonly #clock: Clock;
  /** In the order in which they were given. */
  readonly #waiting = new Map<AnswerSink, Unread>();
  #bytes = 0;

  constructor(mostBytes: number, clock: Clock) {
    this.#mostBytes = mostBytes;
    this.#clock = clock;
  }

  /** Bytes that wait for their readers. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Ends a response, and looks after it until it was read. */
  end(sink: AnswerSink, body: string | Uint8Array | undefined): void {
    const bytes = body === undefined ? 0 : Buffer.byteLength(body);
    const sinceMs = this.#clock.monotonic();
    this.#waiting.set(sink, { bytes, sinceMs });
    this.#bytes += bytes;
    sink.once('close', () => this.#forget(sink));
    if (body === undefined) sink.end();
    else sink.end(body);
    this.#letGo(sinceMs);
  }

  /** The newest stays: it may be read at once. */
  #letGo(nowMs: number): void {
    for (const [sink, { sinceMs }] of this.#waiting) {
      const isLate = nowMs - sinceMs >= LONGEST_MS;
      if (!isLate && (this.#bytes <= this.#mostBytes || this.#waiting.size === 1)) return;
      this.#forget(sink);
      sink.destroy();
    }
  }

  #forget(sink: AnswerSink): void {
    this.#bytes -= this.#waiting.get(sink)?.bytes ?? 0;
    this.#waiting.delete(sink);
  }
}
