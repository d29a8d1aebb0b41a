import type { AttributedEvent } from '#model/attributed-event.js';
import { isRawEvent, type RawRecord } from '#model/raw-event.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import { ArrivedNumbers } from './arrived-numbers.ts';

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
 * until one that happened `windowMs` later was seen, and at most twice `windowMs` by the clock; or no
 * longer than until all lower numbers have come, where {@link EventOrder.arrived} is told of them.
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
  #isArriving = false;
  readonly #numbers = new ArrivedNumbers();

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
    if (!this.#isArriving) this.#flushLater();
  }

  /**
   * A batch begins of which {@link EventOrder.arrived} will be told: then nothing of it waits as a rule, and a timer for
   * each batch would be in vain.
   */
  arriving(): void {
    this.#isArriving = true;
  }

  /**
   * Tells what a source delivered, after those of it that come here at all were pushed: an event goes on at once when
   * every number below its own has come. It must be all that the source delivers, and its numbers must be given as
   * things happen, with no gaps, from 1 on after each `ready`: those of the kernel side are. Then what happened before
   * an event has a lower number than it, and nothing that comes later can belong before it. A number that was lost is
   * waited for as long as the window is.
   */
  arrived(records: readonly RawRecord[]): void {
    for (const record of records) {
      if (record.type === 'ready') this.#numbers.restart();
      else if (isRawEvent(record)) this.#numbers.arrived(record.seq);
    }
    this.#releaseNumbered(this.#numbers.complete);
    this.#isArriving = false;
    if (this.#size === 0) this.#disarmFlush();
    else this.#flushLater();
  }

  /** Lets everything go, in order. */
  drain(): void {
    this.#disarmFlush();
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

  #flushLater(): void {
    if (this.#size > 0 && !this.#cancelFlush) this.#armFlush();
  }

  #armFlush(): void {
    const seenUntilMs = this.#latestMs;
    this.#cancelFlush = this.#clock.schedule(this.#options.windowMs, () => {
      this.#cancelFlush = undefined;
      this.#releaseUpTo(seenUntilMs);
      this.#flushLater();
    });
  }

  #disarmFlush(): void {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
  }

  /** Whoever waited longer than the window waits for no number. */
  #releaseUpTo(timeMs: number): void {
    for (let next = this.#ring[this.#first]; next; next = this.#ring[this.#first]) {
      if (next.event.timeMs > timeMs) return;
      this.#releaseFirst();
      this.#numbers.giveUpTo(next.event.seq);
    }
  }

  /** Those with a number up to this one, in order. They are nearly always the first ones. */
  #releaseNumbered(number: number): void {
    for (let next = this.#ring[this.#first]; next; next = this.#ring[this.#first]) {
      if (next.event.seq > number) break;
      this.#releaseFirst();
    }
    if (this.#size > 1) for (const event of this.#takeNumbered(number)) this.#onEvent(event);
  }

  /** Takes them out of the ring; the others close up. */
  #takeNumbered(number: number): readonly AttributedEvent[] {
    const mask = this.#ring.length - 1;
    const taken: AttributedEvent[] = [];
    let kept = 0;
    for (let place = 0; place < this.#size; place += 1) {
      const event = this.#ring[(this.#first + place) & mask];
      this.#ring[(this.#first + place) & mask] = undefined;
      if (!event) continue;
      if (event.event.seq <= number) {
        taken.push(event);
        continue;
      }
      this.#ring[(this.#first + kept) & mask] = event;
      kept += 1;
    }
    this.#size = kept;
    return taken;
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
