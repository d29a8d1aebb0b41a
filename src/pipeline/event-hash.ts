const FIRST_PRIME = 0x01000193;
const SECOND_PRIME = 0x85ebca6b | 0;

/**
 * A 64-bit hash of numbers and texts that makes no garbage. Two sequences that differ agree by chance only; who does
 * not know the seeds cannot make two that agree.
 */
export class EventHash {
  readonly #lowSeed: number;
  readonly #highSeed: number;
  #low = 0;
  #high = 0;

  /** The seeds are 32 bits each. */
  constructor(lowSeed: number, highSeed: number) {
    this.#lowSeed = lowSeed | 0;
    this.#highSeed = highSeed | 0;
  }

  /** The lower half, as a signed number. Of any use after {@link EventHash.finish}. */
  get low(): number {
    return this.#low;
  }

  /** The upper half, as a signed number. Of any use after {@link EventHash.finish}. */
  get high(): number {
    return this.#high;
  }

  /** Begins another hash. */
  start(): void {
    this.#low = this.#lowSeed;
    this.#high = this.#highSeed;
  }

  /** Adds a whole number from -2^31 to 2^53. */
  number(value: number): void {
    this.#word(value | 0);
    if (value >= 0x1_0000_0000) this.#word((value / 0x1_0000_0000) | 0);
  }

  /** Adds a text; where one ends and the next begins matters. Two units at a time. */
  text(value: string): void {
    let low = this.#low;
    let high = this.#high;
    const even = value.length & ~1;
    for (let at = 0; at < even; at += 2) {
      const units = value.charCodeAt(at) | (value.charCodeAt(at + 1) << 16);
      low = nextLow(low, units);
      high = nextHigh(high, units);
    }
    this.#low = low;
    this.#high = high;
    if (even < value.length) this.#word(value.charCodeAt(even));
    this.#word(value.length);
  }

  /** Ends the hash: every bit that was added reaches every bit of it. */
  finish(): void {
    this.#low = mix(this.#low ^ this.#high);
    this.#high = mix(this.#high ^ this.#low);
  }

  #word(value: number): void {
    this.#low = nextLow(this.#low, value);
    this.#high = nextHigh(this.#high, value);
  }
}

function nextLow(low: number, value: number): number {
  return Math.imul(((low << 13) | (low >>> 19)) ^ value, FIRST_PRIME);
}

function nextHigh(high: number, value: number): number {
  return Math.imul((high + value) | 0, SECOND_PRIME) ^ (high >>> 15);
}

/** The finaliser of MurmurHash3 (public domain): no two numbers become one. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
