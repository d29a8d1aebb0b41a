import type { AgentError } from '#model/agent-error.js';
import { errorFields, type LogFields, type Logger } from '#runtime/log.js';

/**
 * What is wrong with something that is tried again and again. An error is a warning once: when it is not the one that
 * is known, or when all was well in between.
 */
export class CurrentError {
  readonly #log: Logger;
  readonly #message: string;
  #error: AgentError | undefined;

  /** `message` is what the log says of each error. */
  constructor(log: Logger, message: string) {
    this.#log = log;
    this.#message = message;
  }

  /** Undefined while all is well. */
  get error(): AgentError | undefined {
    return this.#error;
  }

  /** It failed, in this way. */
  failed(error: AgentError, fields: LogFields = {}): void {
    const isKnown = this.#error?.code === error.code && this.#error.message === error.message;
    this.#error = error;
    const level = isKnown ? 'debug' : 'warn';
    this.#log[level](this.#message, { ...fields, ...errorFields(error) });
  }

  /** It went well. */
  passed(): void {
    this.#error = undefined;
  }
}
