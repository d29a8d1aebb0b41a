import type { AttributedEvent } from '#model/attributed-event.js';
import type { Cancel, Clock } from '#runtime/clock.js';

/** How long and how many events wait for earlier ones. */
export interface EventOrderOptions {
  /** Events that arrive at most this much later than a later one still come out in order. */
  readonly windowMs: number;
  /** Above this many the oldest go on at once: order is given up before memory is. */
  readonly capacity: number;
}

/**
 * Puts events of several CPUs into the order of their times, ties by sequence number. An event waits
 * until one that happened `windowMs` later was seen, and at most twice `windowMs` by the clock.
 */
export class EventOrder {
  readonly #clock: Clock;
  readonly #options: EventOrderOptions;
  readonly #onEvent: (event: AttributedEvent) => void;
  #waiting: AttributedEvent[] = [];
  #head = 0;
  #latestMs = Number.NEGATIVE_INFINITY;
  #cancelFlush: Cancel | undefined;

  constructor(clock: Clock, options: EventOrderOptions, onEvent: (event: AttributedEvent) => void) {
    this.#clock = clock;
    this.#options = options;
    this.#onEvent = onEvent;
  }

  /** How many events wait. */
  get size(): number {
    return this.#waiting.length - this.#head;
  }

  push(event: AttributedEvent): void {
    this.#insert(event);
    if (event.event.timeMs > this.#latestMs) {
      this.#latestMs = event.event.timeMs;
      this.#releaseUpTo(this.#latestMs - this.#options.windowMs);
    }
    if (this.size > this.#options.capacity) this.#releaseOldest();
    if (this.size > 0 && !this.#cancelFlush) this.#armFlush();
  }

  /** Lets everything go, in order. */
  drain(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#releaseUpTo(Number.POSITIVE_INFINITY);
  }

  /** Nearly every event is the latest one, so the search from the back ends at once. */
  #insert(event: AttributedEvent): void {
    let place = this.#waiting.length;
    while (place > this.#head && isBefore(event, this.#waiting[place - 1])) place -= 1;
    if (place === this.#waiting.length) this.#waiting.push(event);
    else this.#waiting.splice(place, 0, event);
  }

  #armFlush(): void {
    const seenUntilMs = this.#latestMs;
    this.#cancelFlush = this.#clock.schedule(this.#options.windowMs, () => {
      this.#cancelFlush = undefined;
      this.#releaseUpTo(seenUntilMs);
      if (this.size > 0) this.#armFlush();
    });
  }

  #releaseUpTo(timeMs: number): void {
    for (let next = this.#waiting[this.#head]; next; next = this.#waiting[this.#head]) {
      if (next.event.timeMs > timeMs) break;
      this.#head += 1;
      this.#onEvent(next);
    }
    this.#compact();
  }

  #releaseOldest(): void {
    const oldest = this.#waiting[this.#head];
    if (!oldest) return;
    this.#head += 1;
    this.#onEvent(oldest);
    this.#compact();
  }

  /** Cutting off what was released at half the length keeps the cost of a release constant. */
  #compact(): void {
    if (this.#head === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#head = 0;
    } else if (this.#head > 1_024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
  }
}

function isBefore(event: AttributedEvent, other: AttributedEvent | undefined): boolean {
  if (!other) return false;
  const difference = event.event.timeMs - other.event.timeMs;
  return difference < 0 || (difference === 0 && event.event.seq < other.event.seq);
}
