import type { EventType, RawEvent } from '#model/raw-event.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import type { CgroupSlot } from './cgroup-slot.ts';

/** The part of the room that only events other than the frequent ones may take. */
const RESERVED_PART = 1 / 8;
const FREQUENT: ReadonlySet<EventType> = new Set<EventType>(['open', 'syscall']);

/**
 * Events that wait until it is known which container they come from. Each cgroup waits once, from
 * its first event on; all of them together hold no more than a limit.
 *
 * A cgroup may hold at most as many events as there is room left for (a dynamic threshold: Choudhury and Hahne, 1998),
 * and an eighth of the room is not for opens and system calls. So one that floods leaves half of the room to
 * the others, and of those no exec is lost to a flood of opens.
 */
export class HeldEvents {
  readonly #clock: Clock;
  readonly #holdMs: number;
  readonly #limit: number;
  readonly #onExpired: (slot: CgroupSlot, events: readonly RawEvent[]) => void;
  /** Slots with held events and when their time is over (on the monotonic clock), soonest first. */
  readonly #waiting = new Map<CgroupSlot, number>();
  #size = 0;
  #cancel: Cancel | undefined;

  constructor({
    clock,
    holdMs,
    limit,
    onExpired,
  }: Readonly<{
    clock: Clock;
    holdMs: number;
    limit: number;
    /** Takes the events of a slot whose time is over. */
    onExpired: (slot: CgroupSlot, events: readonly RawEvent[]) => void;
  }>) {
    this.#clock = clock;
    this.#holdMs = holdMs;
    this.#limit = limit;
    this.#onExpired = onExpired;
  }

  get size(): number {
    return this.#size;
  }

  /** False when there is no room for the slot; the event was not taken. */
  hold(slot: CgroupSlot, event: RawEvent): boolean {
    if (slot.held.length >= this.#roomFor(event.type)) return false;
    if (slot.held.length === 0) {
      this.#waiting.set(slot, this.#clock.monotonic() + this.#holdMs);
      if (this.#cancel === undefined) this.#schedule(this.#holdMs);
    }
    slot.held.push(event);
    this.#size += 1;
    return true;
  }

  /** Gives back the events of a slot, in order; it waits no more. */
  release(slot: CgroupSlot): readonly RawEvent[] {
    const events = slot.held;
    slot.held = [];
    this.#size -= events.length;
    this.#waiting.delete(slot);
    return events;
  }

  /** Ends the wait of every slot at once. */
  expireAll(): void {
    for (const slot of [...this.#waiting.keys()]) this.#onExpired(slot, this.release(slot));
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #roomFor(type: EventType): number {
    const reserved = FREQUENT.has(type) ? Math.floor(this.#limit * RESERVED_PART) : 0;
    return this.#limit - reserved - this.#size;
  }

  #schedule(delayMs: number): void {
    this.#cancel = this.#clock.schedule(delayMs, () => {
      this.#cancel = undefined;
      this.#expireDue();
    });
  }

  #expireDue(): void {
    const nowMs = this.#clock.monotonic();
    for (const [slot, dueMs] of [...this.#waiting]) {
      if (dueMs > nowMs) {
        this.#schedule(dueMs - nowMs);
        return;
      }
      this.#onExpired(slot, this.release(slot));
    }
  }
}
