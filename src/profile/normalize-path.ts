/** Not absolute, an empty segment, a dot segment, or a slash at the end of more than the root. */
const NEEDS_WORK = /^[^/]|\/\/|\/\.{1,2}(?:\/|$)|[^/]\/$/;

/**
 * A path as rules see it: absolute, without `//`, `.`, `..` and a slash at the end. `''` stays `''`
 * and `.` becomes `/`. A path that is in this form already comes back as it is.
 *
 * Source: NormalizePath of the public node agent, which applies it to `exepath`, `path`, `oldPath`
 * and `newPath` and to nothing else.
 */
export function normalizePath(path: string): string {
  if (path === '') return '';
  if (!NEEDS_WORK.test(path)) return path;
  const out: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') out.pop();
    else out.push(segment);
  }
  return `/${out.join('/')}`;
}
