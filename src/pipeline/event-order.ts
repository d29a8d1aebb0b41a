import type { AttributedEvent } from '#model/attributed-event.js';
import type { Cancel, Clock } from '#runtime/clock.js';

/** How long and how many events wait for earlier ones. */
export interface EventOrderOptions {
  /** Events that arrive at most this much later than a later one still come out in order. */
  readonly windowMs: number;
  /** Above this many the oldest go on at once: order is given up before memory is. */
  readonly capacity: number;
}

/** Places in the ring to begin with; it doubles when it is full. A power of two. */
const FIRST_PLACES = 1_024;

/**
 * Puts events of several CPUs into the order of their times, ties by sequence number. An event waits
 * until one that happened `windowMs` later was seen, and at most twice `windowMs` by the clock.
 *
 * Events wait in one ring that is kept and emptied place by place: arrays that come and go under load
 * outlive their youth, and then keep dead events from being collected cheaply.
 */
export class EventOrder {
  readonly #clock: Clock;
  readonly #options: EventOrderOptions;
  readonly #onEvent: (event: AttributedEvent) => void;
  #ring: (AttributedEvent | undefined)[] = emptyRing(FIRST_PLACES);
  #first = 0;
  #size = 0;
  #latestMs = Number.NEGATIVE_INFINITY;
  #cancelFlush: Cancel | undefined;

  constructor(clock: Clock, options: EventOrderOptions, onEvent: (event: AttributedEvent) => void) {
    this.#clock = clock;
    this.#options = options;
    this.#onEvent = onEvent;
  }

  /** How many events wait. */
  get size(): number {
    return this.#size;
  }

  /** When the first that waits happened: milliseconds since the Unix epoch. Undefined when none waits. */
  get firstTimeMs(): number | undefined {
    return this.#ring[this.#first]?.event.timeMs;
  }

  push(event: AttributedEvent): void {
    this.#insert(event);
    if (event.event.timeMs > this.#latestMs) {
      this.#latestMs = event.event.timeMs;
      this.#releaseUpTo(this.#latestMs - this.#options.windowMs);
    }
    if (this.#size > this.#options.capacity) this.#releaseFirst();
    if (this.#size > 0 && !this.#cancelFlush) this.#armFlush();
  }

  /** Lets everything go, in order. */
  drain(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#releaseUpTo(Number.POSITIVE_INFINITY);
  }

  /** Nearly every event is the latest one, so the search from the back ends at once. */
  #insert(event: AttributedEvent): void {
    if (this.#size === this.#ring.length) this.#grow();
    const mask = this.#ring.length - 1;
    let place = this.#size;
    while (place > 0) {
      const before = this.#ring[(this.#first + place - 1) & mask];
      if (!isBefore(event, before)) break;
      this.#ring[(this.#first + place) & mask] = before;
      place -= 1;
    }
    this.#ring[(this.#first + place) & mask] = event;
    this.#size += 1;
  }

  #grow(): void {
    const mask = this.#ring.length - 1;
    const larger = emptyRing(this.#ring.length * 2);
    for (let place = 0; place < this.#size; place += 1) {
      larger[place] = this.#ring[(this.#first + place) & mask];
    }
    this.#ring = larger;
    this.#first = 0;
  }

  #armFlush(): void {
    const seenUntilMs = this.#latestMs;
    this.#cancelFlush = this.#clock.schedule(this.#options.windowMs, () => {
      this.#cancelFlush = undefined;
      this.#releaseUpTo(seenUntilMs);
      if (this.#size > 0) this.#armFlush();
    });
  }

  #releaseUpTo(timeMs: number): void {
    for (let next = this.#ring[this.#first]; next; next = this.#ring[this.#first]) {
      if (next.event.timeMs > timeMs) return;
      this.#releaseFirst();
    }
  }

  #releaseFirst(): void {
    const next = this.#ring[this.#first];
    if (!next) return;
    this.#ring[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#ring.length - 1);
    this.#size -= 1;
    this.#onEvent(next);
  }
}

function emptyRing(places: number): (AttributedEvent | undefined)[] {
  return new Array<AttributedEvent | undefined>(places).fill(undefined);
}

function isBefore(event: AttributedEvent, other: AttributedEvent | undefined): boolean {
  if (!other) return false;
  const difference = event.event.timeMs - other.event.timeMs;
  return difference < 0 || (difference === 0 && event.event.seq < other.event.seq);
}
