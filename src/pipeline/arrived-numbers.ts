/** So far beyond the first number that is missing others are told apart. A power of two. */
const CAPACITY = 65_536;
const WORD_BITS = 32;

/**
 * Which of the numbers 1, 2, 3, … have arrived, in whatever order: it knows up to where all have. A number that is
 * missing while another comes {@link CAPACITY} later is given up.
 */
export class ArrivedNumbers {
  /** A bit for each of the numbers after `#complete` that have arrived. */
  readonly #ahead = new Uint32Array(CAPACITY / WORD_BITS);
  #aheadCount = 0;
  #complete = 0;

  /** Every number up to this one has arrived, or was given up. */
  get complete(): number {
    return this.#complete;
  }

  arrived(number: number): void {
    if (number > this.#complete + CAPACITY) this.#moveTo(number - CAPACITY);
    if (number === this.#complete + 1) this.#complete = number;
    else if (number > this.#complete && this.#set(number)) this.#aheadCount += 1;
    this.#takeIn();
  }

  /** Waits for no number up to this one any more. One that is far from all that arrived is of no sense here. */
  giveUpTo(number: number): void {
    if (number <= this.#complete || number > this.#complete + CAPACITY) return;
    this.#moveTo(number);
    this.#takeIn();
  }

  /** Numbers begin at 1 again. */
  restart(): void {
    this.#ahead.fill(0);
    this.#aheadCount = 0;
    this.#complete = 0;
  }

  #moveTo(number: number): void {
    if (number - this.#complete > CAPACITY) this.restart();
    else while (this.#aheadCount > 0 && this.#complete < number) this.#step();
    this.#complete = number;
  }

  /** Goes on over what has arrived already. */
  #takeIn(): void {
    while (this.#aheadCount > 0 && this.#has(this.#complete + 1)) this.#step();
  }

  #step(): void {
    this.#complete += 1;
    if (!this.#has(this.#complete)) return;
    const word = wordOf(this.#complete);
    this.#ahead[word] = (this.#ahead[word] ?? 0) & ~bitOf(this.#complete);
    this.#aheadCount -= 1;
  }

  #has(number: number): boolean {
    return ((this.#ahead[wordOf(number)] ?? 0) & bitOf(number)) !== 0;
  }

  /** True when it was not set before. */
  #set(number: number): boolean {
    if (this.#has(number)) return false;
    const word = wordOf(number);
    this.#ahead[word] = (this.#ahead[word] ?? 0) | bitOf(number);
    return true;
  }
}

/** Also right for numbers beyond 32 bits: the bits that are looked at are the lowest. */
function wordOf(number: number): number {
  return (number & (CAPACITY - 1)) >>> 5;
}

function bitOf(number: number): number {
  return 1 << (number & (WORD_BITS - 1));
}
