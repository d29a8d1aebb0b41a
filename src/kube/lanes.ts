/** Calls under way at a time. */
const LANES = 8;

/** Does the work for each item, a few at a time. Rejects when one does; those beside it go on to their end. */
export async function inLanes<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < items.length; at += LANES) {
    await Promise.all(items.slice(at, at + LANES).map(work));
  }
}
