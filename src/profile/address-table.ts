import type { GroupTest } from './entry-table.ts';
import type { GroupPool } from './group-pool.ts';
import {
  formatIpNetwork,
  type IpAddress,
  type IpNetwork,
  isV4,
  maskedIp,
  sharedBits,
} from './ip-address.ts';

/** A network, or `*`, and the number of its group, which has been acquired. */
export interface AddressEntry {
  readonly network: IpNetwork | '*';
  readonly group: number;
}

const RUNS = 0;
const NETWORKS = 1;
const HAS_STAR = 2;
const HEADER = 3;
/** Below it stand networks of IPv6, which hold no IPv4 address. */
const FIRST_V4_BITS = 96;

/**
 * Networks and addresses (networks of one), each with a group of lists. They are sorted by size, so
 * that an address costs one binary search for each size that there is.
 *
 * Words: the number of sizes R, of networks N, 1 for `*`; for each size its bits and the index of the
 * first network behind it; the networks, four words each, largest bits first; the groups, `*` last.
 */
export class AddressTable {
  readonly #words: Uint32Array;
  readonly #groups: GroupPool;

  /** @param words from {@link addressWords}; empty for no entries */
  constructor(words: Uint32Array, groups: GroupPool) {
    this.#words = words;
    this.#groups = groups;
  }

  get size(): number {
    return this.#networks + (this.#words[HAS_STAR] ?? 0);
  }

  get sizeBytes(): number {
    return this.#words.byteLength;
  }

  /** Whether an entry holds the address and, if a test is given, has a group that passes. */
  some(address: IpAddress, passes?: GroupTest): boolean {
    for (let run = 0; run < (this.#words[RUNS] ?? 0); run += 1) {
      const index = this.#findInRun(address, run);
      if (index >= 0 && (passes === undefined || passes(this.groupAt(index)))) return true;
    }
    if (this.#words[HAS_STAR] !== 1) return false;
    return passes === undefined || passes(this.groupAt(this.#networks));
  }

  /** The indexes of all entries that hold the address. */
  covering(address: IpAddress): readonly number[] {
    const found: number[] = [];
    for (let run = 0; run < (this.#words[RUNS] ?? 0); run += 1) {
      const index = this.#findInRun(address, run);
      if (index >= 0) found.push(index);
    }
    if (this.#words[HAS_STAR] === 1) found.push(this.#networks);
    return found;
  }

  /** How much an entry is like the address: the bits that they share from the start. */
  likenessAt(index: number, address: IpAddress): number {
    if (index === this.#networks) return 0;
    const { base, bits } = this.#networkAt(index);
    return isV4(base) === isV4(address) ? Math.min(bits, sharedBits(base, address)) : 0;
  }

  textAt(index: number): string {
    return index === this.#networks ? '*' : formatIpNetwork(this.#networkAt(index));
  }

  groupAt(index: number): number {
    const runs = this.#words[RUNS] ?? 0;
    return this.#words[HEADER + 2 * runs + 4 * this.#networks + index] ?? 0;
  }

  /** Gives back all groups. The table must not be used again. */
  release(): void {
    for (let index = 0; index < this.size; index += 1) this.#groups.release(this.groupAt(index));
  }

  get #networks(): number {
    return this.#words[NETWORKS] ?? 0;
  }

  #networkAt(index: number): IpNetwork {
    let run = 0;
    while ((this.#words[HEADER + 2 * run + 1] ?? 0) <= index) run += 1;
    const at = HEADER + 2 * (this.#words[RUNS] ?? 0) + 4 * index;
    const [a = 0, b = 0, c = 0, d = 0] = this.#words.subarray(at, at + 4);
    return { base: [a, b, c, d], bits: this.#words[HEADER + 2 * run] ?? 0 };
  }

  #findInRun(address: IpAddress, run: number): number {
    const bits = this.#words[HEADER + 2 * run] ?? 0;
    if (bits < FIRST_V4_BITS && isV4(address)) return -1;
    const base = maskedIp(address, bits);
    let low = run === 0 ? 0 : (this.#words[HEADER + 2 * run - 1] ?? 0);
    const end = this.#words[HEADER + 2 * run + 1] ?? 0;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(middle, base) < 0) low = middle + 1;
      else high = middle;
    }
    return low < end && this.#compare(low, base) === 0 ? low : -1;
  }

  #compare(index: number, address: IpAddress): number {
    const at = HEADER + 2 * (this.#words[RUNS] ?? 0) + 4 * index;
    const words = this.#words;
    return (
      (words[at] ?? 0) - address[0] ||
      (words[at + 1] ?? 0) - address[1] ||
      (words[at + 2] ?? 0) - address[2] ||
      (words[at + 3] ?? 0) - address[3]
    );
  }
}

/** The words of a table with these entries, no network twice; none for none. */
export function addressWords(entries: readonly AddressEntry[]): readonly number[] {
  if (entries.length === 0) return [];
  const star = entries.find(({ network }) => network === '*');
  const networks = entries
    .flatMap(({ network, group }) => (network === '*' ? [] : [{ ...network, group }]))
    .sort((a, b) => b.bits - a.bits || compareBases(a.base, b.base));
  const runs: number[] = [];
  for (const [i, { bits }] of networks.entries()) {
    if (networks[i + 1]?.bits !== bits) runs.push(bits, i + 1);
  }
  return [
    runs.length / 2,
    networks.length,
    star === undefined ? 0 : 1,
    ...runs,
    ...networks.flatMap(({ base }) => [...base]),
    ...networks.map(({ group }) => group),
    ...(star === undefined ? [] : [star.group]),
  ];
}

function compareBases(a: IpAddress, b: IpAddress): number {
  for (let i = 0; i < a.length; i += 1) {
    const order = (a[i] ?? 0) - (b[i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}
