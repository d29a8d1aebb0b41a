/** How much a recording may hold before it is time for a report; twice as much is the most that it holds. */
export interface RecordingBounds {
  readonly maxEntries: number;
  /** Characters of all entries, with what JSON writes around those that are objects. */
  readonly maxSizeChars: number;
}

/** The room of one recording, which all of its surfaces share. What finds none is counted. */
export class Room {
  readonly #bounds: RecordingBounds;
  #entries = 0;
  #sizeChars = 0;
  #dropped = 0;

  constructor(bounds: RecordingBounds) {
    this.#bounds = bounds;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Entries, and additions to entries, that found no room or could not be kept. */
  get dropped(): number {
    return this.#dropped;
  }

  /** There is enough for a report. */
  get isFull(): boolean {
    return this.#isAbove(1);
  }

  /** True when there is room for one more entry; it has then been taken. */
  admit(sizeChars: number): boolean {
    if (!this.grow(sizeChars)) return false;
    this.#entries += 1;
    return true;
  }

  /** The same for something that is added to an entry. */
  grow(sizeChars: number): boolean {
    if (this.#isAbove(2)) {
      this.#dropped += 1;
      return false;
    }
    this.#sizeChars += sizeChars;
    return true;
  }

  /** Counts something that is not kept though there would be room: the recording is not whole without it. */
  miss(): void {
    this.#dropped += 1;
  }

  /** Gives back the room of entries that were taken out. */
  release(entries: number, sizeChars: number): void {
    this.#entries -= entries;
    this.#sizeChars -= sizeChars;
  }

  /** What one report may hold. */
  portion(): Portion {
    return new Portion(this, this.#bounds);
  }

  #isAbove(times: number): boolean {
    const { maxEntries, maxSizeChars } = this.#bounds;
    return this.#entries >= times * maxEntries || this.#sizeChars >= times * maxSizeChars;
  }
}

/** One report's worth of a recording, being filled. */
export class Portion {
  readonly #room: Room;
  readonly #bounds: RecordingBounds;
  #entries = 0;
  #sizeChars = 0;

  constructor(room: Room, bounds: RecordingBounds) {
    this.#room = room;
    this.#bounds = bounds;
  }

  get hasRoom(): boolean {
    const { maxEntries, maxSizeChars } = this.#bounds;
    return this.#entries < maxEntries && this.#sizeChars < maxSizeChars;
  }

  /** Moves an entry of that size from the recording into the report. Ask {@link hasRoom} before. */
  add(sizeChars: number): void {
    this.#entries += 1;
    this.#sizeChars += sizeChars;
    this.#room.release(1, sizeChars);
  }
}
