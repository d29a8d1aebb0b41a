/** Longer texts are not remembered: they are rare, and this bounds the memory. */
const MAX_TEXT_CHARS = 256;

/**
 * A pure function of texts that leaves most of them as they are. What it made of those that it changed
 * lately is remembered, so that one that comes again costs a lookup.
 */
export class TextMemo {
  readonly #make: (text: string) => string;
  readonly #limit: number;
  readonly #changed = new Map<string, string>();

  /** @param limit how many texts are remembered; at the limit all are forgotten */
  constructor(limit: number, make: (text: string) => string) {
    this.#limit = limit;
    this.#make = make;
  }

  of(text: string): string {
    const known = this.#changed.get(text);
    if (known !== undefined) return known;
    const made = this.#make(text);
    if (made === text || text.length > MAX_TEXT_CHARS) return made;
    if (this.#changed.size >= this.#limit) this.#changed.clear();
    this.#changed.set(text, made);
    return made;
  }
}
