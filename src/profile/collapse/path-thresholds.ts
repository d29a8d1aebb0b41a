import { withoutTrailingSlashes } from '../path-pattern.ts';
import type { CollapseSettings } from './collapse-settings.ts';

type PrefixThreshold = CollapseSettings['prefixes'][number];

/** How many children a folder may have, by its path. */
export class PathThresholds {
  readonly #fallback: number;
  /** The longest first; of equals the first. */
  readonly #prefixes: readonly PrefixThreshold[];

  /** `fallback` holds where no prefix does. */
  constructor(fallback: number, prefixes: readonly PrefixThreshold[]) {
    this.#fallback = fallback;
    this.#prefixes = prefixes
      .map(({ prefix, threshold }) => ({ prefix: withoutTrailingSlashes(prefix), threshold }))
      .sort((a, b) => b.prefix.length - a.prefix.length);
  }

  /**
   * The threshold of the folder: that of the longest prefix that is the path or a folder above it. `/etc` is
   * no prefix of `/etcd`; `/` is one of every absolute path.
   */
  thresholdOf(folder: string): number {
    return this.along(folder)(folder.length);
  }

  /**
   * The thresholds of the folders that a path names, asked by how many of its characters name the folder.
   * The root of an absolute path is named by none.
   */
  along(path: string): (end: number) => number {
    const matching = this.#prefixes.filter(({ prefix }) => isAtBoundary(prefix, path));
    const fallback = this.#fallback;
    if (matching.length === 0) return () => fallback;
    return (end) => matching.find(({ prefix }) => prefix.length <= end)?.threshold ?? fallback;
  }
}

function isAtBoundary(prefix: string, path: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.length === path.length || path.charAt(prefix.length) === '/';
}
