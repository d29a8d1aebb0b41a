import { ONE_SEGMENT } from './path-pattern.ts';
import { coversItems, type TokenRules } from './wildcard-walk.ts';

/** Stands for any number of whole arguments. */
export const ANY_ARGUMENTS = '⋯⋯';

const ARGUMENTS: TokenRules = { any: ANY_ARGUMENTS, matches: matchesArgument };

/**
 * Whether an argument vector of a profile covers `args`, from end to end. An empty vector covers
 * everything. `⋯⋯` is none or more arguments, `⋯` exactly one, whatever it holds; within an argument
 * `⋯` is one segment between slashes. `*` is only itself. Both start with `argv[0]`.
 * The work is at most the product of the two lengths.
 *
 * Source: CompareExecArgs of the public storage component, from version 0.0.297 on.
 */
export function matchesExecArgs(profileArgs: readonly string[], args: readonly string[]): boolean {
  return profileArgs.length === 0 || coversItems(profileArgs, args, ARGUMENTS);
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
  return !argsRequired || coversItems(profileArgs, args, ARGUMENTS);
}

/** True when one token of a profile's arguments stands for this argument; `⋯⋯`, which stands for any number, is none. */
export function matchesArgument(token: string, arg: string): boolean {
  if (token === arg || token === ONE_SEGMENT) return true;
  if (!token.includes(ONE_SEGMENT)) return false;
  const wanted = token.split('/');
  const found = arg.split('/');
  return (
    wanted.length === found.length &&
    wanted.every((segment, i) => segment === ONE_SEGMENT || segment === found[i])
  );
}
