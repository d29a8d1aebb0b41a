import { ONE_SEGMENT } from '../../../src/profile/path-pattern.ts';

/** Segment by segment; `⋯` is any one of them. */
export function comparePaths(entry: string, path: string): boolean {
  if (!entry.includes(ONE_SEGMENT)) return entry === path;
  const wanted = entry.split('/');
  const found = path.split('/');
  return (
    wanted.length === found.length &&
    wanted.every((segment, i) => segment === ONE_SEGMENT || segment === found[i])
  );
}

/** Equal, one by one. */
export function compareLists(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

/** The host of an endpoint that is a URL is `host`, or the endpoint contains it. */
export function namesHost(endpoint: string, host: string): boolean {
  if (endpoint.includes(host)) return true;
  return URL.canParse(endpoint) && new URL(endpoint).hostname === host;
}
