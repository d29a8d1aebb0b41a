const MAX_TEXTS = 256;
/** Longer texts are not shared: they are mostly met once. */
export const MAX_SHARED_CHARS = 64;

/**
 * One string for all equal ones, of short texts. What is compared with many others, such as the option
 * `--verbose` of different commands, then lies in the processor's cache.
 */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  of(text: string): string {
    if (text.length > MAX_SHARED_CHARS) return text;
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}
