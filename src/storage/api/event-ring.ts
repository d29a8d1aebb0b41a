import type { SharedEvent } from './event-frames.ts';

/** What a ring holds at most. */
export interface RingBounds {
  readonly mostEvents: number;
  readonly mostBytes: number;
}

/** The newest events of one kind in order, and from which version on nothing is missing. */
export class EventRing {
  readonly #bounds: RingBounds;
  #events: SharedEvent[] = [];
  #bytes = 0;
  #coveredFrom: number;
  #told: number;

  constructor(version: number, bounds: RingBounds) {
    this.#coveredFrom = version;
    this.#told = version;
    this.#bounds = bounds;
  }

  /** Everything up to this version is in it, or was. */
  get told(): number {
    return this.#told;
  }

  /** Whether everything that came after a version is still in it. */
  covers(version: number): boolean {
    return version >= this.#coveredFrom;
  }

  add(event: SharedEvent): void {
    this.#events.push(event);
    this.#bytes += event.sizeBytes;
    this.#told = event.version;
    this.#forget();
  }

  /** Nothing happened up to this version. */
  advance(version: number): void {
    this.#told = Math.max(this.#told, version);
  }

  /** The first event after a version; call only while it {@link covers} that. */
  *after(version: number): Generator<SharedEvent, void> {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.version ?? 0) > version) high = middle;
      else low = middle + 1;
    }
    for (let at = low; at < this.#events.length; at += 1) {
      const event = this.#events[at];
      if (event) yield event;
    }
  }

  /** Drops a quarter at a time: to move the others for each one that goes would cost more. */
  #forget(): void {
    const { mostEvents, mostBytes } = this.#bounds;
    while (
      this.#events.length > mostEvents ||
      (this.#bytes > mostBytes && this.#events.length > 1)
    ) {
      const count = Math.max(1, this.#events.length >> 2);
      const gone = this.#events.splice(0, count);
      for (const event of gone) this.#bytes -= event.sizeBytes;
      this.#coveredFrom = gone.at(-1)?.version ?? this.#coveredFrom;
    }
  }
}
