import { AgentError } from '#model/agent-error.js';

/**
 * An async generator that can be left while it waits: `return` aborts the signal that the generator got,
 * and a `next` under way is done. When `signal` aborts, `next` rejects with `aborted`. Listens to `signal`
 * from the first `next` to the end only.
 */
export class StoppableStream<T> implements AsyncIterableIterator<T> {
  readonly #generator: AsyncGenerator<T, void>;
  readonly #signal: AbortSignal;
  readonly #inner = new AbortController();
  readonly #onAbort = () => this.#inner.abort(this.#signal.reason);
  #isLeft = false;

  constructor(signal: AbortSignal, generate: (signal: AbortSignal) => AsyncGenerator<T, void>) {
    this.#signal = signal;
    this.#generator = this.#guarded(generate);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<T, void>> {
    return this.#generator.next();
  }

  return(): Promise<IteratorResult<T, void>> {
    this.#isLeft = true;
    this.#inner.abort();
    return this.#generator.return();
  }

  async *#guarded(
    generate: (signal: AbortSignal) => AsyncGenerator<T, void>,
  ): AsyncGenerator<T, void> {
    this.#signal.addEventListener('abort', this.#onAbort, { once: true });
    try {
      this.#refuseAborted();
      for await (const value of generate(this.#inner.signal)) {
        this.#refuseAborted();
        yield value;
        this.#refuseAborted();
      }
    } catch (reason) {
      if (this.#isLeft) return;
      this.#refuseAborted();
      throw reason;
    } finally {
      this.#signal.removeEventListener('abort', this.#onAbort);
      this.#inner.abort();
    }
  }

  #refuseAborted(): void {
    if (!this.#signal.aborted) return;
    throw new AgentError('aborted', 'the watch was aborted', { cause: this.#signal.reason });
  }
}
