const NO_NAMES: readonly string[] = Object.freeze([]);

interface GivenName {
  readonly name: string;
  untilMs: number;
}

/** What one container keeps at most. */
interface GivenNamesBounds {
  /** Names of all its addresses together; beyond that the address whose last answer is longest ago goes. */
  readonly maxNames: number;
  /** The newest of one address. */
  readonly maxNamesOfAddress: number;
}

/** The names that one container was given for addresses, each until its time is over. Addresses are compared as texts. */
export class GivenNames {
  readonly #bounds: GivenNamesBounds;
  /** Newest name first; the address that was answered last stands last. */
  readonly #byAddress = new Map<string, GivenName[]>();
  #size = 0;

  constructor(bounds: GivenNamesBounds) {
    this.#bounds = bounds;
  }

  /** How many names are kept, of all addresses. */
  get size(): number {
    return this.#size;
  }

  /** `address` was given for `name`, which holds until `untilMs`. */
  give(address: string, name: string, untilMs: number): void {
    const others = (this.#byAddress.get(address) ?? []).filter((each) => each.name !== name);
    const names = [{ name, untilMs }, ...others].slice(0, this.#bounds.maxNamesOfAddress);
    this.#drop(address);
    this.#byAddress.set(address, names);
    this.#size += names.length;
    while (this.#size > this.#bounds.maxNames && this.dropOldest());
  }

  /** Newest first. Being used, they hold until `untilMs` at least; what is over is forgotten. */
  use(address: string, { nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number }) {
    const names = this.#byAddress.get(address);
    if (names === undefined) return NO_NAMES;
    const left = names.filter((each) => each.untilMs > nowMs);
    this.#size -= names.length - left.length;
    if (left.length === 0) this.#byAddress.delete(address);
    else this.#byAddress.set(address, left);
    for (const each of left) each.untilMs = Math.max(each.untilMs, untilMs);
    return left.map(({ name }) => name);
  }

  /** Forgets the address whose last answer is longest ago; false when there is none. */
  dropOldest(): boolean {
    const [address] = this.#byAddress.keys();
    if (address === undefined) return false;
    this.#drop(address);
    return true;
  }

  #drop(address: string): void {
    this.#size -= this.#byAddress.get(address)?.length ?? 0;
    this.#byAddress.delete(address);
  }
}
