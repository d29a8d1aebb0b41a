import { NO_TEXT, SHARD_BITS, StringShard } from './string-shard.ts';
import { TextSpan } from './text-span.ts';

/** Each grows by itself, so that no growth holds up the event loop. */
const SHARDS = 2 ** SHARD_BITS;
const SHARD_MASK = SHARDS - 1;
const SLASH = 47;
/** Shorter pieces cost more to hold apart than they save. */
const MIN_PIECE_LENGTH = 4;
/** Longer texts are no paths, and are not cut: how often they would be is not known. */
const MAX_PATH_LENGTH = 4_096;

/**
 * Texts, each once, by numbers; with a count of its users. A number is its text's as long as it has
 * a user, and another text's afterwards. Texts are any UTF-16; they come back as they were.
 */
export class StringPool {
  readonly #span: TextSpan;
  readonly #shards: readonly StringShard[];
  readonly #isOfPaths: boolean;

  /**
   * @param seed any number; see {@link TextSpan}
   * @param isOfPaths texts share what they have in common up to a slash
   */
  constructor(seed: number, isOfPaths: boolean) {
    this.#span = new TextSpan(seed);
    this.#isOfPaths = isOfPaths;
    const shards: StringShard[] = [];
    for (let i = 0; i < SHARDS; i += 1) shards.push(new StringShard(shards));
    this.#shards = shards;
  }

  /** How many texts; those that others follow count. */
  get size(): number {
    return this.#shards.reduce((sum, { size }) => sum + size, 0);
  }

  get sizeBytes(): number {
    return this.#shards.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  /** The number of a text, or -1 when it has none. */
  idOf(text: string): number {
    return this.idOfRange(text, 0, text.length);
  }

  /** The same for the characters from `start` up to `end`. */
  idOfRange(text: string, start: number, end: number): number {
    const shard = this.#span.set(text, start, end).hash >>> (32 - SHARD_BITS);
    const id = this.#shardOf(shard).find(this.#span);
    return id < 0 ? -1 : id * SHARDS + shard;
  }

  /** The number of a text, with one user more. */
  acquire(text: string): number {
    return this.#acquireUpTo(text, text.length);
  }

  usersOf(id: number): number {
    return this.#shardOf(id).usersOf(id >>> SHARD_BITS);
  }

  /** One user more of a text that is there. */
  acquireAgain(id: number): void {
    this.#shardOf(id).acquireAgain(id >>> SHARD_BITS);
  }

  /** One user less. */
  release(id: number): void {
    for (let text = id; text !== NO_TEXT; ) {
      text = this.#shardOf(text).release(text >>> SHARD_BITS, this.#span);
    }
  }

  textOf(id: number): string {
    return this.#shardOf(id).textOf(id >>> SHARD_BITS);
  }

  /** Number of characters; only in a pool that is not of paths. */
  lengthOf(id: number): number {
    return this.#shardOf(id).lengthOf(id >>> SHARD_BITS);
  }

  /** One character; only in a pool that is not of paths. */
  unitAt(id: number, index: number): number {
    return this.#shardOf(id).unitAt(id >>> SHARD_BITS, index);
  }

  #acquireUpTo(text: string, end: number): number {
    const known = this.idOfRange(text, 0, end);
    if (known >= 0) {
      this.acquireAgain(known);
      return known;
    }
    const cut = this.#isOfPaths ? cutOf(text, end) : 0;
    const parent = cut === 0 ? NO_TEXT : this.#acquireUpTo(text, cut);
    const shard = this.#span.set(text, 0, end).hash >>> (32 - SHARD_BITS);
    return this.#shardOf(shard).add(this.#span, parent, cut) * SHARDS + shard;
  }

  #shardOf(id: number): StringShard {
    // Every number ends in that of its shard.
    return this.#shards[id & SHARD_MASK] as StringShard;
  }
}

/** The last slash that leaves a piece worth it on both sides; 0 for none. */
function cutOf(text: string, end: number): number {
  if (end > MAX_PATH_LENGTH) return 0;
  for (let cut = end - MIN_PIECE_LENGTH; cut >= MIN_PIECE_LENGTH; cut -= 1) {
    if (text.charCodeAt(cut) === SLASH) return cut;
  }
  return 0;
}
