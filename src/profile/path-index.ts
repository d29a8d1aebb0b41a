import {
  ANY_SEGMENTS,
  isPattern,
  ONE_SEGMENT,
  pathSegments,
  patternSegments,
  withoutTrailingSlashes,
} from './path-pattern.ts';

/** A place in the tree of patterns: what may follow the segments that lead here. */
interface Place<Value> {
  readonly isAny: boolean;
  literal?: Map<string, Place<Value>>;
  one?: Place<Value>;
  any?: Place<Value>;
  /** Set where a pattern ends. Patterns of one meaning end in one place. */
  values?: Value[];
}

/** The form of a path under which an index keeps it: two paths that match alike have the same. */
export function indexKey(path: string): string {
  return withoutTrailingSlashes(path);
}

/**
 * Paths and path patterns compiled for lookup, with one value for each. A literal path costs one
 * map access. All patterns are followed at once along a tree of their segments, so that the cost of
 * a miss does not grow with the number of patterns that begin differently. Matching is that of
 * `matchesPath`.
 */
export class PathIndex<Value> {
  readonly #literals = new Map<string, Value>();
  readonly #patterns = new Map<string, Value>();
  readonly #root: Place<Value> = { isAny: false };

  /** @param values by {@link indexKey}; an empty path, which matches nothing, must not be among them */
  constructor(values: ReadonlyMap<string, Value>) {
    for (const [key, value] of values) {
      if (!isPattern(key)) {
        this.#literals.set(key, value);
        continue;
      }
      this.#patterns.set(key, value);
      this.#plant(key, value);
    }
  }

  /** True when a literal equal to `path`, or else a pattern that covers it, has a value that passes. */
  some(path: string, passes: (value: Value) => boolean): boolean {
    if (path === '') return false;
    const literal = this.#literals.get(indexKey(path));
    if (literal !== undefined && passes(literal)) return true;
    return this.#patterns.size > 0 && this.#someCovering(path, passes);
  }

  /** Every path with its value: literals first, each group in the order given. */
  *entries(): Generator<readonly [path: string, value: Value]> {
    for (const [key, value] of this.#literals) yield [key || '/', value];
    for (const [key, value] of this.#patterns) yield [key || '/', value];
  }

  #plant(pattern: string, value: Value): void {
    let place = this.#root;
    for (const segment of patternSegments(pattern)) place = follow(place, segment);
    place.values = [...(place.values ?? []), value];
  }

  #someCovering(path: string, passes: (value: Value) => boolean): boolean {
    let places = withAny([this.#root]);
    for (const segment of pathSegments(path)) {
      places = withAny(places.flatMap((place) => next(place, segment)));
      if (places.length === 0) return false;
    }
    return places.some(({ values }) => values?.some(passes) ?? false);
  }
}

function follow<Value>(place: Place<Value>, segment: string): Place<Value> {
  if (segment === ONE_SEGMENT) {
    place.one ??= { isAny: false };
    return place.one;
  }
  if (segment === ANY_SEGMENTS) {
    place.any ??= { isAny: true };
    return place.any;
  }
  place.literal ??= new Map();
  const known = place.literal.get(segment) ?? { isAny: false };
  place.literal.set(segment, known);
  return known;
}

function next<Value>(place: Place<Value>, segment: string): Place<Value>[] {
  const found: Place<Value>[] = place.isAny ? [place] : [];
  const literal = place.literal?.get(segment);
  if (literal !== undefined) found.push(literal);
  if (place.one !== undefined) found.push(place.one);
  return found;
}

/** The places and those behind a `*` that takes nothing; each once, so that the work stays bounded. */
function withAny<Value>(places: readonly Place<Value>[]): Place<Value>[] {
  const all = new Set(places);
  for (const place of places) if (place.any !== undefined) all.add(place.any);
  return [...all];
}
