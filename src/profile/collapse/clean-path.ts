/**
 * The path without empty segments, `.` and `..`, and without a slash at the end. Empty becomes `.`; what lies
 * above the root is the root. Source: path.Clean of Go.
 */
export function cleanPath(path: string): string {
  if (isClean(path)) return path;
  const isAbsolute = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!isAbsolute) kept.push(segment);
  }
  const joined = kept.join('/');
  return isAbsolute ? `/${joined}` : joined || '.';
}

function isClean(path: string): boolean {
  return path.startsWith('/') && path.length > 1 && !/\/\/|\/\.|\/$/.test(path);
}
