import type { AttributedEvent } from '#model/attributed-event.js';
import type { EventType } from '#model/raw-event.js';
import type { Random } from '#runtime/random.js';
import { DedupGenerations } from './dedup-generations.ts';
import { dedupWindowsMs } from './dedup-windows.ts';
import { EventHash } from './event-hash.ts';
import { addEventKey, type RepeatableEvent } from './event-key.ts';
import { ProcessTurns } from './process-turns.ts';

/** Sizes of the table of events seen lately. */
export interface EventDedupOptions {
  /** An open like an earlier one is a duplicate for this long after it; other types in proportion. 0 turns it off. */
  readonly windowMs: number;
  /** The table has two to this power slots, of 12 bytes each. */
  readonly slotsExponent: number;
}

/** Expiry times are kept in steps of this many milliseconds, so that they fit into 32 bits for years. */
const STEP_MS = 64;
/** A day: how far time may go back before what was seen is forgotten. */
const FIRST_STEP = 1_350_000;
/** Half of what 32 bits hold: the rest is for windows. */
const END_STEP = 2 ** 31;

/**
 * Tells events that are like one seen lately; docs/dedup.md says of which types, and what must be the same.
 * A fixed table: of the two slots that an event may go to, the one that expires first is taken over, which can only
 * make a duplicate pass. Two different events are taken for one only if 64 bits of a hash with secret seeds agree.
 */
export class EventDedup {
  readonly #windowSteps: ReadonlyMap<EventType, number>;
  readonly #mask: number;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #expiry: Uint32Array;
  readonly #hash: EventHash;
  readonly #generations = new DedupGenerations();
  readonly #turns = new ProcessTurns();
  /** When step 0 was. */
  #startMs = Number.NaN;

  constructor(options: EventDedupOptions, random: Random) {
    const isOn = options.windowMs > 0;
    const slots = isOn ? 2 ** options.slotsExponent : 1;
    const windows = isOn ? [...dedupWindowsMs(options.windowMs)] : [];
    this.#windowSteps = new Map(windows.map(([type, ms]) => [type, Math.ceil(ms / STEP_MS)]));
    this.#mask = slots - 1;
    this.#low = new Int32Array(slots);
    this.#high = new Int32Array(slots);
    this.#expiry = new Uint32Array(slots);
    this.#hash = new EventHash(random.next() * 2 ** 32, random.next() * 2 ** 32);
  }

  /**
   * True when a like event was seen within the window; remembers this one otherwise. To be asked about every event,
   * in their order: an exec or a fork makes another program of a process id, whose acts are its own.
   */
  isDuplicate({ event, container }: AttributedEvent): boolean {
    const windowSteps = this.#windowSteps.get(event.type);
    if (windowSteps === undefined) {
      this.#turns.observe(event);
      return false;
    }
    const hash = this.#hash;
    hash.start();
    hash.number(this.#generations.of(container));
    // Only the types that repeat have a window.
    addEventKey(hash, event as RepeatableEvent, this.#turns.of(event.pid));
    hash.finish();
    return this.#wasSeen(this.#stepOf(event.timeMs), windowSteps);
  }

  /** Opens the windows anew, of one container or of all: the next event of each kind passes. */
  reopen(containerId?: string): void {
    this.#generations.reopen(containerId);
  }

  #stepOf(timeMs: number): number {
    const step = Math.floor((timeMs - this.#startMs) / STEP_MS);
    return step >= 0 && step < END_STEP ? step : this.#startAnew(timeMs);
  }

  /** For the first event, and when time is set to what no step stands for: the steps that were kept mean nothing then. */
  #startAnew(timeMs: number): number {
    this.#expiry.fill(0);
    this.#startMs = timeMs - FIRST_STEP * STEP_MS;
    return FIRST_STEP;
  }

  #wasSeen(step: number, windowSteps: number): boolean {
    const { low, high } = this.#hash;
    const slot = this.#slotFor(low, high);
    const isSame = this.#low[slot] === low && this.#high[slot] === high;
    const leftSteps = (this.#expiry[slot] ?? 0) - step;
    // More than two windows are left when time went back: that is another time then.
    if (isSame && leftSteps > 0 && leftSteps <= 2 * windowSteps) return true;
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#expiry[slot] = step + windowSteps;
    return false;
  }

  /**
   * Where the event stands, else where it may go: of two slots the one that expires first, so that two
   * events that fall into one slot do not drive each other out for ever.
   */
  #slotFor(low: number, high: number): number {
    const first = low & this.#mask;
    const second = first ^ (this.#mask & 1);
    if (this.#low[first] === low && this.#high[first] === high) return first;
    if (this.#low[second] === low && this.#high[second] === high) return second;
    return (this.#expiry[first] ?? 0) <= (this.#expiry[second] ?? 0) ? first : second;
  }
}
