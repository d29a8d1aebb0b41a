import type { OpenEvent } from '#model/raw-event.js';

/** Sizes of the table of opens seen lately. */
export interface OpenDedupOptions {
  /** An open like an earlier one is a duplicate for this long after it. 0 turns deduplication off. */
  readonly windowMs: number;
  /** The table has two to this power slots, of 12 bytes each. */
  readonly slotsExponent: number;
}

/** Expiry times are kept in steps of this many milliseconds, so that they fit into 32 bits for 8 years. */
const STEP_MS = 64;

/**
 * Tells opens that were seen lately: same container, process, path, flags and success.
 * A fixed table: of the two slots that an open may go to, the one that expires first is taken over,
 * which can only make a duplicate pass. Two different opens are taken for one only if 64 bits of hash agree.
 */
export class OpenDedup {
  readonly #windowSteps: number;
  readonly #mask: number;
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  readonly #expiry: Uint32Array;
  #startMs: number | undefined;
  #generation = 1;

  constructor(options: OpenDedupOptions) {
    const slots = options.windowMs > 0 ? 2 ** options.slotsExponent : 1;
    this.#windowSteps = Math.ceil(options.windowMs / STEP_MS);
    this.#mask = slots - 1;
    this.#low = new Uint32Array(slots);
    this.#high = new Uint32Array(slots);
    this.#expiry = new Uint32Array(slots);
  }

  /** True when a like open was seen within the window; remembers this one otherwise. */
  isDuplicate(event: OpenEvent): boolean {
    if (this.#windowSteps === 0) return false;
    this.#startMs ??= event.timeMs - STEP_MS;
    const step = Math.max(1, Math.floor((event.timeMs - this.#startMs) / STEP_MS));
    const success = event.result < 0 ? 2 : 1;
    let low = mix(0x811c9dc5 ^ event.flags, event.pid);
    let high = mix(0x9747b28c ^ this.#generation, event.cgroupId % 0x1_0000_0000);
    high = mix(high ^ success, Math.floor(event.cgroupId / 0x1_0000_0000));
    const { path } = event;
    for (let at = 0; at < path.length; at += 1) {
      const unit = path.charCodeAt(at);
      low = Math.imul(low ^ unit, 0x01000193);
      high = Math.imul(high + unit, 0x85ebca6b) ^ (high >>> 15);
    }
    low = mix(low, high) >>> 0;
    high = mix(high, path.length) >>> 0;
    const slot = this.#slotFor(low, high);
    const isSame = this.#low[slot] === low && this.#high[slot] === high;
    if (isSame && step < (this.#expiry[slot] ?? 0)) return true;
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#expiry[slot] = step + this.#windowSteps;
    return false;
  }

  /**
   * Where the open stands, else where it may go: of two slots the one that expires first, so that two
   * opens that fall into one slot do not drive each other out for ever.
   */
  #slotFor(low: number, high: number): number {
    const first = low & this.#mask;
    const second = first ^ (this.#mask & 1);
    if (this.#low[first] === low && this.#high[first] === high) return first;
    if (this.#low[second] === low && this.#high[second] === high) return second;
    return (this.#expiry[first] ?? 0) <= (this.#expiry[second] ?? 0) ? first : second;
  }

  /** Opens the window anew for everything: the next open of each kind passes. */
  reopen(): void {
    this.#generation += 1;
  }
}

/** One round of the finaliser of MurmurHash3 (public domain), so that every input bit reaches every output bit. */
function mix(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ value, 0xcc9e2d51);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x1b873593);
  return mixed ^ (mixed >>> 13);
}
