import { readFile } from 'node:fs/promises';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';

/** The kubelet renews tokens an hour before they end: once a minute is often enough. */
const READ_AGAIN_MS = 60_000;

/** A small text file that others renew, read again when what is kept is a minute old. */
export class KeptFile {
  readonly #path: string;
  readonly #field: string;
  readonly #clock: Clock;
  #text: string | undefined;
  #readMs = Number.NEGATIVE_INFINITY;

  /** @param field what refers to the file, for messages: `kubeconfig: users[0].user.tokenFile` */
  constructor(path: string, field: string, clock: Clock) {
    this.#path = path;
    this.#field = field;
    this.#clock = clock;
  }

  /**
   * What the file says, without white space around it. With `isStale` it is read in any case. A file that cannot be read any more
   * says what it said before; one that never could rejects with `unavailable`, an empty one with `invalid`.
   */
  async read({ isStale = false }: { readonly isStale?: boolean } = {}): Promise<string> {
    const nowMs = this.#clock.monotonic();
    if (this.#text !== undefined && !isStale && nowMs - this.#readMs < READ_AGAIN_MS) {
      return this.#text;
    }
    try {
      const text = (await readFile(this.#path, 'utf8')).trim();
      if (text === '') {
        throw new AgentError(
          'invalid',
          `${this.#field}: ${this.#path}: expected content, it is empty`,
        );
      }
      this.#text = text;
    } catch (reason) {
      if (this.#text === undefined) throw this.#failed(reason);
    }
    this.#readMs = nowMs;
    return this.#text;
  }

  #failed(reason: unknown): AgentError {
    if (reason instanceof AgentError) return reason;
    const { message } = AgentError.from(reason);
    return new AgentError('unavailable', `${this.#field}: ${message}`, { cause: reason });
  }
}
