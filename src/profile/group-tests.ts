import type { GroupTest } from './entry-table.ts';
import { matchesExecArgs } from './exec-args.ts';
import type { ListRange } from './group-pool.ts';
import { isPort, portText } from './list-tests.ts';
import type { ProfilePools } from './profile-pools.ts';

/** Passes a group with a list that has all of the items, or with an empty list, which allows any. */
export function hasAllOf(items: readonly string[], { groups, strings }: ProfilePools): GroupTest {
  const ids = items.map((item) => strings.idOf(item));
  return (group) =>
    groups.someList(
      group,
      (list) => list.length === 0 || ids.every((id) => groups.hasText(group, list, id)),
    );
}

/** Passes a group with an argument vector that covers `args`; an empty one covers any. */
export function coversArguments(
  args: readonly string[],
  { groups, strings }: ProfilePools,
): GroupTest {
  const ids = args.map((arg) => strings.idOf(arg));
  const isSame = (group: number, { at, length }: ListRange) =>
    length === ids.length && ids.every((id, i) => id === groups.textIdAt(group, at + i));
  return (group) =>
    groups.someList(group, (list) => {
      if (list.length === 0) return true;
      if (!list.hasWildcards) return isSame(group, list);
      return matchesExecArgs(groups.textsOf(group, list), args);
    });
}

/** Passes a group with a list that has the port and protocol, or with an empty one. */
export function allowsPort(
  [port, protocol]: readonly [number, string],
  { groups, strings }: ProfilePools,
): GroupTest {
  if (!isPort(port)) return () => false;
  const wanted = [portText(port, protocol), portText(null, protocol), portText(port, ''), '*'];
  const ids = wanted.map((text) => strings.idOf(text));
  return (group) =>
    groups.someList(
      group,
      (list) => list.length === 0 || ids.some((id) => groups.hasText(group, list, id)),
    );
}
