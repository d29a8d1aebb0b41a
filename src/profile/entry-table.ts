import { PatternTrie } from './pattern-trie.ts';
import type { ProfilePools } from './profile-pools.ts';
import { type Token, TrieBuilder } from './trie-builder.ts';

/** What is to be written into a table. Text and group have been acquired; the table gives them back. */
export interface TableEntry {
  /** Number of its text. No text stands in a table twice. */
  readonly text: number;
  /** Number of the group of lists that stand beside it. */
  readonly group: number;
  /** The segments, unless the text stands for nothing but itself. */
  readonly pattern?: readonly Token[];
}

/** How a text is looked for: by itself from 0 to `literalEnd`, by its segments up to `end`. */
export interface Search {
  readonly text: string;
  readonly literalEnd: number;
  readonly end: number;
  /** Character code that stands between segments. */
  readonly separator: number;
  /** Another text that may stand for the first segment. */
  readonly firstAlias?: string | undefined;
}

/** Whether what stands beside an entry allows what is asked. */
export type GroupTest = (group: number) => boolean;

const LITERALS = 0;
const PATTERNS = 1;
const GROUPS = 2;
const HEADER = 3;
/** Beyond it the index of a group takes a word instead of a byte. */
const MAX_BYTE_GROUPS = 256;

/**
 * Texts and patterns of texts, each with a group of lists. A text that no profile has is missed by
 * one lookup in the pool; one that is known is searched for among sorted numbers; all patterns are
 * followed at once.
 *
 * Words: the number of texts L, of patterns P, of different groups G that the texts have; the numbers
 * of the texts, sorted; those groups; for each text the index of its group, in a byte (no bytes for
 * one group, words for more than 256); the texts of the patterns, their groups, their trie.
 */
export class EntryTable {
  readonly #words: Uint32Array;
  readonly #pools: ProfilePools;
  readonly #trie: PatternTrie | undefined;

  /** @param words from {@link tableWords}; empty for no entries */
  constructor(words: Uint32Array, pools: ProfilePools) {
    this.#words = words;
    this.#pools = pools;
    if (this.#patterns > 0) {
      this.#trie = new PatternTrie(words, this.#patternBase + 2 * this.#patterns);
    }
  }

  get size(): number {
    return this.#literals + this.#patterns;
  }

  get sizeBytes(): number {
    return this.#words.byteLength;
  }

  /** Whether an entry covers the text and, if a test is given, has a group that passes. */
  some(search: Search, passes?: GroupTest): boolean {
    const literal = this.#literalOf(search);
    if (literal >= 0 && (passes === undefined || passes(this.groupAt(literal)))) return true;
    return this.#trie !== undefined && this.#walk(this.#trie, search, passes) >= 0;
  }

  /** The indexes of all entries that cover the text. */
  covering(search: Search): readonly number[] {
    const literal = this.#literalOf(search);
    const found = literal < 0 ? [] : [literal];
    if (this.#trie === undefined) return found;
    this.#walk(this.#trie, search, () => false);
    const { places, count } = this.#pools.scratch;
    for (const place of places.subarray(0, count)) {
      const end = this.#trie.firstItemAt(place + 1);
      for (let item = this.#trie.firstItemAt(place); item < end; item += 1) {
        found.push(this.#literals + item);
      }
    }
    return found.sort((a, b) => a - b);
  }

  /** Number of the text of an entry; texts come before patterns. */
  textAt(index: number): number {
    const at = index < this.#literals ? HEADER : this.#patternBase - this.#literals;
    return this.#words[at + index] ?? 0;
  }

  groupAt(index: number): number {
    if (index >= this.#literals) {
      return this.#words[this.#patternBase + this.#patterns + index - this.#literals] ?? 0;
    }
    const groups = HEADER + this.#literals;
    return this.#words[groups + this.#groupIndexAt(index)] ?? 0;
  }

  /** Whether an entry stands for more than its own text. */
  isPatternAt(index: number): boolean {
    return index >= this.#literals;
  }

  /** Gives back all that its entries had acquired. The table must not be used again. */
  release(): void {
    const { strings, groups } = this.#pools;
    for (let index = 0; index < this.size; index += 1) {
      strings.release(this.textAt(index));
      groups.release(this.groupAt(index));
    }
    for (const segment of this.#trie?.segments() ?? []) strings.release(segment);
  }

  get #literals(): number {
    return this.#words[LITERALS] ?? 0;
  }

  get #patterns(): number {
    return this.#words[PATTERNS] ?? 0;
  }

  get #groupCount(): number {
    return this.#words[GROUPS] ?? 0;
  }

  get #patternBase(): number {
    const indexes = groupIndexWords(this.#literals, this.#groupCount);
    return HEADER + this.#literals + this.#groupCount + indexes;
  }

  #groupIndexAt(literal: number): number {
    const count = this.#groupCount;
    const indexes = HEADER + this.#literals + count;
    if (count === 1) return 0;
    if (count > MAX_BYTE_GROUPS) return this.#words[indexes + literal] ?? 0;
    return ((this.#words[indexes + (literal >>> 2)] ?? 0) >>> (8 * (literal & 3))) & 0xff;
  }

  #literalOf({ text, literalEnd }: Search): number {
    const id = this.#pools.strings.idOfRange(text, 0, literalEnd);
    if (id < 0) return -1;
    let low = 0;
    let high = this.#literals;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#words[HEADER + middle] ?? 0) < id) low = middle + 1;
      else high = middle;
    }
    return low < this.#literals && this.#words[HEADER + low] === id ? low : -1;
  }

  /** The first place at the end of the text where an item passes, or -1. */
  #walk(trie: PatternTrie, search: Search, passes: GroupTest | undefined): number {
    const { strings, scratch } = this.#pools;
    const { text, end, separator, firstAlias } = search;
    let alias = firstAlias === undefined ? -1 : strings.idOf(firstAlias);
    trie.begin(scratch);
    for (let from = 0; from <= end; ) {
      let to = from;
      while (to < end && text.charCodeAt(to) !== separator) to += 1;
      trie.step([strings.idOfRange(text, from, to), alias], scratch);
      if (scratch.count === 0) return -1;
      alias = -1;
      from = to + 1;
    }
    return this.#firstPassing(trie, passes);
  }

  #firstPassing(trie: PatternTrie, passes: GroupTest | undefined): number {
    const { places, count } = this.#pools.scratch;
    for (let i = 0; i < count; i += 1) {
      const place = places[i] ?? 0;
      const end = trie.firstItemAt(place + 1);
      for (let item = trie.firstItemAt(place); item < end; item += 1) {
        if (passes === undefined || passes(this.groupAt(this.#literals + item))) return place;
      }
    }
    return -1;
  }
}

/** The words of a table with these entries; none for none. */
export function tableWords(
  entries: readonly TableEntry[],
  { strings }: ProfilePools,
): readonly number[] {
  if (entries.length === 0) return [];
  const literals = entries.filter(({ pattern }) => !pattern).sort((a, b) => a.text - b.text);
  const patterns = entries.filter(({ pattern }) => pattern !== undefined);
  const groups = [...new Set(literals.map(({ group }) => group))];
  const words = [literals.length, patterns.length, groups.length];
  for (const { text } of literals) words.push(text);
  for (const group of groups) words.push(group);
  for (const word of groupIndexes(literals, groups)) words.push(word);
  if (patterns.length === 0) return words;
  const builder = new TrieBuilder((text) => strings.acquire(text));
  for (const [item, { pattern = [] }] of patterns.entries()) builder.add(pattern, item);
  const trie = builder.build();
  const ordered = trie.items.flatMap((item) => patterns[item] ?? []);
  for (const { text } of ordered) words.push(text);
  for (const { group } of ordered) words.push(group);
  for (const word of trie.words) words.push(word);
  return words;
}

function groupIndexes(
  literals: readonly TableEntry[],
  groups: readonly number[],
): readonly number[] {
  const indexOf = new Map(groups.map((group, index) => [group, index]));
  const indexes = literals.map(({ group }) => indexOf.get(group) ?? 0);
  if (groups.length > MAX_BYTE_GROUPS) return indexes;
  const words = new Array<number>(groupIndexWords(literals.length, groups.length)).fill(0);
  if (words.length === 0) return words;
  for (const [i, index] of indexes.entries()) {
    words[i >>> 2] = ((words[i >>> 2] ?? 0) | (index << (8 * (i & 3)))) >>> 0;
  }
  return words;
}

function groupIndexWords(literals: number, groups: number): number {
  if (groups <= 1) return 0;
  return groups > MAX_BYTE_GROUPS ? literals : Math.ceil(literals / 4);
}
