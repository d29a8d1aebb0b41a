import type { OpenCall } from '#model/profile.js';
import { sortedUnique } from '../list-merge.ts';
import { isPattern } from '../path-pattern.ts';
import { sortedByBytes } from './byte-order.ts';
import { collapsedPaths } from './collapse-paths.ts';
import type { CollapseSettings } from './collapse-settings.ts';
import { PathThresholds } from './path-thresholds.ts';

/**
 * One entry for each path that is left after {@link collapsedPaths}, with the flags of all entries that
 * became it, sorted; by path in byte order. A path of `imageFiles` counts like any other and keeps its
 * own entry, whatever pattern covers it.
 *
 * The public storage keeps, of entries with the same path, only the flags of the last one.
 */
export function collapseOpens(
  opens: readonly OpenCall[],
  settings: Pick<CollapseSettings, 'openThreshold' | 'prefixes' | 'imageFiles'>,
): readonly OpenCall[] {
  const { imageFiles } = settings;
  const isKept = (path: string) => imageFiles?.has(path) === true && !isPattern(path);
  const paths = opens.map(({ path }) => path);
  const forms = collapsedPaths(
    paths.filter((path) => !isKept(path)),
    {
      thresholds: new PathThresholds(settings.openThreshold, settings.prefixes),
      alsoSeen: [...new Set(paths.filter(isKept))],
    },
  );
  const flagsByPath = new Map<string, Set<string>>();
  for (const { path, flags } of opens) {
    const form = isKept(path) ? path : (forms.get(path) ?? path);
    const known = flagsByPath.get(form) ?? new Set();
    for (const flag of flags ?? []) known.add(flag);
    flagsByPath.set(form, known);
  }
  const joined = [...flagsByPath].map(([path, flags]) => ({ path, flags: sortedUnique(flags) }));
  return sortedByBytes(joined, ({ path }) => path);
}
