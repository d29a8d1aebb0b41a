import type { Alert } from '#model/alert.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';

interface AsideLogParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly sink: { readonly name: string };
}

const LINES_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/**
 * Logs alerts that a sink never takes, ten a minute; the next line after a minute in which there were more
 * says how many (`unlogged`). A sink that refuses everything would fill a disk.
 */
export class AsideLog {
  readonly #parts: AsideLogParts;
  /** By the monotonic clock. */
  #endMs = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #unlogged = 0;

  constructor(parts: AsideLogParts) {
    this.#parts = parts;
  }

  /** The alert was set aside. */
  tell({ idempotencyKey, ruleID: ruleId }: Alert): void {
    const { clock, log, sink } = this.#parts;
    const nowMs = clock.monotonic();
    if (nowMs >= this.#endMs) {
      this.#endMs = nowMs + MINUTE_MS;
      this.#lines = 0;
    }
    if (this.#lines >= LINES_PER_MINUTE) {
      this.#unlogged += 1;
      return;
    }
    this.#lines += 1;
    log.warn('alert was set aside: the sink never takes it', {
      ...{ sink: sink.name, idempotencyKey, ruleId },
      ...(this.#unlogged > 0 && { unlogged: this.#unlogged }),
    });
    this.#unlogged = 0;
  }
}
