import { ANY_SEGMENTS, ONE_SEGMENT, pathSegments, patternSegments } from '../path-pattern.ts';
import { byteLength, compareBytes } from './byte-order.ts';

/** A place in the tree of patterns, by segments in their normal form. */
interface CoverNode {
  /** The place of a `*`: any segment leads back to it. */
  readonly isAny: boolean;
  readonly children: Map<string, CoverNode>;
  /** The pattern that ends here. */
  pattern: string | undefined;
}

/** Patterns, asked which of them covers a path. */
export class CoveringPatterns {
  readonly #root = newNode(false);
  readonly #ranks: ReadonlyMap<string, number>;

  constructor(patterns: Iterable<string>) {
    const ranked = [...patterns]
      .map((pattern) => ({ pattern, bytes: byteLength(pattern) }))
      .sort((a, b) => b.bytes - a.bytes || compareBytes(a.pattern, b.pattern));
    this.#ranks = new Map(ranked.map(({ pattern }, rank) => [pattern, rank]));
    for (const { pattern } of ranked) this.#add(pattern);
  }

  /**
   * The first pattern that covers a path: the longest in bytes, of equally long ones the first in
   * byte order; undefined when none does. What covers what is said at `matchesPath`. Takes time by the segments of
   * the path times the places that the patterns give it; all patterns are walked at once.
   */
  firstFor(path: string): string | undefined {
    if (path === '' || this.#ranks.size === 0) return undefined;
    let places = new Set<CoverNode>();
    addSkipped(this.#root, places);
    for (const segment of pathSegments(path)) {
      const next = new Set<CoverNode>();
      for (const place of places) step(place, segment, next);
      if (next.size === 0) return undefined;
      places = next;
    }
    return this.#best(places);
  }

  #add(pattern: string): void {
    let node = this.#root;
    for (const segment of patternSegments(pattern)) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = newNode(segment === ANY_SEGMENTS);
        node.children.set(segment, child);
      }
      node = child;
    }
    node.pattern ??= pattern;
  }

  #best(places: Iterable<CoverNode>): string | undefined {
    let best: string | undefined;
    let bestRank = Number.POSITIVE_INFINITY;
    for (const { pattern } of places) {
      const rank = pattern === undefined ? bestRank : (this.#ranks.get(pattern) ?? bestRank);
      if (rank >= bestRank) continue;
      best = pattern;
      bestRank = rank;
    }
    return best;
  }
}

function newNode(isAny: boolean): CoverNode {
  return { isAny, children: new Map(), pattern: undefined };
}

/** Where one more segment leads from a place. */
function step(place: CoverNode, segment: string, into: Set<CoverNode>): void {
  const literal = segment === ANY_SEGMENTS ? undefined : place.children.get(segment);
  const one = place.children.get(ONE_SEGMENT);
  for (const next of [literal, one]) {
    if (next !== undefined) addSkipped(next, into);
  }
  if (place.isAny) into.add(place);
}

/** The place, and the one behind a `*` that stands there: it may stand for nothing. */
function addSkipped(node: CoverNode, into: Set<CoverNode>): void {
  into.add(node);
  const any = node.children.get(ANY_SEGMENTS);
  if (any !== undefined) into.add(any);
}
