/** A UTF-16 surrogate half and what stands above them: where code units and bytes sort differently. */
const HIGH_UNITS = /[\ud800-\uffff]/;
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/** Negative, zero or positive, as the UTF-8 bytes of two texts sort. */
export function compareBytes(a: string, b: string): number {
  return HIGH_UNITS.test(a) && HIGH_UNITS.test(b) ? compareCodePoints(a, b) : compareUnits(a, b);
}

/** The items by the bytes of a text each; those of one text keep their order. */
export function sortedByBytes<Item>(
  items: readonly Item[],
  textOf: (item: Item) => string,
): readonly Item[] {
  const keyed = items.map((item) => ({ item, text: textOf(item) }));
  const isPlain = !keyed.some(({ text }) => HIGH_UNITS.test(text));
  const compare = isPlain ? compareUnits : compareBytes;
  return keyed.sort((a, b) => compare(a.text, b.text)).map(({ item }) => item);
}

/** How many bytes a text has in UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x80) bytes += 1;
    else if (point < 0x800) bytes += 2;
    else bytes += point < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function compareUnits(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareCodePoints(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a.charCodeAt(i) === b.charCodeAt(i)) i += 1;
  const rank = (text: string) => {
    const unit = i < text.length ? text.charCodeAt(i) : -1;
    return unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE ? unit + 0x10000 : unit;
  };
  return rank(a) - rank(b);
}
