import type { RawRecord } from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';

interface RecordAgeParts {
  readonly clock: Clock;
  /**
   * Times of records are of our own sensor's clock, which nobody sets. Those of others may be of any clock, and of any day:
   * then a record is as old as its time here.
   */
  readonly areTimesOurs: boolean;
}

/**
 * How late records are judged. No age comes from the system's clock, which can be set at any time: a jump of it says nothing
 * about the agent.
 */
export class RecordAge {
  readonly #parts: RecordAgeParts;
  /**
   * How far our sensor's clock is ahead of the monotonic one, as far as is known: since nothing comes before it happened, a record
   * can only raise it. The machine's sleep does, which the monotonic clock leaves out.
   */
  #aheadMs: number | undefined;
  /** Of the records that came since it was last asked. */
  #worstMs = 0;
  /** The one that waited first when it was last asked, and since when it has been seen there. */
  #waiting: { readonly firstMs: number; readonly sinceMs: number } | undefined;

  constructor(parts: RecordAgeParts) {
    this.#parts = parts;
  }

  /** Takes note of a batch of a source; a source that begins says so in the first record of one. */
  came([first]: readonly RawRecord[]): void {
    const { clock, areTimesOurs } = this.#parts;
    if (first === undefined || !areTimesOurs) return;
    const nowMs = clock.monotonic();
    if (first.type === 'ready') this.#aheadMs = first.timeMs - nowMs;
    // The time of what is damaged is when it was read.
    if (this.#aheadMs === undefined || first.type === 'damaged') return;
    this.#aheadMs = Math.max(this.#aheadMs, first.timeMs - nowMs);
    this.#worstMs = Math.max(this.#worstMs, nowMs + this.#aheadMs - first.timeMs);
  }

  /**
   * How old the oldest record was that came, or that waits, since this was last asked: in milliseconds. `firstWaitingMs`:
   * when the first that waits happened, by its source; undefined when none waits.
   */
  takeMs(firstWaitingMs: number | undefined): number {
    const worstMs = Math.max(this.#worstMs, this.#waitedMs(firstWaitingMs));
    this.#worstMs = 0;
    return worstMs;
  }

  #waitedMs(firstMs: number | undefined): number {
    const nowMs = this.#parts.clock.monotonic();
    if (firstMs === undefined) this.#waiting = undefined;
    else if (this.#waiting?.firstMs !== firstMs) this.#waiting = { firstMs, sinceMs: nowMs };
    return this.#waiting === undefined ? 0 : nowMs - this.#waiting.sinceMs;
  }
}
