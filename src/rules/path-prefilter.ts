import * as v from 'valibot';

/**
 * Decides by an event's path alone that a rule need not look at it. This is what makes an open
 * cheap that no rule cares for; an index over the prefixes of all rules would take its place.
 */
export class PathPrefilter {
  readonly #include: readonly string[];
  readonly #ignore: readonly string[];

  constructor(include: readonly string[], ignore: readonly string[]) {
    this.#include = include.map(withoutEndSlash);
    this.#ignore = ignore.map(withoutEndSlash);
  }

  /** True when the path is left out. An empty path, which is one not known, never is. */
  skips(path: string): boolean {
    if (path === '') return false;
    if (this.#include.length > 0 && !liesUnderAny(path, this.#include)) return true;
    return liesUnderAny(path, this.#ignore);
  }
}

const schema = v.object({
  includePrefixes: v.optional(v.array(v.string()), []),
  ignorePrefixes: v.optional(v.array(v.string()), []),
});

/** The prefilter that a rule's `state` describes; undefined when it describes none, or is malformed. */
export function pathPrefilterFrom(
  state: Readonly<Record<string, unknown>>,
): PathPrefilter | undefined {
  const parsed = v.safeParse(schema, state);
  if (!parsed.success) return undefined;
  const { includePrefixes, ignorePrefixes } = parsed.output;
  if (includePrefixes.length === 0 && ignorePrefixes.length === 0) return undefined;
  return new PathPrefilter(includePrefixes, ignorePrefixes);
}

function liesUnderAny(path: string, prefixes: readonly string[]): boolean {
  for (const prefix of prefixes) {
    if (!path.startsWith(prefix)) continue;
    if (path.length === prefix.length || path.charCodeAt(prefix.length) === SLASH) return true;
  }
  return false;
}

const SLASH = 47;

function withoutEndSlash(prefix: string): string {
  let end = prefix.length;
  while (end > 0 && prefix.charCodeAt(end - 1) === SLASH) end -= 1;
  return prefix.slice(0, end);
}
