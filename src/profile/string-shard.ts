import { AgentError } from '#model/agent-error.js';
import { needsWide, type StoredPiece, type TextSpan, wideUnit } from './text-span.ts';

/** In place of the number of a text. */
export const NO_TEXT = 0xffffffff;
/** The lowest bits of a text's number say in which shard it is, the others which one it is there. */
export const SHARD_BITS = 6;
const SHARD_MASK = 2 ** SHARD_BITS - 1;
const FIRST_CAPACITY = 16;
/** Copying more often is cheap beside what fuller arrays save: they live long. */
const GROWTH = 1.125;
const MIN_WASTE_BYTES = 4_096;
const NO_WORDS = new Uint32Array(0);
const NO_BYTES = Buffer.alloc(0);

/**
 * Texts, each once with a count of its users, by small numbers that stay theirs as long as they are
 * used. A text is a piece of its own behind another text, which may be in another shard: of paths
 * each directory is held once. A piece is held as bytes, one for each character, or two when one
 * needs it, and found through a hash table without entries of its own. So a text costs the bytes of
 * its piece and about 25 more.
 */
export class StringShard {
  readonly #all: readonly StringShard[];
  #bytes: Buffer = NO_BYTES;
  #usedBytes = 0;
  #wastedBytes = 0;
  /** By id: where the piece begins; for a free id, the next free one. */
  #starts: Uint32Array = NO_WORDS;
  /** By id: twice the number of characters in the piece, and one more when they take two bytes. */
  #lengths: Uint32Array = NO_WORDS;
  /** By id: the number of the text that the piece follows. */
  #parents: Uint32Array = NO_WORDS;
  /** By id: how many use it. */
  #counts: Uint32Array = NO_WORDS;
  /** Open addressing, linear probing: id + 1, or 0. The length is a power of two. */
  #slots: Uint32Array = NO_WORDS;
  #endId = 0;
  #freeId = NO_TEXT;
  #size = 0;

  /** @param all the shards of the pool, by the number that their texts' numbers end in */
  constructor(all: readonly StringShard[]) {
    this.#all = all;
  }

  get size(): number {
    return this.#size;
  }

  get sizeBytes(): number {
    const words = [this.#starts, this.#lengths, this.#parents, this.#counts, this.#slots];
    return words.reduce((sum, { byteLength }) => sum + byteLength, this.#bytes.byteLength);
  }

  /** The id of a text, or -1. */
  find(span: TextSpan): number {
    if (this.#size === 0) return -1;
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = span.hash & mask; ; slot = (slot + 1) & mask) {
      const id = (slots[slot] ?? 0) - 1;
      if (id < 0 || this.#equals(id, span)) return id;
    }
  }

  /** Adds a text that is not there: what of the span stands from `cut` on, behind the text `parent`. */
  add(span: TextSpan, parent: number, cut: number): number {
    // Three quarters full at most, so that a probe ends soon.
    if (4 * (this.#size + 1) > 3 * this.#slots.length) this.#growSlots(span);
    const id = this.#newId();
    const isWide = needsWide(span.text, cut, span.end);
    const length = span.end - cut;
    const byteLength = isWide ? 2 * length : length;
    this.#reserve(byteLength);
    const piece = length === span.text.length ? span.text : span.text.slice(cut, span.end);
    this.#bytes.write(piece, this.#usedBytes, isWide ? 'utf16le' : 'latin1');
    this.#starts[id] = this.#usedBytes;
    this.#lengths[id] = 2 * length + (isWide ? 1 : 0);
    this.#parents[id] = parent;
    this.#counts[id] = 1;
    this.#usedBytes += byteLength;
    this.#size += 1;
    this.#occupy(span.hash, id);
    return id;
  }

  usersOf(id: number): number {
    return this.#counts[id] ?? 0;
  }

  acquireAgain(id: number): void {
    this.#counts[id] = (this.#counts[id] ?? 0) + 1;
  }

  /** One user less. After the last one the text is gone, and the one that it followed is returned. */
  release(id: number, span: TextSpan): number {
    const count = (this.#counts[id] ?? 0) - 1;
    // Going on would look for a text that is not there, for ever.
    if (count < 0) throw new AgentError('internal', 'a text was released that nobody holds');
    if (count > 0) {
      this.#counts[id] = count;
      return NO_TEXT;
    }
    const parent = this.#parents[id] ?? NO_TEXT;
    this.#remove(id, span);
    return parent;
  }

  textOf(id: number): string {
    let text = '';
    for (const { bytes, start, end, isWide } of this.#piecesOf(id)) {
      text += (bytes as Buffer).toString(isWide ? 'utf16le' : 'latin1', start, end);
    }
    return text;
  }

  /** Number of characters of a text that is one piece. */
  lengthOf(id: number): number {
    return (this.#lengths[id] ?? 0) >>> 1;
  }

  /** One character of a text that is one piece. */
  unitAt(id: number, index: number): number {
    const start = this.#starts[id] ?? 0;
    const isWide = ((this.#lengths[id] ?? 0) & 1) === 1;
    return isWide ? wideUnit(this.#bytes, start + 2 * index) : (this.#bytes[start + index] ?? 0);
  }

  /** Piece for piece from the end, where paths differ. */
  #equals(id: number, span: TextSpan): boolean {
    let shard: StringShard = this;
    let at = id;
    let end = span.end;
    while (end >= span.start) {
      end = shard.#startOfPiece(at, span, end);
      if (end < 0) return false;
      const parent = shard.#parents[at] ?? NO_TEXT;
      if (parent === NO_TEXT) return end === span.start;
      // Every number that stands here ends in that of a shard.
      shard = this.#all[parent & SHARD_MASK] as StringShard;
      at = parent >>> SHARD_BITS;
    }
    return false;
  }

  /** Where in the span the piece begins that ends at `end`; -1 when another one stands there. */
  #startOfPiece(id: number, { text, start }: TextSpan, end: number): number {
    const length = this.#lengths[id] ?? 0;
    const from = end - (length >>> 1);
    if (from < start) return -1;
    const bytes = this.#bytes;
    const at = this.#starts[id] ?? 0;
    if ((length & 1) === 1) {
      for (let i = end - 1; i >= from; i -= 1) {
        if (text.charCodeAt(i) !== wideUnit(bytes, at + 2 * (i - from))) return -1;
      }
      return from;
    }
    for (let i = end - 1; i >= from; i -= 1) {
      if (text.charCodeAt(i) !== bytes[at + i - from]) return -1;
    }
    return from;
  }

  #piecesOf(id: number): readonly StoredPiece[] {
    const pieces = [this.#pieceOf(id)];
    for (let text = this.#parents[id] ?? NO_TEXT; text !== NO_TEXT; ) {
      const shard = this.#all[text & SHARD_MASK] as StringShard;
      pieces.push(shard.#pieceOf(text >>> SHARD_BITS));
      text = shard.#parents[text >>> SHARD_BITS] ?? NO_TEXT;
    }
    return pieces.reverse();
  }

  #pieceOf(id: number): StoredPiece {
    const start = this.#starts[id] ?? 0;
    const isWide = ((this.#lengths[id] ?? 0) & 1) === 1;
    return { bytes: this.#bytes, start, end: start + this.#byteLengthOf(id), isWide };
  }

  #byteLengthOf(id: number): number {
    const length = this.#lengths[id] ?? 0;
    return (length >>> 1) << (length & 1);
  }

  #remove(id: number, span: TextSpan): void {
    this.#size -= 1;
    if (this.#size === 0) {
      this.#clear();
      return;
    }
    this.#vacate(id, span);
    this.#wastedBytes += this.#byteLengthOf(id);
    this.#counts[id] = 0;
    this.#starts[id] = this.#freeId;
    this.#freeId = id;
    if (this.#wastedBytes > MIN_WASTE_BYTES && 2 * this.#wastedBytes > this.#usedBytes) {
      this.#moveTexts(this.#usedBytes - this.#wastedBytes);
    }
  }

  #clear(): void {
    this.#bytes = NO_BYTES;
    this.#usedBytes = 0;
    this.#wastedBytes = 0;
    this.#starts = NO_WORDS;
    this.#lengths = NO_WORDS;
    this.#parents = NO_WORDS;
    this.#counts = NO_WORDS;
    this.#slots = NO_WORDS;
    this.#endId = 0;
    this.#freeId = NO_TEXT;
  }

  #newId(): number {
    if (this.#freeId !== NO_TEXT) {
      const id = this.#freeId;
      this.#freeId = this.#starts[id] ?? NO_TEXT;
      return id;
    }
    if (this.#endId === this.#counts.length) {
      const capacity = Math.max(FIRST_CAPACITY, Math.ceil(this.#endId * GROWTH));
      this.#starts = grown(this.#starts, capacity);
      this.#lengths = grown(this.#lengths, capacity);
      this.#parents = grown(this.#parents, capacity);
      this.#counts = grown(this.#counts, capacity);
    }
    this.#endId += 1;
    return this.#endId - 1;
  }

  #reserve(byteLength: number): void {
    if (this.#usedBytes + byteLength <= this.#bytes.length) return;
    this.#moveTexts(Math.ceil((this.#usedBytes - this.#wastedBytes + byteLength) * GROWTH));
  }

  /** Copies the pieces that are used, one behind the other, into a new array. */
  #moveTexts(capacity: number): void {
    const bytes = Buffer.from(new ArrayBuffer(Math.max(FIRST_CAPACITY, capacity)));
    if (this.#wastedBytes === 0) {
      this.#bytes.copy(bytes, 0, 0, this.#usedBytes);
      this.#bytes = bytes;
      return;
    }
    let end = 0;
    for (let id = 0; id < this.#endId; id += 1) {
      if (this.#counts[id] === 0) continue;
      const start = this.#starts[id] ?? 0;
      const byteLength = this.#byteLengthOf(id);
      this.#bytes.copy(bytes, end, start, start + byteLength);
      this.#starts[id] = end;
      end += byteLength;
    }
    this.#bytes = bytes;
    this.#usedBytes = end;
    this.#wastedBytes = 0;
  }

  #growSlots(span: TextSpan): void {
    this.#slots = new Uint32Array(Math.max(FIRST_CAPACITY, 2 * this.#slots.length));
    for (let id = 0; id < this.#endId; id += 1) {
      if (this.#counts[id] !== 0) this.#occupy(span.hashOf(this.#piecesOf(id)), id);
    }
  }

  #occupy(hash: number, id: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = id + 1;
  }

  /** Takes an id out, and moves those that had to pass its slot nearer to where they belong. */
  #vacate(id: number, span: TextSpan): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    const homeOf = (entry: number) => span.hashOf(this.#piecesOf(entry)) & mask;
    let hole = homeOf(id);
    while (slots[hole] !== id + 1) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = homeOf((slots[slot] ?? 0) - 1);
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot] ?? 0;
      hole = slot;
    }
    slots[hole] = 0;
  }
}

function grown(words: Uint32Array, capacity: number): Uint32Array {
  const larger = new Uint32Array(capacity);
  larger.set(words);
  return larger;
}
