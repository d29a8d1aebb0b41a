/** How the tokens of a pattern stand for items. */
export interface TokenRules {
  /** The token that stands for none or more items, whatever they are. */
  readonly any: string;
  /** Whether another token stands for this one item. */
  readonly matches: (token: string, item: string) => boolean;
}

/**
 * Whether the tokens cover the items from end to end, in order. Takes at most as many steps as the
 * product of the two lengths.
 */
export function coversItems(
  tokens: readonly string[],
  items: readonly string[],
  { any, matches }: TokenRules,
): boolean {
  let t = 0;
  let i = 0;
  let lastAny = -1;
  let resumeAt = 0;
  while (i < items.length) {
    const token = tokens[t];
    if (token === any) {
      lastAny = t;
      resumeAt = i;
      t += 1;
    } else if (token !== undefined && matches(token, items[i] ?? '')) {
      t += 1;
      i += 1;
    } else if (lastAny >= 0) {
      // Only the last `any` has to give way: an earlier one that took less would leave it more to take.
      resumeAt += 1;
      i = resumeAt;
      t = lastAny + 1;
    } else {
      return false;
    }
  }
  while (tokens[t] === any) t += 1;
  return t === tokens.length;
}
