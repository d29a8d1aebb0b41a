import { inBackground } from '#runtime/background.js';
import type { Logger } from '#runtime/log.js';

/** Work that nobody waits for until the end, when all of it is waited for. */
export class TaskSet {
  readonly #log: Logger;
  readonly #running = new Set<Promise<void>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Starts `work`; a failure is logged under `what`. */
  start(what: string, work: () => Promise<unknown>): void {
    const task = inBackground(what, this.#log, work).finally(() => this.#running.delete(task));
    this.#running.add(task);
  }

  /** Settles when all that was started has ended, what is started meanwhile included. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}
