import type { ANY, ONE } from './pattern-trie.ts';

/** A segment of a pattern: a text, or a wildcard. */
export type Token = string | typeof ONE | typeof ANY;

interface Place {
  readonly segment: number;
  readonly children: Map<Token, Place>;
  readonly items: number[];
}

/** Gathers patterns and writes them down as a `PatternTrie` reads them. */
export class TrieBuilder {
  readonly #acquire: (text: string) => number;
  readonly #root = newPlace(0);

  /** @param acquire gives the number of a text, once for each place that has it as its segment */
  constructor(acquire: (text: string) => number) {
    this.#acquire = acquire;
  }

  /** Lets an item end where a pattern leads to. */
  add(pattern: readonly Token[], item: number): void {
    let place = this.#root;
    for (const token of pattern) {
      const known = place.children.get(token);
      if (known !== undefined) {
        place = known;
        continue;
      }
      const added = newPlace(typeof token === 'string' ? this.#acquire(token) : token);
      place.children.set(token, added);
      place = added;
    }
    place.items.push(item);
  }

  /** The words, and the items in the order in which the words count them. */
  build(): { readonly words: readonly number[]; readonly items: readonly number[] } {
    const places: Place[] = [this.#root];
    const children: number[] = [];
    const firstItems: number[] = [];
    const items: number[] = [];
    // Grows while it is read: each place appends its children.
    for (const place of places) {
      children.push(places.length);
      firstItems.push(items.length);
      for (const item of place.items) items.push(item);
      const sorted = [...place.children.values()].sort((a, b) => a.segment - b.segment);
      for (const child of sorted) places.push(child);
    }
    children.push(places.length);
    firstItems.push(items.length);
    const segments = places.map(({ segment }) => segment);
    return { words: [places.length].concat(segments, children, firstItems), items };
  }
}

function newPlace(segment: number): Place {
  return { segment, children: new Map(), items: [] };
}
