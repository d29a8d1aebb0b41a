import { ONE_SEGMENT } from './path-pattern.ts';
import { StringPool } from './string-pool.ts';

/** Lists of texts: what the entries of one path say. */
export type Lists = readonly (readonly string[])[];

/** Where a list stands in its group. */
export interface ListRange {
  /** Place of its first text, for {@link GroupPool.textIdAt}. */
  readonly at: number;
  readonly length: number;
  /** Whether a text in it holds a `⋯`. */
  readonly hasWildcards: boolean;
}

/** `String.fromCharCode` takes its arguments from the stack. */
const UNITS_AT_ONCE = 4_096;

/**
 * Groups of lists of texts, each group once, by numbers, with a count of its users. A group is kept
 * as a text whose characters are halves of numbers: how many lists, and for each list twice its
 * length (one more when a text in it holds a `⋯`) and the texts' numbers.
 */
export class GroupPool {
  readonly #strings: StringPool;
  readonly #codes: StringPool;

  constructor(strings: StringPool, seed: number) {
    this.#strings = strings;
    this.#codes = new StringPool(seed, false);
  }

  get size(): number {
    return this.#codes.size;
  }

  get sizeBytes(): number {
    return this.#codes.sizeBytes;
  }

  /** The number of a group, with one user more. */
  acquire(lists: Lists): number {
    const numbers: number[] = [lists.length];
    for (const list of lists) {
      numbers.push(2 * list.length + (list.some(hasWildcard) ? 1 : 0));
      for (const text of list) numbers.push(this.#strings.acquire(text));
    }
    const code = codeOf(numbers);
    if (this.#codes.idOf(code) >= 0) this.#releaseTexts(numbers);
    return this.#codes.acquire(code);
  }

  acquireAgain(id: number): void {
    this.#codes.acquireAgain(id);
  }

  release(id: number): void {
    const numbers = this.#codes.usersOf(id) === 1 ? this.#numbersOf(id) : [];
    this.#codes.release(id);
    this.#releaseTexts(numbers);
  }

  /** The group as it was given. */
  listsOf(id: number): Lists {
    const lists: string[][] = [];
    const count = this.#numberAt(id, 0);
    for (let i = 0, at = 1; i < count; i += 1) {
      const length = this.#numberAt(id, at) >>> 1;
      lists.push(this.#textsAt(id, at + 1, length));
      at += 1 + length;
    }
    return lists;
  }

  /** Whether a list of the group passes. */
  someList(id: number, passes: (list: ListRange) => boolean): boolean {
    const count = this.#numberAt(id, 0);
    for (let i = 0, at = 1; i < count; i += 1) {
      const header = this.#numberAt(id, at);
      const list = { at: at + 1, length: header >>> 1, hasWildcards: (header & 1) === 1 };
      if (passes(list)) return true;
      at += 1 + list.length;
    }
    return false;
  }

  /** Whether a text stands in a list; -1 never does. */
  hasText(id: number, { at, length }: ListRange, textId: number): boolean {
    for (let i = at; i < at + length; i += 1) if (this.#numberAt(id, i) === textId) return true;
    return false;
  }

  /** The number of a text in a list. */
  textIdAt(id: number, at: number): number {
    return this.#numberAt(id, at);
  }

  textsOf(id: number, { at, length }: ListRange): readonly string[] {
    return this.#textsAt(id, at, length);
  }

  #textsAt(id: number, at: number, length: number): string[] {
    return Array.from({ length }, (_, i) => this.#strings.textOf(this.#numberAt(id, at + i)));
  }

  #numberAt(id: number, index: number): number {
    const high = this.#codes.unitAt(id, 2 * index);
    return high * 0x10000 + this.#codes.unitAt(id, 2 * index + 1);
  }

  #numbersOf(id: number): number[] {
    const length = this.#codes.lengthOf(id) / 2;
    return Array.from({ length }, (_, i) => this.#numberAt(id, i));
  }

  #releaseTexts(numbers: readonly number[]): void {
    for (let at = 1; at < numbers.length; ) {
      const length = (numbers[at] ?? 0) >>> 1;
      for (const id of numbers.slice(at + 1, at + 1 + length)) this.#strings.release(id);
      at += 1 + length;
    }
  }
}

function hasWildcard(text: string): boolean {
  return text.includes(ONE_SEGMENT);
}

function codeOf(numbers: readonly number[]): string {
  let code = '';
  for (let from = 0; from < numbers.length; from += UNITS_AT_ONCE / 2) {
    const part = numbers.slice(from, from + UNITS_AT_ONCE / 2);
    code += String.fromCharCode(...part.flatMap((n) => [Math.floor(n / 0x10000), n % 0x10000]));
  }
  return code;
}
