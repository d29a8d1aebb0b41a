import type { DnsEvent } from '#model/raw-event.js';
import { formatIpNetwork, parseIpAddress } from '#profile/ip-address.js';

/** Addresses that are remembered; at the limit the one goes whose last new name or use is longest ago. */
const MAX_ADDRESSES = 1_024;
/** The newest names of an address that are remembered, and names of all addresses together. */
const MAX_NAMES = 32;
const MAX_ALL_NAMES = 4_096;

const NO_NAMES: readonly string[] = Object.freeze([]);
/** What a profile can name: no label that is empty, holds a sign of patterns or could not stand in a line. */
const HOST_NAME = /^[^\s\p{Cc}.*⋯]+(?:\.[^\s\p{Cc}.*⋯]+)*\.$/u;

/** Hears what becomes of the names. Addresses are written as profiles write them. */
export interface NameFollower {
  /** A name that was not remembered for the address. */
  nameAnswered(address: string, name: string): void;
  /** There was no place for it any more. */
  nameForgotten(address: string, name: string): void;
}

/** The names under which a container has found addresses: those that DNS told it. */
export class AnsweredNames {
  /** Newest name last. */
  readonly #byAddress = new Map<string, readonly string[]>();
  readonly #followers: NameFollower[] = [];
  #allNames = 0;

  get size(): number {
    return this.#byAddress.size;
  }

  follow(follower: NameFollower): void {
    this.#followers.push(follower);
  }

  /** False when the answer has a name that cannot be learned. */
  observe({ name, isAnswer, addresses }: DnsEvent): boolean {
    if (!isAnswer) return true;
    let isLearned = true;
    for (let i = 0; i < addresses.length; i += 1) {
      const address = addresses[i] ?? '';
      // Mostly it is the answer that came before, and most come as they are kept.
      if (this.#byAddress.get(address)?.at(-1) === name) continue;
      isLearned = this.#answer(address, name) && isLearned;
    }
    return isLearned;
  }

  /** Newest last; none when no answer told of the address. It counts as used. */
  namesOf(address: string): readonly string[] {
    const names = this.#byAddress.get(address);
    if (names === undefined) return NO_NAMES;
    this.#byAddress.delete(address);
    this.#byAddress.set(address, names);
    return names;
  }

  #answer(written: string, name: string): boolean {
    const parsed = parseIpAddress(written);
    const canonical = canonicalName(name);
    // Nobody can connect to what is no address.
    if (parsed === undefined) return true;
    if (canonical === undefined) return false;
    const address = formatIpNetwork({ base: parsed, bits: 128 });
    const known = this.#byAddress.get(address) ?? NO_NAMES;
    if (known.at(-1) === canonical) return true;
    const others = known.filter((other) => other !== canonical);
    const forgotten = others.length < MAX_NAMES ? undefined : others.shift();
    this.#put(address, [...others, canonical]);
    if (forgotten !== undefined) this.#tellForgotten(address, forgotten);
    if (!known.includes(canonical)) {
      for (const follower of this.#followers) follower.nameAnswered(address, canonical);
    }
    return true;
  }

  #put(address: string, names: readonly string[]): void {
    this.#delete(address);
    this.#byAddress.set(address, names);
    this.#allNames += names.length;
    while (this.#byAddress.size > MAX_ADDRESSES || this.#allNames > MAX_ALL_NAMES) {
      const [[oldest, forgotten] = ['', NO_NAMES]] = this.#byAddress;
      this.#delete(oldest);
      for (const name of forgotten) this.#tellForgotten(oldest, name);
    }
  }

  #delete(address: string): void {
    this.#allNames -= this.#byAddress.get(address)?.length ?? 0;
    this.#byAddress.delete(address);
  }

  #tellForgotten(address: string, name: string): void {
    for (const follower of this.#followers) follower.nameForgotten(address, name);
  }
}

/** In lower case with the dot at its end, as profiles write it; undefined for what names no host. */
function canonicalName(name: string): string | undefined {
  const lower = name.toLowerCase();
  const canonical = lower.endsWith('.') ? lower : `${lower}.`;
  return canonical.length <= 254 && HOST_NAME.test(canonical) ? canonical : undefined;
}
