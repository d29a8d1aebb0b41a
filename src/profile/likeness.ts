import { ANY_SEGMENTS, ONE_SEGMENT, pathSegments } from './path-pattern.ts';

/**
 * How much a path of a profile is like a path: two for each segment that they share from the start,
 * one when they end in the same name. A `⋯` shares a segment with anything, a `*` ends the
 * comparison. The empty segment before a leading slash is shared by all absolute paths and counts
 * for nothing.
 */
export function pathLikeness(path: string, entry: string): number {
  const wanted = pathSegments(path);
  const known = pathSegments(entry);
  const last = wanted.at(-1);
  return 2 * sharedFromStart(wanted, known) + (last !== '' && last === known.at(-1) ? 1 : 0);
}

/** The same for canonical domains, from the end: two for each label, less the last one. */
export function domainLikeness(domain: string, entry: string): number {
  const wanted = domain.split('.').reverse();
  const known = entry.split('.').reverse();
  // That two names end in `com` makes them no more alike than any.
  return Math.max(0, 2 * (sharedFromStart(wanted, known) - 1));
}

/** How much an argument vector is like another, from 0 to less than 1, by what they share in front. */
export function argumentsLikeness(args: readonly string[], entry: readonly string[]): number {
  let shared = 0;
  while (shared < args.length && isLike(entry[shared], args[shared])) shared += 1;
  return shared / (args.length + 1);
}

function isLike(known: string | undefined, arg: string | undefined): boolean {
  return known === arg || known === ONE_SEGMENT;
}

function sharedFromStart(wanted: readonly string[], known: readonly string[]): number {
  let shared = 0;
  for (let i = 0; i < Math.min(wanted.length, known.length); i += 1) {
    const item = known[i] ?? '';
    if (item === ANY_SEGMENTS || (item !== wanted[i] && item !== ONE_SEGMENT)) break;
    if (item !== '') shared += 1;
  }
  return shared;
}
