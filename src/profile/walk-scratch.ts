/** The places of a trie at which a walk stands: a set that costs nothing to empty. */
export class WalkScratch {
  /** The places, in {@link count} elements. */
  places = new Uint32Array(64);
  count = 0;
  #previous = new Uint32Array(64);
  #stamps = new Uint32Array(64);
  #stamp = 0;

  /** Empties the set; returns its former places, valid until the next call. */
  turn(placesInTrie: number): Uint32Array {
    if (this.places.length < placesInTrie) this.#grow(placesInTrie);
    if (this.#stamp === 0xffffffff) {
      this.#stamps.fill(0);
      this.#stamp = 0;
    }
    this.#stamp += 1;
    const before = this.places;
    this.places = this.#previous;
    this.#previous = before;
    this.count = 0;
    return before;
  }

  /** False when the place is in the set already. */
  add(place: number): boolean {
    if (this.#stamps[place] === this.#stamp) return false;
    this.#stamps[place] = this.#stamp;
    this.places[this.count] = place;
    this.count += 1;
    return true;
  }

  #grow(capacity: number): void {
    const larger = new Uint32Array(capacity);
    larger.set(this.places);
    this.places = larger;
    this.#previous = new Uint32Array(capacity);
    const stamps = new Uint32Array(capacity);
    stamps.set(this.#stamps);
    this.#stamps = stamps;
  }
}
