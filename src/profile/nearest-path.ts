import { ANY_SEGMENTS, ONE_SEGMENT, pathSegments } from './path-pattern.ts';

interface Likeness {
  readonly shared: number;
  readonly sameEnd: boolean;
}

/**
 * The path most like `path`: the one with which it shares the most segments from the start, among
 * equals one that ends in the same name, then the first in code unit order. A `⋯` shares a segment
 * with anything, a `*` ends the comparison. Undefined when nothing shares a segment or the name.
 */
export function nearestPath(path: string, candidates: Iterable<string>): string | undefined {
  const wanted = pathSegments(path);
  let best: { readonly path: string; readonly likeness: Likeness } | undefined;
  for (const candidate of candidates) {
    const likeness = likenessOf(wanted, pathSegments(candidate));
    if (likeness.shared === 0 && !likeness.sameEnd) continue;
    const order = best === undefined ? 1 : compare(likeness, best.likeness);
    if (order > 0 || (order === 0 && best !== undefined && candidate < best.path)) {
      best = { path: candidate, likeness };
    }
  }
  return best?.path;
}

/** The empty segment before a leading slash is shared by all absolute paths and counts for nothing. */
function likenessOf(wanted: readonly string[], candidate: readonly string[]): Likeness {
  let shared = 0;
  for (let i = 0; i < Math.min(wanted.length, candidate.length); i += 1) {
    const segment = candidate[i] ?? '';
    if (segment === ANY_SEGMENTS) break;
    if (segment !== wanted[i] && segment !== ONE_SEGMENT) break;
    if (segment !== '') shared += 1;
  }
  return { shared, sameEnd: wanted.at(-1) !== '' && wanted.at(-1) === candidate.at(-1) };
}

function compare(a: Likeness, b: Likeness): number {
  return a.shared - b.shared || Number(a.sameEnd) - Number(b.sameEnd);
}
