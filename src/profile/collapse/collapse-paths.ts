import { ANY_SEGMENTS, isPattern } from '../path-pattern.ts';
import { sortedByBytes } from './byte-order.ts';
import { cleanPath } from './clean-path.ts';
import { CoveringPatterns } from './covering-patterns.ts';
import { PathAnalyzer } from './path-analyzer.ts';
import type { PathThresholds } from './path-thresholds.ts';

/** Which other paths count, although their own form is not asked for. */
interface CollapseContext {
  readonly thresholds: PathThresholds;
  /** Paths that count as children of their folders and keep their own form elsewhere. */
  readonly alsoSeen?: readonly string[];
}

/**
 * What becomes of each path: itself, cleaned, or a pattern that covers it. A path that a given pattern
 * covers goes there and counts no more; the others are shown to a {@link PathAnalyzer}. This is
 * repeated on what came out until nothing changes, so doing it again changes nothing. The order of the paths makes
 * no difference. Patterns with a `*` stay what they are.
 */
export function collapsedPaths(
  paths: Iterable<string>,
  context: CollapseContext,
): ReadonlyMap<string, string> {
  let forms: ReadonlyMap<string, string> = new Map(
    [...new Set(paths)].map((path) => [path, cleanPath(path)]),
  );
  for (;;) {
    const current = sortedTexts(new Set(forms.values()));
    const next = onePass(current, context);
    // Each change makes a segment or more of a path general, so the loop ends.
    if (current.every((path) => next.get(path) === path)) return forms;
    forms = new Map([...forms].map(([path, form]) => [path, next.get(form) ?? form]));
  }
}

function onePass(
  paths: readonly string[],
  { thresholds, alsoSeen = [] }: CollapseContext,
): ReadonlyMap<string, string> {
  const given = new CoveringPatterns(paths.filter(isPattern));
  const forms = new Map<string, string>();
  const counted: string[] = [];
  for (const path of paths) {
    const covering = isPattern(path) ? undefined : given.firstFor(path);
    if (covering !== undefined) forms.set(path, covering);
    else if (hasAny(path)) forms.set(path, path);
    else counted.push(path);
  }
  const analyzer = new PathAnalyzer(thresholds);
  // What is seen first may be collapsed by what is seen last, so all is shown before any is asked.
  for (const path of sortedTexts([...counted, ...alsoSeen])) analyzer.analyze(path, '');
  if (!analyzer.hasPatterns && forms.size === 0)
    return new Map(counted.map((path) => [path, path]));
  for (const path of counted) forms.set(path, analyzer.analyze(path, ''));
  return withLiteralsFolded(forms);
}

/** A path of its own that one of the new patterns covers goes there. */
function withLiteralsFolded(forms: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const patterns = new CoveringPatterns(new Set([...forms.values()].filter(isPattern)));
  return new Map(
    [...forms].map(([path, form]) => [
      path,
      isPattern(form) ? form : (patterns.firstFor(form) ?? form),
    ]),
  );
}

function sortedTexts(texts: Iterable<string>): readonly string[] {
  return sortedByBytes([...texts], (text) => text);
}

function hasAny(path: string): boolean {
  return path.includes(ANY_SEGMENTS) && path.split('/').includes(ANY_SEGMENTS);
}
