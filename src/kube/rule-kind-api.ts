import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import type { ApiClient, CallOptions, WatchCallOptions } from './api-client.ts';
import type { ListAnswer } from './paged-list.ts';
import type { WatchLine } from './watch-body.ts';

/** How soon it is looked again whether the server has come to serve the kind: somebody has to install it. */
const LOOK_AGAIN_MS = 60_000;

/**
 * The API of one kind that the server may not serve, as a reflector calls it: nothing is there then, and a look each
 * minute tells when there is.
 */
export class RuleKindApi implements Pick<ApiClient, 'list' | 'watch'> {
  readonly #client: Pick<ApiClient, 'exists' | 'list' | 'watch'>;
  readonly #clock: Clock;
  #isServed = true;

  constructor(client: Pick<ApiClient, 'exists' | 'list' | 'watch'>, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Rejects as `ApiClient.list`, but when the kind is not served: then it is an empty list without a version. */
  async list(path: string, options: CallOptions): Promise<ListAnswer> {
    try {
      const answer = await this.#client.list(path, options);
      this.#isServed = true;
      return answer;
    } catch (reason) {
      if (await this.#isThere(path, options)) throw reason;
      this.#isServed = false;
      return { items: [], resourceVersion: '' };
    }
  }

  watch(path: string, options: WatchCallOptions): AsyncIterableIterator<WatchLine> {
    return this.#isServed ? this.#client.watch(path, options) : this.#silence(options.signal);
  }

  /** True also when nobody can say. */
  async #isThere(path: string, { signal }: CallOptions): Promise<boolean> {
    try {
      return await this.#client.exists(path, { signal, query: { limit: 1 } });
    } catch {
      return true;
    }
  }

  async *#silence(signal: AbortSignal): AsyncGenerator<WatchLine, void> {
    await this.#clock.sleep(LOOK_AGAIN_MS, signal).catch((reason: unknown) => {
      throw AgentError.from(reason);
    });
  }
}
