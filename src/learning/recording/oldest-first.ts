import type { Portion } from './room.ts';

/** Entries of one surface by what tells them apart, in the order in which they came. */
export class OldestFirst<Entry> {
  readonly #entries = new Map<string, Entry>();
  readonly #sizeOf: (key: string, entry: Entry) => number;
  /** So many of them, the first ones, were there already when the last report was taken. */
  #leftBehind = 0;

  /** @param sizeOf size in characters; when an entry is taken it must be what was asked room for */
  constructor(sizeOf: (key: string, entry: Entry) => number) {
    this.#sizeOf = sizeOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  get leftBehind(): number {
    return this.#leftBehind;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** Adds an entry as the newest, or replaces one where it stands. */
  set(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
  }

  values(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** Takes out at most so many entries while the portion has room for them. */
  take(portion: Portion, limit: number): readonly (readonly [key: string, entry: Entry])[] {
    const taken: (readonly [string, Entry])[] = [];
    for (const [key, entry] of this.#entries) {
      if (taken.length >= limit || !portion.hasRoom) break;
      portion.add(this.#sizeOf(key, entry));
      this.#entries.delete(key);
      taken.push([key, entry]);
    }
    return taken;
  }

  /** A report has been taken: what is here now goes before all that comes. */
  markLeftBehind(): void {
    this.#leftBehind = this.#entries.size;
  }
}
