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
  return (group) =>
    groups.someList(group, (list) => {
      const has = (text: string) => groups.hasText(group, list, strings.idOf(text));
      return (
        list.length === 0 ||
        has(portText(port, protocol)) ||
        has(portText(null, protocol)) ||
        has(portText(port, '')) ||
        has('*')
      );
    });
}
