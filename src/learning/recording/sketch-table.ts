import { spread } from './sketch.ts';

const MIN_SLOTS = 32;
/** Slots that an entry may go to; one that finds them all taken is not kept. */
const MAX_PROBES = 32;

/**
 * Entries by a sketch, which different ones may share: a number that says where to look. Whether an entry
 * is the one that is sought, the caller compares in full. Half of the slots stay empty.
 */
export class SketchTable<Entry> {
  readonly #limit: number;
  #sketches = new Int32Array(MIN_SLOTS);
  #entries = emptySlots<Entry>(MIN_SLOTS);
  #size = 0;

  /** @param limit entries at most; at the limit all are forgotten */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#size;
  }

  find<Sought>(
    sketch: number,
    sought: Sought,
    isSame: (entry: Entry, sought: Sought) => boolean,
  ): Entry | undefined {
    const sketches = this.#sketches;
    const mask = sketches.length - 1;
    const place = spread(sketch);
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const slot = (place + probe) & mask;
      const known = sketches[slot];
      if (known === 0) return undefined;
      if (known !== place) continue;
      const entry = this.#entries[slot];
      if (entry !== undefined && isSame(entry, sought)) return entry;
    }
    return undefined;
  }

  /** Adds what {@link find} did not find. */
  add(sketch: number, entry: Entry): void {
    if (this.#size >= this.#limit) this.clear();
    if (this.#size * 2 >= this.#entries.length) this.#grow();
    this.#put(spread(sketch), entry);
  }

  clear(): void {
    if (this.#size === 0) return;
    this.#sketches = new Int32Array(MIN_SLOTS);
    this.#entries = emptySlots(MIN_SLOTS);
    this.#size = 0;
  }

  #put(place: number, entry: Entry): void {
    const mask = this.#entries.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const slot = (place + probe) & mask;
      if (this.#entries[slot] !== undefined) continue;
      this.#sketches[slot] = place;
      this.#entries[slot] = entry;
      this.#size += 1;
      return;
    }
  }

  #grow(): void {
    const sketches = this.#sketches;
    const entries = this.#entries;
    this.#sketches = new Int32Array(entries.length * 2);
    this.#entries = emptySlots(entries.length * 2);
    this.#size = 0;
    for (const [slot, entry] of entries.entries()) {
      if (entry !== undefined) this.#put(sketches[slot] ?? 0, entry);
    }
  }
}

function emptySlots<Entry>(count: number): (Entry | undefined)[] {
  return new Array<Entry | undefined>(count).fill(undefined);
}
