import type { AttributedEvent } from '#model/attributed-event.js';
import type { EventAccounting } from '#model/event-accounting.js';
import type { EventType, RawRecord, SuppressedRecord } from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';
import { type Random, systemRandom } from '#runtime/random.js';
import { type DedupCount, DedupCounts } from './dedup-counts.ts';
import { EventDedup, type EventDedupOptions } from './event-dedup.ts';
import { EventOrder, type EventOrderOptions } from './event-order.ts';

export interface PipelineOptions {
  readonly order: EventOrderOptions;
  readonly dedup: EventDedupOptions;
}

/** What the pipeline needs of those around it. */
export interface PipelineParts {
  readonly clock: Clock;
  /** For seeds that no process can know. */
  readonly random?: Random;
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
  readonly #dedup: EventDedup;
  readonly #onEvent: PipelineParts['onEvent'];
  readonly #counts = new DedupCounts();

  constructor({ clock, random = systemRandom, accounting, options, onEvent }: PipelineParts) {
    this.#accounting = accounting;
    this.#onEvent = onEvent;
    this.#dedup = new EventDedup(options.dedup, random);
    this.#order = new EventOrder(clock, options.order, (event) => this.#release(event));
  }

  accept(event: AttributedEvent): void {
    this.#order.push(event);
  }

  /** A batch begins of which {@link arrived} will be told; see {@link EventOrder.arriving}. */
  arriving(): void {
    this.#order.arriving();
  }

  /**
   * Tells a whole batch of a source after its events were accepted, so that they need not wait for the window; see
   * {@link EventOrder.arrived}. For the live sensor alone: the numbers of other sources, and of several together,
   * say in which order things came and not in which they happened.
   */
  arrived(records: readonly RawRecord[]): void {
    this.#order.arrived(records);
  }

  /** Counts what the kernel side set aside. It has no numbers, so it is in no sum of events. */
  noteSuppressed(record: SuppressedRecord): void {
    this.#counts.suppressed(record);
  }

  /** Lets everything that waits go on, in order. */
  drain(): void {
    this.#order.drain();
  }

  /**
   * Lets the next event of each kind pass, of one container or of all, because it may be judged differently now.
   * Events that wait are among them.
   */
  reopenDedup(containerId?: string): void {
    this.#dedup.reopen(containerId);
  }

  /** How many events wait for earlier ones. */
  get waiting(): number {
    return this.#order.size;
  }

  /** When the first event that waits happened: milliseconds since the Unix epoch. Undefined when none waits. */
  get firstWaitingMs(): number | undefined {
    return this.#order.firstTimeMs;
  }

  /** By type: events that passed, and those that were duplicates here or in the kernel; since the start. */
  get dedupCounts(): ReadonlyMap<EventType, DedupCount> {
    return this.#counts.byType;
  }

  /** By type: events that the kernel side did not tell because nobody asked for them; since the start. */
  get unwantedCounts(): ReadonlyMap<EventType, number> {
    return this.#counts.unwanted;
  }

  #release(event: AttributedEvent): void {
    const { type } = event.event;
    if (this.#dedup.isDuplicate(event)) {
      this.#counts.deduplicated(type);
      this.#accounting.duplicate();
      return;
    }
    this.#counts.passed(type);
    this.#onEvent(event);
    this.#accounting.evaluated();
  }
}
