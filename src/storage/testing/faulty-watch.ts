import type { AgentError } from '#model/agent-error.js';
import type { ProfileKind } from '#model/profile.js';
import type { WatchEvent } from '#model/profile-store.js';
import { unlessAborted } from '#runtime/abort.js';

/** What a watch is about. */
export interface WatchSubject {
  readonly kind: ProfileKind;
  /** Absent: all namespaces. */
  readonly namespace?: string;
}

/** Where the events of a faulty watch come from. */
export interface FaultyWatchOptions extends WatchSubject {
  readonly signal: AbortSignal;
  /** Gives the real watch; called with the first `next`. */
  readonly begin: () => Promise<AsyncIterable<WatchEvent>>;
  /** Holds the watch while it runs: from the first `next` to its end. */
  readonly running: Set<FaultyWatch>;
}

type Told = IteratorResult<WatchEvent, undefined>;

const END = { done: true, value: undefined } as const;
const SILENCE = 'silence';

/** Tells what another watch tells, until it is cut or silenced. */
export class FaultyWatch implements AsyncIterableIterator<WatchEvent> {
  readonly subject: WatchSubject;
  readonly #options: FaultyWatchOptions;
  readonly #events = this.#tell();
  readonly #end = Promise.withResolvers<typeof END>();
  readonly #silence = Promise.withResolvers<typeof SILENCE>();

  constructor(options: FaultyWatchOptions) {
    const { kind, namespace } = options;
    this.#options = options;
    this.subject = { kind, ...(namespace !== undefined && { namespace }) };
    // It may be cut while nobody waits; the next call hears of it.
    this.#end.promise.catch(() => {});
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<WatchEvent, void>> {
    return this.#events.next();
  }

  return(): Promise<IteratorResult<WatchEvent, void>> {
    this.#end.resolve(END);
    return this.#events.return();
  }

  /** Ends it: with `reason` when there is one, else as a server ends a watch that is old. */
  cut(reason?: AgentError): void {
    if (reason === undefined) this.#end.resolve(END);
    else this.#end.reject(reason);
  }

  /** It tells nothing any more, and does not end before it is cut or aborted. */
  silence(): void {
    this.#silence.resolve(SILENCE);
  }

  async *#tell(): AsyncGenerator<WatchEvent, void> {
    const { begin, running } = this.#options;
    let inner: AsyncIterator<WatchEvent> | undefined;
    running.add(this);
    try {
      const begun = await Promise.race([this.#end.promise, begin()]);
      if ('done' in begun) return;
      inner = begun[Symbol.asyncIterator]();
      for (;;) {
        const told = await this.#nextOf(inner);
        if (told.done) return;
        yield told.value;
      }
    } finally {
      running.delete(this);
      await inner?.return?.();
    }
  }

  async #nextOf(inner: AsyncIterator<WatchEvent>): Promise<Told> {
    // A cut comes before what is there to be told, and so does silence.
    const told = await Promise.race([this.#end.promise, this.#silence.promise, inner.next()]);
    if (told !== SILENCE) return told;
    return unlessAborted({ signal: this.#options.signal, what: 'call' }, this.#end.promise);
  }
}
