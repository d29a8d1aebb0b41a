import type { ExecEvent } from '#model/raw-event.js';
import { ANY_ARGUMENTS } from '#profile/exec-args.js';
import { normalizePath } from '#profile/normalize-path.js';
import { ANY_SEGMENTS, ONE_SEGMENT } from '#profile/path-pattern.js';

const OWN_PROC = /^\/proc\/\d+(?=\/|$)/;
const ANY_SEGMENT_WITHIN = /(^|\/)\*(?=\/|$)/g;

/**
 * A path as it goes into a profile: in normal form, with `/proc/<pid>` as `/proc/⋯`, since the number is
 * another one next time.
 */
export function learnedPath(path: string): string {
  const normal = normalizePath(path);
  const isProc = normal.startsWith('/proc/');
  return withoutAnySegments(isProc ? normal.replace(OWN_PROC, `/proc/${ONE_SEGMENT}`) : normal);
}

/**
 * Arguments as they go into a profile. One that is really `⋯⋯` becomes `⋯`: taken literally it would
 * allow any number of them. The same array when there is none.
 */
export function learnedArguments(args: readonly string[]): readonly string[] {
  if (!args.includes(ANY_ARGUMENTS)) return args;
  return args.map((arg) => (arg === ANY_ARGUMENTS ? ONE_SEGMENT : arg));
}

/** The program that was executed: the resolved path, else `argv[0]`, else the thread's name, as rules look for it. */
export function execPathOf({ exePath, args, comm }: ExecEvent): string {
  return exePath === '' ? withoutAnySegments(args[0] || comm) : learnedPath(exePath);
}

/**
 * A file can really be called `*`: a shell passes a glob on when nothing matches it. It becomes
 * `⋯`, for as a pattern `*` would allow the whole directory.
 */
export function withoutAnySegments(path: string): string {
  if (!path.includes(ANY_SEGMENTS)) return path;
  return path.replace(ANY_SEGMENT_WITHIN, `$1${ONE_SEGMENT}`);
}
