import { parseIpAddress } from '#profile/ip-address.js';

interface Claims<T> {
  readonly keys: readonly string[];
  readonly item: T;
}

/** Who claims which addresses: an address may be claimed by several, and be written in any form. */
export class AddressClaims<T> {
  readonly #byUid = new Map<string, Claims<T>>();
  readonly #byAddress = new Map<string, readonly T[]>();

  /** Addresses that somebody claims. */
  get size(): number {
    return this.#byAddress.size;
  }

  /** `item` claims these addresses from now on, and no others. What is no address is passed over. */
  put(uid: string, item: T, addresses: readonly string[]): void {
    this.remove(uid);
    const keys = [...new Set(addresses.map(keyOf).filter((key) => key !== undefined))];
    if (keys.length === 0) return;
    this.#byUid.set(uid, { keys, item });
    for (const key of keys) this.#byAddress.set(key, [...(this.#byAddress.get(key) ?? []), item]);
  }

  remove(uid: string): void {
    const { keys, item } = this.#byUid.get(uid) ?? { keys: [] };
    this.#byUid.delete(uid);
    for (const key of keys) {
      const others = (this.#byAddress.get(key) ?? []).filter((each) => each !== item);
      if (others.length > 0) this.#byAddress.set(key, others);
      else this.#byAddress.delete(key);
    }
  }

  clear(): void {
    this.#byUid.clear();
    this.#byAddress.clear();
  }

  /** Those who claim the address, the one that came last at the end. */
  of(address: string): readonly T[] {
    const key = keyOf(address);
    return (key !== undefined && this.#byAddress.get(key)) || [];
  }
}

function keyOf(address: string): string | undefined {
  return parseIpAddress(address)?.join('.');
}
