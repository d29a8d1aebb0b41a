import type { AttributedEvent } from '#model/attributed-event.js';
import type { EventAccounting } from '#model/event-accounting.js';
import type { Clock } from '#runtime/clock.js';
import { EventOrder, type EventOrderOptions } from './event-order.ts';
import { OpenDedup, type OpenDedupOptions } from './open-dedup.ts';

export interface PipelineOptions {
  readonly order: EventOrderOptions;
  readonly dedup: OpenDedupOptions;
}

/** What the pipeline needs of those around it. */
export interface PipelineParts {
  readonly clock: Clock;
  readonly accounting: EventAccounting;
  readonly options: PipelineOptions;
  /** Takes each event that is no duplicate, in order. Must not throw. */
  readonly onEvent: (event: AttributedEvent) => void;
}

/**
 * Orders events and sets duplicates aside. Every event that comes in is counted once, as a
 * duplicate or, after `onEvent` has returned, as evaluated.
 */
export class Pipeline {
  readonly #accounting: EventAccounting;
  readonly #order: EventOrder;
  readonly #dedup: OpenDedup;
  readonly #onEvent: PipelineParts['onEvent'];
  #passedOpens = 0;
  #duplicateOpens = 0;

  constructor({ clock, accounting, options, onEvent }: PipelineParts) {
    this.#accounting = accounting;
    this.#onEvent = onEvent;
    this.#dedup = new OpenDedup(options.dedup);
    this.#order = new EventOrder(clock, options.order, (event) => this.#release(event));
  }

  accept(event: AttributedEvent): void {
    this.#order.push(event);
  }

  /** Lets everything that waits go on, in order. */
  drain(): void {
    this.#order.drain();
  }

  /** Lets the next open of each kind pass, because it may be judged differently now. */
  reopenDedup(): void {
    this.#dedup.reopen();
  }

  /** How many events wait for earlier ones. */
  get waiting(): number {
    return this.#order.size;
  }

  /** When the first event that waits happened: milliseconds since the Unix epoch. Undefined when none waits. */
  get firstWaitingMs(): number | undefined {
    return this.#order.firstTimeMs;
  }

  /** Opens that passed and opens that were duplicates, since the start. */
  get dedupCounts(): { readonly passed: number; readonly deduplicated: number } {
    return { passed: this.#passedOpens, deduplicated: this.#duplicateOpens };
  }

  #release(event: AttributedEvent): void {
    if (event.event.type === 'open') {
      if (this.#dedup.isDuplicate(event.event)) {
        this.#duplicateOpens += 1;
        this.#accounting.duplicate();
        return;
      }
      this.#passedOpens += 1;
    }
    this.#onEvent(event);
    this.#accounting.evaluated();
  }
}
