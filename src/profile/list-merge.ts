/** The elements once each, in code unit order. */
export function sortedUnique(items: Iterable<string>): readonly string[] {
  return [...new Set(items)].sort();
}

/**
 * The items with those of one key joined into one by `join`, at the place of the first. What stands
 * alone stays the object it was.
 */
export function joinedBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  join: (first: Item, other: Item) => Item,
): readonly Item[] {
  const byKey = new Map<string, Item>();
  for (const item of items) {
    const key = keyOf(item);
    const first = byKey.get(key);
    byKey.set(key, first === undefined ? item : join(first, item));
  }
  return [...byKey.values()];
}

type MaybeList = readonly unknown[] | null | undefined;

/**
 * `base` with the lists of `extra` appended to its own, for `fields`. A list that gains nothing stays
 * as it is, absent ones included. A new object with new lists; the entries are shared.
 */
export function withAppended<
  Field extends string,
  Base extends { readonly [F in Field]?: MaybeList },
>(base: Base, extra: { readonly [F in Field]?: MaybeList }, fields: readonly Field[]): Base {
  const gained = fields
    .filter((field) => (extra[field]?.length ?? 0) > 0)
    .map((field) => [field, [...(base[field] ?? []), ...(extra[field] ?? [])]] as const);
  return { ...base, ...Object.fromEntries(gained) };
}
