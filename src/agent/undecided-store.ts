import { AgentError } from '#model/agent-error.js';
import type { ProfileStore } from '#model/profile-store.js';
import { Backoff } from '#runtime/backoff.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { OpenedStore } from './opened-store.ts';
import type { Merger } from './who-merges.ts';

/** Waits between questions. */
const ASK_AGAIN = { firstMs: 1_000, maxMs: 30_000 };

interface UndecidedStoreParts {
  /** Why it is not known yet. */
  readonly first: AgentError;
  readonly ask: (signal: AbortSignal) => Promise<Merger>;
  readonly open: (merger: Merger) => OpenedStore;
  /** Lets go of what {@link open} would have taken. */
  readonly close: () => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/**
 * A cluster's store while nobody answers who merges reports there. Until that is known every call rejects with
 * `unavailable`; then it is the store that fits.
 */
export class UndecidedStore implements OpenedStore {
  readonly profiles: ProfileStore;
  readonly #parts: UndecidedStoreParts;
  #error: AgentError;
  #opened: OpenedStore | undefined;

  constructor(parts: UndecidedStoreParts) {
    this.#parts = parts;
    this.#error = parts.first;
    this.profiles = profilesOf(() => this.#decided());
  }

  nudge(): void {
    this.#opened?.nudge();
  }

  /** Asks until somebody answers. Rejects with what asking again cannot mend. */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    const { clock, random, log } = this.#parts;
    const backoff = new Backoff(ASK_AGAIN, random);
    log.warn('the store is not there yet', errorFields(this.#error));
    while (!signal.aborted && this.#opened === undefined) {
      const { retryAfterMs = 0 } = this.#error;
      await clock.sleep(Math.max(backoff.next(), retryAfterMs), signal).catch(() => {});
      if (!signal.aborted) await this.#askOnce(signal);
    }
    await this.#opened?.run({ signal });
  }

  trouble(): string | undefined {
    return this.#opened?.trouble?.();
  }

  async finish(): Promise<void> {
    await this.#opened?.finish();
  }

  async close(): Promise<void> {
    if (this.#opened) await this.#opened.close();
    else this.#parts.close();
  }

  async #askOnce(signal: AbortSignal): Promise<void> {
    const { ask, open, log } = this.#parts;
    try {
      const merger = await ask(signal);
      this.#opened = open(merger);
      log.info('the store is there', { merger });
    } catch (reason) {
      const error = AgentError.from(reason);
      if (error.code === 'aborted') return;
      if (!error.isRetried) throw error;
      this.#error = error;
      log.debug('the store is not there yet', errorFields(error));
    }
  }

  #decided(): ProfileStore {
    if (this.#opened) return this.#opened.profiles;
    const { message, retryAfterMs } = this.#error;
    throw new AgentError(
      'unavailable',
      message,
      retryAfterMs === undefined ? {} : { retryAfterMs },
    );
  }
}

/** Asks `decided` with each call. */
function profilesOf(decided: () => ProfileStore): ProfileStore {
  return {
    get: async (kind, key, options) => decided().get(kind, key, options),
    list: async (kind, options) => decided().list(kind, options),
    watch: (kind, options) => ({
      [Symbol.asyncIterator]: () => {
        try {
          return decided().watch(kind, options)[Symbol.asyncIterator]();
        } catch (reason) {
          return { next: () => Promise.reject(reason) };
        }
      },
    }),
    create: async (kind, object, options) => decided().create(kind, object, options),
    update: async (kind, object, options) => decided().update(kind, object, options),
    delete: async (kind, key, options) => decided().delete(kind, key, options),
  };
}
