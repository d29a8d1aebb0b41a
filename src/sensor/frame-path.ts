import { posix } from 'node:path';

/**
 * The path of an open that the kernel could not give a path for: where it started from, and the
 * name as the caller gave it. `.`, `..` and doubled slashes are taken out by their spelling alone,
 * so a `..` behind a symbolic link may lead elsewhere than the kernel went. An empty name gives `base`.
 */
export function joinGivenPath(base: string, given: string): string {
  const joined = posix.normalize(given.startsWith('/') ? given : `${base}/${given}`);
  return joined.length > 1 && joined.endsWith('/') ? joined.slice(0, -1) : joined;
}
