import { refusal } from './status.ts';

/** Bytes of request bodies in memory, all together. */
export class MemoryBudget {
  readonly #mostBytes: number;
  #usedBytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** Throws `TooManyRequests` when there is no room for so many more. */
  take(bytes: number): void {
    if (this.#usedBytes + bytes > this.#mostBytes) {
      throw refusal('TooManyRequests', 'too many requests with a body at once, try again later', {
        retryAfterSeconds: 1,
      });
    }
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }
}
