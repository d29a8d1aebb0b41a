import type { WalkScratch } from './walk-scratch.ts';

/** In place of a segment's number: exactly one segment, whatever it is. Greater than any number. */
export const ONE = 0xfffffffe;
/** In place of a segment's number: none or more. */
export const ANY = 0xffffffff;

/**
 * Patterns as a tree of their segments, flattened: the places breadth first, so that the children of
 * one stand together, sorted by segment and the wildcards last; beside them which items end at each.
 * All patterns are followed at once, and each place at most once for a segment, so that the work is
 * bounded by the number of places times that of segments and mostly is far below.
 *
 * Words from `base`: the number of places N, the segment of each, where the children of each begin
 * (N + 1), where the items of each begin (N + 1). The root is the first place.
 */
export class PatternTrie {
  readonly #words: Uint32Array;
  readonly #places: number;
  readonly #segments: number;
  readonly #children: number;
  readonly #items: number;

  constructor(words: Uint32Array, base: number) {
    this.#words = words;
    this.#places = words[base] ?? 0;
    this.#segments = base + 1;
    this.#children = this.#segments + this.#places;
    this.#items = this.#children + this.#places + 1;
  }

  /** The numbers of the segments, one for each place but the root; wildcards left out. */
  *segments(): Generator<number> {
    for (let place = 1; place < this.#places; place += 1) {
      const segment = this.#words[this.#segments + place] ?? ANY;
      if (segment < ONE) yield segment;
    }
  }

  /** The numbers of the segments that may follow a place; wildcards left out. */
  *childrenOf(place: number): Generator<number> {
    const end = this.#words[this.#children + place + 1] ?? 0;
    for (let child = this.#words[this.#children + place] ?? 0; child < end; child += 1) {
      const segment = this.#words[this.#segments + child] ?? ANY;
      if (segment < ONE) yield segment;
    }
  }

  /** The first of the items that end at a place; those of the next place begin where its own end. */
  firstItemAt(place: number): number {
    return this.#words[this.#items + place] ?? 0;
  }

  /** Puts the walk at the root. Its places are those in `scratch`. */
  begin(scratch: WalkScratch): void {
    scratch.turn(this.#places);
    this.#enter(0, scratch);
  }

  /** Goes on by a segment, which may have two numbers; -1 stands for one that no place has. */
  step([segment, alias]: readonly [number, number], scratch: WalkScratch): void {
    const count = scratch.count;
    const from = scratch.turn(this.#places);
    for (let i = 0; i < count; i += 1) {
      const place = from[i] ?? 0;
      this.#enterWildcards(place, scratch);
      if (segment >= 0) this.#enter(this.child(place, segment), scratch);
      if (alias >= 0) this.#enter(this.child(place, alias), scratch);
    }
  }

  /** The place behind another one and a segment, or -1. Follows no wildcards. */
  child(place: number, segment: number): number {
    const words = this.#words;
    let low = words[this.#children + place] ?? 0;
    const end = words[this.#children + place + 1] ?? 0;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((words[this.#segments + middle] ?? 0) < segment) low = middle + 1;
      else high = middle;
    }
    return low < end && words[this.#segments + low] === segment ? low : -1;
  }

  #enterWildcards(place: number, scratch: WalkScratch): void {
    const words = this.#words;
    if (place > 0 && words[this.#segments + place] === ANY) this.#enter(place, scratch);
    const first = words[this.#children + place] ?? 0;
    let last = (words[this.#children + place + 1] ?? 0) - 1;
    if (last >= first && words[this.#segments + last] === ANY) last -= 1;
    if (last >= first && words[this.#segments + last] === ONE) this.#enter(last, scratch);
  }

  /** A `*` may take nothing, so whoever stands before one stands behind it too. */
  #enter(place: number, scratch: WalkScratch): void {
    if (place < 0 || !scratch.add(place)) return;
    const first = this.#words[this.#children + place] ?? 0;
    const last = (this.#words[this.#children + place + 1] ?? 0) - 1;
    if (last >= first && this.#words[this.#segments + last] === ANY) this.#enter(last, scratch);
  }
}
