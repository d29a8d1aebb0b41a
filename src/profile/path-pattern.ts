import { coversItems, type TokenRules } from './wildcard-walk.ts';

/** Stands for exactly one path segment, or one argument. One code point, three bytes. */
export const ONE_SEGMENT = '⋯';
/** Stands for any number of path segments; at the end of a pattern for at least one. */
export const ANY_SEGMENTS = '*';

const SLASH = 47;
const SEGMENTS: TokenRules = {
  any: ANY_SEGMENTS,
  matches: (wanted, segment) => wanted === ONE_SEGMENT || wanted === segment,
};

/** True when a segment of the path is a wildcard; `*.conf` is none, only a whole `*` is. */
export function isPattern(path: string): boolean {
  if (!path.includes(ONE_SEGMENT) && !path.includes(ANY_SEGMENTS)) return false;
  return path.split('/').some((segment) => segment === ONE_SEGMENT || segment === ANY_SEGMENTS);
}

/** The segments that comparison sees: trailing slashes do not count, a leading one is an empty first segment. */
export function pathSegments(path: string): string[] {
  return withoutTrailingSlashes(path).split('/');
}

/** The path without the slashes at its end; empty for the root. */
export function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === SLASH) end -= 1;
  return end === path.length ? path : path.slice(0, end);
}

/**
 * The segments of a pattern in the form in which every `*` means "none or more": one at the end is
 * preceded by a `⋯` for the segment that it needs, runs of several are one. Both the matching of one
 * pattern and of many at once start from this form.
 */
export function patternSegments(pattern: string): string[] {
  const segments = pathSegments(pattern);
  const plain = segments.filter(
    (segment, i) => segment !== ANY_SEGMENTS || segments[i + 1] !== ANY_SEGMENTS,
  );
  if (plain.at(-1) === ANY_SEGMENTS) plain.splice(-1, 0, ONE_SEGMENT);
  return plain;
}

/**
 * Whether a path of a profile covers a path, segment by segment and from end to end: `⋯` is one
 * segment, `*` none or more, or at least one at the end (`/etc/*` does not cover `/etc`). A slash at
 * the end of either does not matter. An empty pattern or path matches nothing; a lone `*` matches
 * everything. The work is at most the product of the two lengths.
 *
 * Source: CompareDynamic of the public storage component, from version 0.0.297 on.
 */
export function matchesPath(pattern: string, path: string): boolean {
  if (pattern === '' || path === '') return false;
  return coversItems(patternSegments(pattern), pathSegments(path), SEGMENTS);
}

/** The path with one `*` in place of every run of two or more `⋯` segments. */
export function collapseAdjacentSegments(path: string): string {
  if (!path.includes(`${ONE_SEGMENT}/${ONE_SEGMENT}`)) return path;
  const out: string[] = [];
  const segments = path.split('/');
  for (let i = 0; i < segments.length; i += 1) {
    const segment = segments[i] ?? '';
    if (segment !== ONE_SEGMENT || segments[i + 1] !== ONE_SEGMENT) {
      out.push(segment);
      continue;
    }
    while (segments[i + 1] === ONE_SEGMENT) i += 1;
    out.push(ANY_SEGMENTS);
  }
  return out.join('/');
}
