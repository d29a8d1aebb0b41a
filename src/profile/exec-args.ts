import { ONE_SEGMENT } from './path-pattern.ts';

/** Stands for any number of whole arguments. */
export const ANY_ARGUMENTS = '⋯⋯';

/**
 * Whether an argument vector of a profile covers `args`, from end to end. An empty vector covers
 * everything. `⋯⋯` is none or more arguments, `⋯` exactly one, whatever it holds; within an argument
 * `⋯` is one segment between slashes. `*` is only itself. Both start with `argv[0]`.
 * The work is at most the product of the two lengths.
 *
 * Source: CompareExecArgs of the public storage component, from version 0.0.297 on.
 */
export function matchesExecArgs(profileArgs: readonly string[], args: readonly string[]): boolean {
  return profileArgs.length === 0 || matchesAnchored(profileArgs, args);
}

/**
 * The same for an entry that may insist on its arguments: with `argsRequired` an empty vector covers
 * only an empty one; without it everything is covered. Source: MatchExecArgs, as above.
 */
export function matchesRequiredExecArgs(
  profileArgs: readonly string[],
  argsRequired: boolean,
  args: readonly string[],
): boolean {
  return !argsRequired || matchesAnchored(profileArgs, args);
}

function matchesAnchored(profileArgs: readonly string[], args: readonly string[]): boolean {
  let p = 0;
  let a = 0;
  let lastAny = -1;
  let resumeAt = 0;
  while (a < args.length) {
    const token = profileArgs[p];
    if (token === ANY_ARGUMENTS) {
      lastAny = p;
      resumeAt = a;
      p += 1;
    } else if (token !== undefined && matchesArgument(token, args[a] ?? '')) {
      p += 1;
      a += 1;
    } else if (lastAny >= 0) {
      // Only the last `⋯⋯` has to give way: an earlier one that took less would leave it more to take.
      resumeAt += 1;
      a = resumeAt;
      p = lastAny + 1;
    } else {
      return false;
    }
  }
  while (profileArgs[p] === ANY_ARGUMENTS) p += 1;
  return p === profileArgs.length;
}

function matchesArgument(token: string, arg: string): boolean {
  if (token === arg || token === ONE_SEGMENT) return true;
  if (!token.includes(ONE_SEGMENT)) return false;
  const wanted = token.split('/');
  const found = arg.split('/');
  return (
    wanted.length === found.length &&
    wanted.every((segment, i) => segment === ONE_SEGMENT || segment === found[i])
  );
}
