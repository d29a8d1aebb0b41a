import type { SurfaceNeeds } from '#model/profile-needs.js';

/** What is needed of one surface, prepared for asking about many entries. */
export class SurfaceSelection {
  /** False: nothing of it is kept. */
  readonly isNeeded: boolean;
  readonly #all: boolean;
  readonly #exact = new Set<string>();
  readonly #prefixes = new Set<string>();
  readonly #suffixes = new Set<string>();
  readonly #contains = new Set<string>();

  constructor({ all, selectors }: SurfaceNeeds) {
    this.#all = all;
    this.isNeeded = all || selectors.length > 0;
    for (const selector of selectors) {
      if ('exact' in selector) this.#exact.add(selector.exact);
      else if ('prefix' in selector) this.#prefixes.add(selector.prefix);
      else if ('suffix' in selector) this.#suffixes.add(selector.suffix);
      else this.#contains.add(selector.contains);
    }
  }

  /** Whether an entry with that text is wanted for its text. */
  selects(text: string): boolean {
    return (
      this.#all ||
      this.#exact.has(text) ||
      some(this.#prefixes, (prefix) => text.startsWith(prefix)) ||
      some(this.#suffixes, (suffix) => text.endsWith(suffix)) ||
      some(this.#contains, (part) => text.includes(part))
    );
  }

  declaresPrefix(prefix: string): boolean {
    return this.#prefixes.has(prefix);
  }

  declaresSuffix(suffix: string): boolean {
    return this.#suffixes.has(suffix);
  }

  /** The declared prefixes and suffixes that one of the texts has, sorted. */
  hits(texts: readonly string[]): readonly [prefixes: string[], suffixes: string[]] {
    return [
      [...this.#prefixes].filter((prefix) => texts.some((t) => t.startsWith(prefix))).sort(),
      [...this.#suffixes].filter((suffix) => texts.some((t) => t.endsWith(suffix))).sort(),
    ];
  }
}

function some(items: ReadonlySet<string>, passes: (item: string) => boolean): boolean {
  for (const item of items) if (passes(item)) return true;
  return false;
}
