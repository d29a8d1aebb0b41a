import { pathHash } from './path-hash.ts';

/** A set of paths that can only be asked. */
export interface PathSet {
  has(path: string): boolean;
}

const FIRST_CAPACITY = 4_096;
/** Sorted at once, in a few milliseconds; a list of all files of a large image would take 60. */
const MAX_UNSORTED = 32_768;
const BYTES_EACH = Float64Array.BYTES_PER_ELEMENT;

/**
 * Many paths as the hashes of them, 8 bytes each, outside of the heap. A path that is not among them is taken for one once in
 * 45 thousand million times.
 */
export class PathHashes implements PathSet {
  /** In order, each once. */
  readonly #hashes: Float64Array;

  private constructor(hashes: Float64Array) {
    this.#hashes = hashes;
  }

  /** Of {@link PathHashes.bytes}. Undefined when the bytes are no such list. */
  static of(bytes: Uint8Array): PathHashes | undefined {
    if (bytes.length % BYTES_EACH !== 0) return undefined;
    const hashes = new Float64Array(bytes.length / BYTES_EACH);
    new Uint8Array(hashes.buffer).set(bytes);
    return isInOrder(hashes) ? new PathHashes(hashes) : undefined;
  }

  /** Takes over what was collected. */
  static collected(hashes: Float64Array): PathHashes {
    return new PathHashes(hashes);
  }

  /** How many paths. */
  get size(): number {
    return this.#hashes.length;
  }

  /** As they are stored: 8 bytes each, in the byte order of the processors that Node runs on. */
  get bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.#hashes;
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  has(path: string): boolean {
    const hash = pathHash(path);
    let [from, to] = [0, this.#hashes.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#hashes[middle] ?? 0) < hash) from = middle + 1;
      else to = middle;
    }
    return this.#hashes[from] === hash;
  }
}

/** Each a hash and higher than the one before. A loop takes a twentieth of what `every` takes, and each merge comes by here. */
function isInOrder(hashes: Float64Array): boolean {
  let before = -1;
  for (let at = 0; at < hashes.length; at += 1) {
    const hash = hashes[at] ?? -1;
    if (!(Number.isSafeInteger(hash) && hash > before)) return false;
    before = hash;
  }
  return true;
}

/** Collects paths one by one; keeps nothing of them but their hashes. */
export class PathHashCollector {
  #hashes = new Float64Array(FIRST_CAPACITY);
  #count = 0;
  /** So many at the beginning are in order, each once. */
  #sorted = 0;

  /** Paths that were added; one that was added twice may count twice, of the last 32,768, until {@link PathHashCollector.countOnce}. */
  get count(): number {
    return this.#count;
  }

  add(path: string): void {
    if (this.#count - this.#sorted === MAX_UNSORTED) this.countOnce();
    if (this.#count === this.#hashes.length) this.#grow();
    this.#hashes[this.#count] = pathHash(path);
    this.#count += 1;
  }

  /** Puts them in order and drops what was added twice. Gives how many are left. */
  countOnce(): number {
    const sorted = this.#inOrder();
    let kept = 0;
    for (const hash of sorted) {
      if (kept > 0 && sorted[kept - 1] === hash) continue;
      sorted[kept] = hash;
      kept += 1;
    }
    this.#count = kept;
    this.#sorted = kept;
    return kept;
  }

  /** All of them; nothing can be added afterwards. */
  finish(): PathHashes {
    this.countOnce();
    const hashes = this.#hashes.slice(0, this.#count);
    this.#hashes = new Float64Array(0);
    return PathHashes.collected(hashes);
  }

  /** All that were added; those that are in order already are not sorted again. */
  #inOrder(): Float64Array {
    const all = this.#hashes.subarray(0, this.#count);
    const added = all.slice(this.#sorted).sort();
    let [left, right] = [this.#sorted - 1, added.length - 1];
    // From the end, where there is room: what stands before `left` is not overwritten.
    for (let at = all.length - 1; right >= 0; at -= 1) {
      const [low, high] = [all[left] ?? -1, added[right] ?? -1];
      all[at] = Math.max(low, high);
      if (low > high) left -= 1;
      else right -= 1;
    }
    return all;
  }

  #grow(): void {
    const larger = new Float64Array(Math.max(FIRST_CAPACITY, 2 * this.#hashes.length));
    larger.set(this.#hashes);
    this.#hashes = larger;
  }
}
